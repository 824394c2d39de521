// The bare system calls in loops, as the reference for the calls from
// JavaScript. Prints nanoseconds per iteration. With a third argument, another
// thread waits meanwhile: every system call on a descriptor costs more in a
// process that has threads, as Node.js always does.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include "measure.h"

static struct sockaddr_in loopback(void) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

static int bound(int type, struct sockaddr_in* address) {
  socklen_t size = sizeof(*address);
  int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
  int fd = check(socket(AF_INET, type | flags, 0), "socket");
  *address = loopback();
  // libuv sets it on every TCP socket.
  int on = 1;
  if (type == SOCK_STREAM) {
    check(setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)),
          "setsockopt");
  }
  check(bind(fd, (struct sockaddr*)address, size), "bind");
  return fd;
}

static void address_of(int fd, struct sockaddr_in* address) {
  socklen_t size = sizeof(*address);
  check(getsockname(fd, (struct sockaddr*)address, &size), "getsockname");
}

static double set(int fd, int level, int name, const void* value, socklen_t size,
                  long count) {
  double start = now();
  for (long i = 0; i < count; i++) {
    check(setsockopt(fd, level, name, value, size), "setsockopt");
  }
  return (now() - start) / count;
}

static double get(int fd, int level, int name, void* value, socklen_t size,
                  long count) {
  double start = now();
  for (long i = 0; i < count; i++) {
    socklen_t length = size;
    check(getsockopt(fd, level, name, value, &length), "getsockopt");
  }
  return (now() - start) / count;
}

static double bind_stream(long count) {
  double start = now();
  for (long i = 0; i < count; i++) {
    struct sockaddr_in address;
    int fd = bound(SOCK_STREAM, &address);
    address_of(fd, &address);
    close(fd);
  }
  return (now() - start) / count;
}

// bindSync() returns the address.
static double bind_datagram(long count, const struct sockaddr_in* peer) {
  double start = now();
  for (long i = 0; i < count; i++) {
    struct sockaddr_in address;
    int fd = bound(SOCK_DGRAM, &address);
    address_of(fd, &address);
    if (peer != NULL) {
      check(connect(fd, (const struct sockaddr*)peer, sizeof(*peer)),
            "connect");
    }
    close(fd);
  }
  return (now() - start) / count;
}

static void* wait_for_end(void* unused) {
  pause();
  return unused;
}

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) {
    fprintf(stderr, "usage: raw <calls> <sockets> [threaded]\n");
    return 2;
  }
  pthread_t thread;
  if (argc == 4 && pthread_create(&thread, NULL, wait_for_end, NULL) != 0) {
    fprintf(stderr, "pthread_create: failed\n");
    return 1;
  }
  long calls = atol(argv[1]);
  long sockets = atol(argv[2]);

  struct sockaddr_in address;
  int listener = bound(SOCK_STREAM, &address);
  check(listen(listener, 1), "listen");
  address_of(listener, &address);
  int fd = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
  check(connect(fd, (struct sockaddr*)&address, sizeof(address)), "connect");

  int value = 1;
  struct linger linger = {0, 0};
  printf("{\"setsockopt\": %f, ",
         set(fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value), calls));
  printf("\"setsockopt, struct\": %f, ",
         set(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger), calls));
  printf("\"getsockopt\": %f, ",
         get(fd, IPPROTO_TCP, TCP_NODELAY, &value, sizeof(value), calls));
  printf("\"getsockopt, struct\": %f, ",
         get(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger), calls));
  close(fd);
  close(listener);

  printf("\"bind, address, close\": %f, ", bind_stream(sockets));
  int peer = bound(SOCK_DGRAM, &address);
  address_of(peer, &address);
  printf("\"bindSync, close\": %f, ", bind_datagram(sockets, NULL));
  printf("\"bindSync, connectSync, close\": %f}\n",
         bind_datagram(sockets, &address));
  close(peer);
  return 0;
}
