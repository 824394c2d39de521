// A client that is bound before it connects. Its argument is the port of a
// server on 127.0.0.1 that reports the port from which the client connected.

#include "posix.h"

int main(int argc, char** argv) {
  CHECK(argc == 2);
  int fd = new_socket(AF_INET, SOCK_STREAM);
  struct sockaddr_in own = bind_loopback(fd, 0);
  struct sockaddr_in server = loopback(htons(atoi(argv[1])));
  CHECK(connect_to(fd, &server, sizeof(server)) == 0);

  char greeting[32];
  snprintf(greeting, sizeof(greeting), "from %d\n", ntohs(own.sin_port));
  expect_text(fd, greeting);
  CHECK(close(fd) == 0);
  return 0;
}
