// A server and a client on a path.

#include "posix.h"

#include <sys/un.h>

int main(void) {
  int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (listener < 0 && errno == EAFNOSUPPORT) skip("no AF_UNIX here");
  CHECK(listener >= 0);
  CHECK(fcntl(listener, F_SETFL, O_NONBLOCK) == 0);

  char folder[] = "/tmp/downstream-XXXXXX";
  CHECK(mkdtemp(folder) != NULL);
  struct sockaddr_un address;
  memset(&address, 0, sizeof(address));
  address.sun_family = AF_UNIX;
  snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", folder);
  CHECK(bind(listener, (struct sockaddr*)&address, sizeof(address)) == 0);
  CHECK(access(address.sun_path, F_OK) == 0);
  CHECK(listen(listener, 8) == 0);

  int client = new_socket(AF_UNIX, SOCK_STREAM);
  CHECK(connect_to(client, &address, sizeof(address)) == 0);
  int connection = accept_one(listener);
  send_text(client, "through a path");
  expect_text(connection, "through a path");

  CHECK(close(connection) == 0);
  CHECK(close(client) == 0);
  CHECK(close(listener) == 0);
  unlink(address.sun_path);
  CHECK(rmdir(folder) == 0);
  return 0;
}
