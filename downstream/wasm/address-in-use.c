// A port is in use if somebody listens on it, or has bound it for datagrams.

#include "posix.h"

int main(void) {
  int listener = new_socket(AF_INET, SOCK_STREAM);
  struct sockaddr_in address = bind_loopback(listener, 0);
  CHECK(listen(listener, 8) == 0);
  int second = new_socket(AF_INET, SOCK_STREAM);
  CHECK_FAILS(bind(second, (struct sockaddr*)&address, sizeof(address)),
              EADDRINUSE);
  // The socket that failed to bind can be bound elsewhere.
  bind_loopback(second, 0);
  CHECK_FAILS(bind(second, (struct sockaddr*)&address, sizeof(address)),
              EINVAL);
  CHECK(close(second) == 0);
  CHECK(close(listener) == 0);

  int receiver = new_socket(AF_INET, SOCK_DGRAM);
  address = bind_loopback(receiver, 0);
  second = new_socket(AF_INET, SOCK_DGRAM);
  CHECK_FAILS(bind(second, (struct sockaddr*)&address, sizeof(address)),
              EADDRINUSE);
  CHECK(close(second) == 0);
  CHECK(close(receiver) == 0);
  return 0;
}
