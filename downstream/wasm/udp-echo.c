// Datagrams in both directions, including one that is longer than the buffer.

#include "posix.h"

int main(void) {
  int server = new_socket(AF_INET, SOCK_DGRAM);
  struct sockaddr_in address = bind_loopback(server, 0);
  int client = new_socket(AF_INET, SOCK_DGRAM);
  struct sockaddr_in from;
  socklen_t length = sizeof(from);
  char text[16];

  CHECK(
      sendto(
          client, "there", 5, 0, (struct sockaddr*)&address, sizeof(address)) ==
      5);
  wait_for(server, POLLIN);
  CHECK(recvfrom(
            server, text, sizeof(text), 0, (struct sockaddr*)&from, &length) ==
        5);
  CHECK(memcmp(text, "there", 5) == 0);

  // Sending has given the unbound socket a port.
  struct sockaddr_in own;
  length = sizeof(own);
  CHECK(getsockname(client, (struct sockaddr*)&own, &length) == 0);
  CHECK(own.sin_port == from.sin_port);

  CHECK(
      sendto(server, "and back", 8, 0, (struct sockaddr*)&from, sizeof(from)) ==
      8);
  wait_for(client, POLLIN);
  CHECK(recvfrom(client, text, 3, 0, NULL, NULL) == 3);
  CHECK(memcmp(text, "and", 3) == 0);
  CHECK_FAILS(recv(client, text, sizeof(text), 0), EAGAIN);

  CHECK(close(client) == 0);
  CHECK(close(server) == 0);
  return 0;
}
