// Connecting to a port that is bound, but not listened on, is refused.

#include "posix.h"

int main(void) {
  int silent = new_socket(AF_INET, SOCK_STREAM);
  struct sockaddr_in nobody = bind_loopback(silent, 0);
  int client = new_socket(AF_INET, SOCK_STREAM);
  CHECK(connect_to(client, &nobody, sizeof(nobody)) == ECONNREFUSED);
  CHECK(close(client) == 0);
  CHECK(close(silent) == 0);
  return 0;
}
