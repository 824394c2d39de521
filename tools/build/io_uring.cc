// v20.x refuses to change users where libuv may use io_uring, whose kernel
// threads would keep the old user (CVE-2024-22017). It asks a function that
// upstream adds to its own libuv. Debian's libuv is newer, and from 1.49.0 on
// uses such threads only if the environment asks for them.

#include <uv.h>

#include <cstdlib>

extern "C" int uv__node_patch_is_using_io_uring(void);

namespace {

bool IsAsked() {
  const char* value = getenv("UV_USE_IO_URING");
  return value != nullptr && atoi(value) > 0;
}

// A program may remove the variable after libuv has read it.
const bool asked_at_start = IsAsked();

}  // namespace

int uv__node_patch_is_using_io_uring(void) {
  return uv_version() < 0x013100 || asked_at_start || IsAsked();
}
