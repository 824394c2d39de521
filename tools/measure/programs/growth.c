// The system calls behind growth.cjs, for one number of sockets or options: the
// time that the kernel alone takes. Prints the minimum of several runs in
// nanoseconds.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "measure.h"

enum { kTurns = 7, kCycles = 100 };

// Each socket has a different address in 127.1.0.0/16, as in growth.cjs.
static int bound(long index, long options) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof(address);
  int flags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
  int on = 1;
  address.sin_addr.s_addr = htonl(0x7f010000 + index);
  int fd = check(socket(AF_INET, flags, 0), "socket");
  check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)),
        "setsockopt");
  for (long i = 0; i < options; i++) {
    check(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)),
          "setsockopt");
  }
  check(bind(fd, (struct sockaddr*)&address, size), "bind");
  check(getsockname(fd, (struct sockaddr*)&address, &size), "getsockname");
  return fd;
}

static void handles(int* fds, long count) {
  for (long i = 0; i < count; i++) fds[i] = bound(i, 0);
  for (long i = 0; i < count; i++) close(fds[i]);
}

static void clones(int* fds, long count) {
  int first = bound(0, 0);
  for (long i = 0; i < count; i++) fds[i] = check(dup(first), "dup");
  for (long i = 0; i < count; i++) close(fds[i]);
  close(first);
}

static void options(long count) {
  for (int i = 0; i < kCycles; i++) close(bound(0, count));
}

int main(int argc, char** argv) {
  long count = argc == 3 ? atol(argv[2]) : 0;
  if (count < 1) {
    fprintf(stderr, "usage: growth handles|clones|options <count>\n");
    return 2;
  }
  // Node.js does the same at startup.
  struct rlimit limit;
  check(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  limit.rlim_cur = limit.rlim_max;
  check(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
  int* fds = calloc(count, sizeof(*fds));
  if (fds == NULL) return 1;
  double least = 0;
  for (int turn = 0; turn <= kTurns; turn++) {
    double start = now();
    if (strcmp(argv[1], "options") == 0) {
      options(count);
    } else if (strcmp(argv[1], "clones") == 0) {
      clones(fds, count);
    } else {
      handles(fds, count);
    }
    double took = now() - start;
    if (strcmp(argv[1], "options") == 0) took /= kCycles;
    // The first run warms up the kernel's caches.
    if (turn == 1 || (turn > 1 && took < least)) least = took;
  }
  printf("%.0f\n", least);
  free(fds);
  return 0;
}
