// The options of a binary's sanitizers. They are in the binary because tests
// start it with other environments.

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

// LeakSanitizer traces the process at its exit, which is impossible if strace
// traces it.
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
