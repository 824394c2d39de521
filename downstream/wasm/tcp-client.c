// A TCP client. Its argument is the port of a server on 127.0.0.1 that reports
// the port from which the client connected, then echoes what it receives.

#include "posix.h"

int main(int argc, char** argv) {
  CHECK(argc == 2);
  int fd = new_socket(AF_INET, SOCK_STREAM);
  struct sockaddr_in server = loopback(htons(atoi(argv[1])));
  CHECK(connect_to(fd, &server, sizeof(server)) == 0);

  struct sockaddr_in own;
  socklen_t length = sizeof(own);
  char greeting[32];
  CHECK(getsockname(fd, (struct sockaddr*)&own, &length) == 0);
  snprintf(greeting, sizeof(greeting), "from %d\n", ntohs(own.sin_port));
  expect_text(fd, greeting);

  struct sockaddr_in peer;
  length = sizeof(peer);
  CHECK(getpeername(fd, (struct sockaddr*)&peer, &length) == 0);
  CHECK(peer.sin_port == server.sin_port);

  send_text(fd, "and back");
  expect_text(fd, "and back");
  CHECK(shutdown(fd, SHUT_WR) == 0);
  expect_end(fd);
  CHECK(close(fd) == 0);
  return 0;
}
