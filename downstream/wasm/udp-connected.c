// A connected datagram socket: it does not need an address to send, and only
// receives from its peer.

#include "posix.h"

int main(void) {
  int server = new_socket(AF_INET, SOCK_DGRAM);
  struct sockaddr_in address = bind_loopback(server, 0);
  int client = new_socket(AF_INET, SOCK_DGRAM);
  CHECK(connect(client, (struct sockaddr*)&address, sizeof(address)) == 0);

  struct sockaddr_in peer;
  socklen_t length = sizeof(peer);
  CHECK(getpeername(client, (struct sockaddr*)&peer, &length) == 0);
  CHECK(peer.sin_port == address.sin_port);
  struct sockaddr_in own;
  length = sizeof(own);
  CHECK(getsockname(client, (struct sockaddr*)&own, &length) == 0);
  CHECK(own.sin_port != 0);

  send_text(client, "there");
  expect_text(server, "there");

  struct sockaddr_in to = loopback(own.sin_port);
  int stranger = new_socket(AF_INET, SOCK_DGRAM);
  CHECK(sendto(stranger, "who?", 4, 0, (struct sockaddr*)&to, sizeof(to)) == 4);
  CHECK(sendto(server, "back", 4, 0, (struct sockaddr*)&to, sizeof(to)) == 4);
  expect_text(client, "back");

  CHECK(close(stranger) == 0);
  CHECK(close(client) == 0);
  CHECK(close(server) == 0);
  return 0;
}
