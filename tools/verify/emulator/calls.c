/*
 * Makes calls that an emulator of another processor has to translate, and
 * prints for each its name and what came of it. It is compiled for this
 * machine and for the other processor: where the two differ, it is the
 * emulator that differs, and not Node.js.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <linux/netlink.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LONGEST = 256 };

static void say(const char* call, const char* name, int result, int length) {
  if (result < 0)
    printf("%s %s: %s\n", call, name, strerrorname_np(errno));
  else
    printf("%s %s: %d bytes\n", call, name, length);
}

/* Sets an option, to a number unless it is longer, and reads what there is. */
static void try_option(
    const char* name, int family, int type, int level, int option, int size) {
  char value[LONGEST] = {1};
  socklen_t length = sizeof(value);
  int fd = socket(family, type, 0);
  say("setsockopt", name, setsockopt(fd, level, option, value, size), size);
  int result = getsockopt(fd, level, option, value, &length);
  say("getsockopt", name, result, (int)length);
  close(fd);
}

#define SOCKET(name, size)                                                     \
  try_option(#name, AF_INET, SOCK_DGRAM, SOL_SOCKET, name, size)
#define IPV4(name, size)                                                       \
  try_option(#name, AF_INET, SOCK_DGRAM, IPPROTO_IP, name, size)
#define TCP(name, size)                                                        \
  try_option(#name, AF_INET, SOCK_STREAM, IPPROTO_TCP, name, size)

int main(void) {
  SOCKET(SO_RXQ_OVFL, 4);
  SOCKET(SO_TIMESTAMPING, 4);
  SOCKET(SO_TIMESTAMPNS, 4);
  IPV4(IP_BIND_ADDRESS_NO_PORT, 4);
  IPV4(IP_MTU, 4);
  IPV4(IP_MULTICAST_ALL, 4);
  IPV4(IP_TRANSPARENT, 4);
  TCP(TCP_CONGESTION, 4);
  TCP(TCP_FASTOPEN_KEY, 16);
  TCP(TCP_INFO, 4);
  say("socket",
      "NETLINK_SOCK_DIAG",
      socket(AF_NETLINK, SOCK_RAW, NETLINK_SOCK_DIAG),
      0);
  return 0;
}
