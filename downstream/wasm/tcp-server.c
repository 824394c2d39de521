// A TCP server on a port chosen by the system: the port is known as soon as
// bind() returns.

#include "posix.h"

int main(void) {
  int listener = new_socket(AF_INET, SOCK_STREAM);
  struct sockaddr_in address = bind_loopback(listener, 0);
  CHECK(listen(listener, 8) == 0);

  struct sockaddr_in again;
  socklen_t length = sizeof(again);
  CHECK(getsockname(listener, (struct sockaddr*)&again, &length) == 0);
  CHECK(again.sin_port == address.sin_port);
  CHECK_FAILS(accept(listener, NULL, NULL), EAGAIN);

  for (int round = 0; round < 3; round++) {
    int client = new_socket(AF_INET, SOCK_STREAM);
    CHECK(connect_to(client, &address, sizeof(address)) == 0);
    int connection = accept_one(listener);
    send_text(client, "question");
    expect_text(connection, "question");
    send_text(connection, "answer");
    expect_text(client, "answer");
    CHECK(close(connection) == 0);
    expect_end(client);
    CHECK(close(client) == 0);
  }
  CHECK(close(listener) == 0);
  return 0;
}
