// A TCP port that is bound is taken, whether or not somebody listens on it;
// with SO_REUSEADDR, it is taken only once somebody listens.

#include "posix.h"

int main(void) {
  int first = new_socket(AF_INET, SOCK_STREAM);
  struct sockaddr_in address = bind_loopback(first, 0);
  int second = new_socket(AF_INET, SOCK_STREAM);
  CHECK_FAILS(bind(second, (struct sockaddr*)&address, sizeof(address)),
              EADDRINUSE);
  CHECK(close(second) == 0);
  CHECK(close(first) == 0);

  first = new_socket(AF_INET, SOCK_STREAM);
  second = new_socket(AF_INET, SOCK_STREAM);
  set_int(first, SOL_SOCKET, SO_REUSEADDR, 1);
  set_int(second, SOL_SOCKET, SO_REUSEADDR, 1);
  address = bind_loopback(first, 0);
  bind_loopback(second, address.sin_port);
  CHECK(listen(first, 8) == 0);
  CHECK_FAILS(listen(second, 8), EADDRINUSE);
  CHECK(close(second) == 0);
  CHECK(close(first) == 0);
  return 0;
}
