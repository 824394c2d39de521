// Code shared by the programs in this folder. They use nothing but POSIX
// sockets, so they can be compiled natively as well as to WebAssembly. No
// socket blocks; only poll() waits, since an event loop may have to run in the
// meantime.

#ifndef DOWNSTREAM_WASM_POSIX_H_
#define DOWNSTREAM_WASM_POSIX_H_

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

// Exit code of a program that cannot run here. It has printed the reason.
#define SKIPPED 77

#define WAIT_MS 5000

#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      printf("%s:%d: not so: %s (errno %d, %s)\n",                             \
             __FILE__,                                                         \
             __LINE__,                                                         \
             #condition,                                                       \
             errno,                                                            \
             strerror(errno));                                                 \
      exit(1);                                                                 \
    }                                                                          \
  } while (0)

// A call that must fail, and the errno that it must fail with.
#define CHECK_FAILS(call, expected)                                            \
  do {                                                                         \
    errno = 0;                                                                 \
    CHECK((call) == -1 && errno == (expected));                                \
  } while (0)

static inline _Noreturn void skip(const char* why) {
  printf("%s\n", why);
  exit(SKIPPED);
}

static inline int new_socket(int family, int type) {
  int fd = socket(family, type, 0);
  CHECK(fd >= 0);
  CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
  return fd;
}

// Waits for one of the events.
static inline void wait_for(int fd, short events) {
  struct pollfd entry = {.fd = fd, .events = events};
  CHECK(poll(&entry, 1, WAIT_MS) == 1);
}

static inline struct sockaddr_in loopback(in_port_t port) {
  struct sockaddr_in address;
  memset(&address, 0, sizeof(address));
  address.sin_family = AF_INET;
  address.sin_port = port;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Binds to a port of 127.0.0.1, or to any port if 0, and returns the address.
static inline struct sockaddr_in bind_loopback(int fd, in_port_t port) {
  struct sockaddr_in address = loopback(port);
  socklen_t length = sizeof(address);
  CHECK(bind(fd, (struct sockaddr*)&address, sizeof(address)) == 0);
  CHECK(getsockname(fd, (struct sockaddr*)&address, &length) == 0);
  CHECK(length == sizeof(address));
  CHECK(address.sin_port != 0);
  return address;
}

// Connects, and returns the resulting error, or 0.
static inline int connect_to(int fd, const void* address, socklen_t length) {
  int error = 0;
  socklen_t size = sizeof(error);
  if (connect(fd, address, length) != 0) CHECK(errno == EINPROGRESS);
  wait_for(fd, POLLOUT);
  CHECK(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0);
  return error;
}

static inline int accept_one(int listener) {
  wait_for(listener, POLLIN);
  int fd = accept(listener, NULL, NULL);
  CHECK(fd >= 0);
  CHECK(fcntl(fd, F_SETFL, O_NONBLOCK) == 0);
  return fd;
}

static inline void send_text(int fd, const char* text) {
  CHECK(send(fd, text, strlen(text), 0) == (ssize_t)strlen(text));
}

// Receives exactly this text, in any number of pieces.
static inline void expect_text(int fd, const char* text) {
  char received[256];
  size_t length = 0;
  CHECK(strlen(text) <= sizeof(received));
  while (length < strlen(text)) {
    wait_for(fd, POLLIN);
    ssize_t count = recv(fd, received + length, strlen(text) - length, 0);
    CHECK(count > 0);
    length += count;
  }
  CHECK(memcmp(received, text, length) == 0);
}

// Expects that the peer has sent everything that it had to send.
static inline void expect_end(int fd) {
  char byte;
  wait_for(fd, POLLIN);
  CHECK(recv(fd, &byte, 1, 0) == 0);
}

static inline void set_int(int fd, int level, int name, int value) {
  CHECK(setsockopt(fd, level, name, &value, sizeof(value)) == 0);
}

static inline int get_int(int fd, int level, int name) {
  int value = -1;
  socklen_t length = sizeof(value);
  CHECK(getsockopt(fd, level, name, &value, &length) == 0);
  CHECK(length == sizeof(value));
  return value;
}

#endif  // DOWNSTREAM_WASM_POSIX_H_
