// TCP and UDP over the IPv6 loopback address.

#include "posix.h"

static struct sockaddr_in6 bind_loopback6(int fd) {
  struct sockaddr_in6 address;
  socklen_t length = sizeof(address);
  memset(&address, 0, sizeof(address));
  address.sin6_family = AF_INET6;
  address.sin6_addr = in6addr_loopback;
  if (bind(fd, (struct sockaddr*)&address, sizeof(address)) != 0) {
    CHECK(errno == EADDRNOTAVAIL);
    skip("this machine has no ::1");
  }
  CHECK(getsockname(fd, (struct sockaddr*)&address, &length) == 0);
  CHECK(address.sin6_port != 0);
  return address;
}

int main(void) {
  int probe = socket(AF_INET6, SOCK_STREAM, 0);
  if (probe < 0 && errno == EAFNOSUPPORT) skip("this machine has no IPv6");
  CHECK(probe >= 0);
  CHECK(close(probe) == 0);

  int listener = new_socket(AF_INET6, SOCK_STREAM);
  struct sockaddr_in6 address = bind_loopback6(listener);
  CHECK(listen(listener, 8) == 0);
  int client = new_socket(AF_INET6, SOCK_STREAM);
  CHECK(connect_to(client, &address, sizeof(address)) == 0);
  int connection = accept_one(listener);
  send_text(client, "over TCP");
  expect_text(connection, "over TCP");
  CHECK(close(connection) == 0);
  CHECK(close(client) == 0);
  CHECK(close(listener) == 0);

  int server = new_socket(AF_INET6, SOCK_DGRAM);
  address = bind_loopback6(server);
  client = new_socket(AF_INET6, SOCK_DGRAM);
  CHECK(sendto(client,
               "over UDP",
               8,
               0,
               (struct sockaddr*)&address,
               sizeof(address)) == 8);
  expect_text(server, "over UDP");
  CHECK(close(client) == 0);
  CHECK(close(server) == 0);
  return 0;
}
