// The system calls themselves, in a loop, on a connected TCP socket: what the
// calls from JavaScript are measured against. Prints nanoseconds a call for
// setsockopt(2) and getsockopt(2), of TCP_NODELAY.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

static void check(int result, const char* what) {
  if (result >= 0) return;
  perror(what);
  exit(1);
}

int main(int argc, char** argv) {
  long count = argc > 1 ? atol(argv[1]) : 1000000;
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof(address);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  check(listener, "socket");
  check(bind(listener, (struct sockaddr*)&address, size), "bind");
  check(listen(listener, 1), "listen");
  check(getsockname(listener, (struct sockaddr*)&address, &size), "getsockname");
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  check(fd, "socket");
  check(connect(fd, (struct sockaddr*)&address, size), "connect");

  int value = 1;
  double start = now();
  for (long i = 0; i < count; i++) {
    check(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value)),
          "setsockopt");
  }
  double set = (now() - start) / count;

  start = now();
  for (long i = 0; i < count; i++) {
    socklen_t length = sizeof(value);
    check(getsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &value, &length),
          "getsockopt");
  }
  double get = (now() - start) / count;

  printf("{\"setsockopt\": %f, \"getsockopt\": %f}\n", set, get);
  close(fd);
  close(listener);
  return 0;
}
