// What the system reports when an option cannot be set or read.

#include "posix.h"

#define NOWHERE ((void*)-8)

int main(void) {
  int one = 1;
  int value;
  char byte = 1;
  socklen_t length = sizeof(value);

  CHECK_FAILS(setsockopt(999, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)),
              EBADF);
  CHECK_FAILS(getsockopt(999, SOL_SOCKET, SO_KEEPALIVE, &value, &length),
              EBADF);
  int file = open(".", O_RDONLY);
  CHECK(file >= 0);
  CHECK_FAILS(setsockopt(file, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof(one)),
              ENOTSOCK);
  CHECK_FAILS(getsockopt(file, SOL_SOCKET, SO_KEEPALIVE, &value, &length),
              ENOTSOCK);
  CHECK(close(file) == 0);

  // The results must be the same before and after there is an address.
  int fd = new_socket(AF_INET, SOCK_STREAM);
  for (int bound = 0; bound < 2; bound++) {
    CHECK_FAILS(setsockopt(fd, IPPROTO_TCP, 9999, &one, sizeof(one)),
                ENOPROTOOPT);
    CHECK_FAILS(getsockopt(fd, IPPROTO_TCP, 9999, &value, &length),
                ENOPROTOOPT);
    CHECK_FAILS(setsockopt(fd, SOL_SOCKET, 9999, &one, sizeof(one)),
                ENOPROTOOPT);
    CHECK_FAILS(getsockopt(fd, SOL_SOCKET, 9999, &value, &length), ENOPROTOOPT);
    CHECK_FAILS(setsockopt(fd, 9999, 1, &one, sizeof(one)), ENOPROTOOPT);
    CHECK_FAILS(getsockopt(fd, 9999, 1, &value, &length), EOPNOTSUPP);
    CHECK_FAILS(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &byte, 1), EINVAL);
    CHECK_FAILS(setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &byte, 1), EINVAL);
    value = 0;
    CHECK_FAILS(
        setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &value, sizeof(value)),
        EINVAL);
    CHECK_FAILS(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "no such", 7),
                ENOENT);
    struct timeval time = {.tv_sec = 1, .tv_usec = 1000000};
    CHECK_FAILS(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, sizeof(time)),
                EDOM);
    CHECK_FAILS(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &time, 4), EINVAL);
    CHECK_FAILS(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, NULL, sizeof(one)),
                EFAULT);
    CHECK_FAILS(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, NOWHERE, sizeof(one)),
                EFAULT);
    CHECK_FAILS(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, NULL), EFAULT);
    CHECK_FAILS(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, NOWHERE, &length),
                EFAULT);
    CHECK_FAILS(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, (socklen_t)-1),
                EINVAL);
    CHECK_FAILS(setsockopt(fd, SOL_SOCKET, SO_DOMAIN, &one, sizeof(one)),
                ENOPROTOOPT);

    // A shorter buffer gets as much as it can hold.
    length = 1;
    CHECK(getsockopt(fd, SOL_SOCKET, SO_TYPE, &byte, &length) == 0);
    CHECK(length == 1 && byte == SOCK_STREAM);
    length = sizeof(value);
    if (!bound) bind_loopback(fd, 0);
  }
  // This option is for sockets of the other family.
  CHECK_FAILS(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)),
              ENOPROTOOPT);
  CHECK(close(fd) == 0);
  return 0;
}
