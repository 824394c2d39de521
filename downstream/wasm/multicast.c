// A datagram sent to a group reaches a member, until the member leaves.

#include "posix.h"

int main(void) {
  struct ip_mreq group = {.imr_interface.s_addr = htonl(INADDR_LOOPBACK)};
  CHECK(inet_pton(AF_INET, "239.255.17.4", &group.imr_multiaddr) == 1);
  struct in_addr interface = group.imr_interface;

  int member = new_socket(AF_INET, SOCK_DGRAM);
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof(address);
  CHECK(bind(member, (struct sockaddr*)&address, sizeof(address)) == 0);
  CHECK(getsockname(member, (struct sockaddr*)&address, &length) == 0);
  CHECK(setsockopt(
            member, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)) == 0);
  CHECK_FAILS(
      setsockopt(member, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)),
      EADDRINUSE);

  int sender = new_socket(AF_INET, SOCK_DGRAM);
  CHECK(
      setsockopt(
          sender, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof(interface)) ==
      0);
  address.sin_addr = group.imr_multiaddr;
  CHECK(sendto(sender,
               "to all",
               6,
               0,
               (struct sockaddr*)&address,
               sizeof(address)) == 6);
  expect_text(member, "to all");

  CHECK(setsockopt(
            member, IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof(group)) ==
        0);
  CHECK(sendto(sender,
               "to none",
               7,
               0,
               (struct sockaddr*)&address,
               sizeof(address)) == 7);
  struct sockaddr_in alone = loopback(address.sin_port);
  CHECK(
      sendto(sender, "to one", 6, 0, (struct sockaddr*)&alone, sizeof(alone)) ==
      6);
  expect_text(member, "to one");
  CHECK(close(sender) == 0);
  CHECK(close(member) == 0);
  return 0;
}
