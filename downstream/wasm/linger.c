// With a linger time of zero, close() resets the connection; without a linger
// time, it ends the connection gracefully.

#include "posix.h"

int main(void) {
  int listener = new_socket(AF_INET, SOCK_STREAM);
  struct sockaddr_in address = bind_loopback(listener, 0);
  CHECK(listen(listener, 8) == 0);
  for (int onoff = 0; onoff < 2; onoff++) {
    int client = new_socket(AF_INET, SOCK_STREAM);
    CHECK(connect_to(client, &address, sizeof(address)) == 0);
    int connection = accept_one(listener);
    struct linger linger = {.l_onoff = onoff, .l_linger = 0};
    CHECK(setsockopt(client, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) ==
          0);
    CHECK(close(client) == 0);
    if (onoff) {
      wait_for(connection, POLLIN);
      CHECK(get_int(connection, SOL_SOCKET, SO_ERROR) == ECONNRESET);
    } else {
      expect_end(connection);
    }
    CHECK(close(connection) == 0);
  }
  CHECK(close(listener) == 0);
  return 0;
}
