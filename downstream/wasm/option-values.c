// Options that every POSIX socket backend has: a value that is set can be read.

#include "posix.h"

int main(void) {
  int listener = new_socket(AF_INET, SOCK_STREAM);
  CHECK(get_int(listener, SOL_SOCKET, SO_TYPE) == SOCK_STREAM);
  struct sockaddr_in address = bind_loopback(listener, 0);
  CHECK(listen(listener, 8) == 0);

  int client = new_socket(AF_INET, SOCK_STREAM);
  set_int(client, IPPROTO_TCP, TCP_NODELAY, 1);
  CHECK(get_int(client, IPPROTO_TCP, TCP_NODELAY) != 0);
  CHECK(connect_to(client, &address, sizeof(address)) == 0);
  CHECK(get_int(client, IPPROTO_TCP, TCP_NODELAY) != 0);
  set_int(client, IPPROTO_TCP, TCP_NODELAY, 0);
  CHECK(get_int(client, IPPROTO_TCP, TCP_NODELAY) == 0);

  set_int(client, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_int(client, IPPROTO_TCP, TCP_KEEPIDLE, 30);
  set_int(client, IPPROTO_TCP, TCP_KEEPINTVL, 5);
  set_int(client, IPPROTO_TCP, TCP_KEEPCNT, 3);
  CHECK(get_int(client, SOL_SOCKET, SO_KEEPALIVE) != 0);
  CHECK(get_int(client, IPPROTO_TCP, TCP_KEEPIDLE) == 30);
  CHECK(get_int(client, IPPROTO_TCP, TCP_KEEPINTVL) == 5);
  CHECK(get_int(client, IPPROTO_TCP, TCP_KEEPCNT) == 3);

  int connection = accept_one(listener);
  CHECK(close(connection) == 0);
  CHECK(close(client) == 0);
  CHECK(close(listener) == 0);

  int receiver = new_socket(AF_INET, SOCK_DGRAM);
  CHECK(get_int(receiver, SOL_SOCKET, SO_TYPE) == SOCK_DGRAM);
  set_int(receiver, SOL_SOCKET, SO_BROADCAST, 1);
  bind_loopback(receiver, 0);
  CHECK(get_int(receiver, SOL_SOCKET, SO_BROADCAST) != 0);
  CHECK(close(receiver) == 0);
  return 0;
}
