// What the sanitizers of a binary are told. It is in the binary, since tests
// start it with environments of their own.

#include <cstdio>

extern "C" {

const char* __asan_default_options() {
  return SANITIZER_OPTIONS;
}

const char* __tsan_default_options() {
  return SANITIZER_OPTIONS;
}

const char* __ubsan_default_options() {
  return SANITIZER_OPTIONS;
}

// LeakSanitizer traces the process to its end, which it cannot where strace
// does.
int __lsan_is_turned_off() {
  FILE* status = fopen("/proc/self/status", "re");
  if (status == nullptr) return 0;
  char line[256];
  int tracer = 0;
  while (fgets(line, sizeof(line), status) != nullptr) {
    if (sscanf(line, "TracerPid: %d", &tracer) == 1) break;
  }
  fclose(status);
  return tracer != 0;
}

}  // extern "C"
