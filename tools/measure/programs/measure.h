// Shared by the measuring programs in C.

#ifndef TOOLS_MEASURE_PROGRAMS_MEASURE_H_
#define TOOLS_MEASURE_PROGRAMS_MEASURE_H_

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// Nanoseconds.
static inline double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

static inline int check(int result, const char* what) {
  if (result >= 0) return result;
  perror(what);
  exit(1);
}

#endif  // TOOLS_MEASURE_PROGRAMS_MEASURE_H_
