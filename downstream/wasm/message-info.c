// Options that ask for information about datagrams, one after another: set as
// soon as there is a socket, and on another one when it is bound (`live`).
// Prints what comes with a datagram.

#include "posix.h"

#include <netinet/udp.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum { DATAGRAMS = 64, LARGE = 4096, SEGMENT = 100, TTL = 5, TOS = 2 };

static const struct in_addr asked = {.s_addr = 0x4d00007f};

// Returns whether this is the time of the system, give or take a second.
static int is_now(long long seconds, long long nanoseconds) {
  struct timespec now;
  CHECK(clock_gettime(CLOCK_REALTIME, &now) == 0);
  long long passed = (now.tv_sec - seconds) * 1000000000LL;
  passed += now.tv_nsec - nanoseconds;
  return llabs(passed) < 1000000000LL;
}

static int is_time(const void* data, int expected) {
  const struct timeval* time = data;
  return is_now(time->tv_sec, time->tv_usec * 1000LL + expected);
}

static int is_nanotime(const void* data, int expected) {
  const struct timespec* time = data;
  return is_now(time->tv_sec, time->tv_nsec + expected);
}

static int is_packet(const void* data, int expected) {
  const struct in_pktinfo* packet = data;
  return packet->ipi_addr.s_addr == asked.s_addr &&
         packet->ipi_spec_dst.s_addr == asked.s_addr &&
         packet->ipi_ifindex == expected;
}

static int is_packet6(const void* data, int expected) {
  const struct in6_pktinfo* packet = data;
  return memcmp(&packet->ipi6_addr, &in6addr_loopback, 16) == 0 &&
         (int)packet->ipi6_ifindex == expected;
}

static int is_byte(const void* data, int expected) {
  return *(const unsigned char*)data == expected;
}

static int is_int(const void* data, int expected) {
  return *(const int*)data == expected;
}

struct information {
  const char* name;
  int family;
  int level;
  int number;
  // The control message that tells it.
  int type;
  size_t size;
  int (*is_right)(const void* data, int expected);
  int expected;
};

// The loopback interface is the first one.
// clang-format off
static const struct information list[] = {
    {"IP_PKTINFO", AF_INET, IPPROTO_IP, IP_PKTINFO, IP_PKTINFO,
     sizeof(struct in_pktinfo), is_packet, 1},
    {"IP_RECVTTL", AF_INET, IPPROTO_IP, IP_RECVTTL, IP_TTL,
     sizeof(int), is_int, TTL},
    {"IP_RECVTOS", AF_INET, IPPROTO_IP, IP_RECVTOS, IP_TOS, 1, is_byte, TOS},
    {"IPV6_RECVPKTINFO", AF_INET6, IPPROTO_IPV6, IPV6_RECVPKTINFO, IPV6_PKTINFO,
     sizeof(struct in6_pktinfo), is_packet6, 1},
    {"IPV6_RECVHOPLIMIT", AF_INET6, IPPROTO_IPV6, IPV6_RECVHOPLIMIT,
     IPV6_HOPLIMIT, sizeof(int), is_int, TTL},
    {"IPV6_RECVTCLASS", AF_INET6, IPPROTO_IPV6, IPV6_RECVTCLASS, IPV6_TCLASS,
     sizeof(int), is_int, TOS},
    {"SO_TIMESTAMP", AF_INET, SOL_SOCKET, SO_TIMESTAMP, SCM_TIMESTAMP,
     sizeof(struct timeval), is_time, 0},
    {"SO_TIMESTAMPNS", AF_INET, SOL_SOCKET, SO_TIMESTAMPNS, SCM_TIMESTAMPNS,
     sizeof(struct timespec), is_nanotime, 0},
    {"UDP_GRO", AF_INET, IPPROTO_UDP, UDP_GRO, UDP_GRO,
     sizeof(int), is_int, SEGMENT},
    {"SO_RXQ_OVFL", AF_INET, SOL_SOCKET, SO_RXQ_OVFL, SO_RXQ_OVFL,
     sizeof(int), is_int, 0},
};
// clang-format on

// Binds to all addresses. Returns the address to send to.
static socklen_t bind_any(int fd, int family, struct sockaddr_storage* to) {
  socklen_t length = sizeof(*to);
  memset(to, 0, sizeof(*to));
  to->ss_family = family;
  length = family == AF_INET6 ? sizeof(struct sockaddr_in6)
                              : sizeof(struct sockaddr_in);
  CHECK(bind(fd, (struct sockaddr*)to, length) == 0);
  CHECK(getsockname(fd, (struct sockaddr*)to, &length) == 0);
  if (family == AF_INET6)
    ((struct sockaddr_in6*)to)->sin6_addr = in6addr_loopback;
  else
    ((struct sockaddr_in*)to)->sin_addr = asked;
  return length;
}

// Sends a datagram with a number.
static void send_number(int fd,
                        int number,
                        size_t size,
                        const struct sockaddr_storage* to,
                        socklen_t length) {
  static char text[LARGE];
  memcpy(text, &number, sizeof(number));
  CHECK(sendto(fd, text, size, 0, (const struct sockaddr*)to, length) ==
        (ssize_t)size);
}

static const char* try_information(const struct information* each,
                                   int is_live) {
  int is_ipv6 = each->family == AF_INET6;
  int on = 1;
  int expected = each->expected;
  size_t size = sizeof(int);
  struct sockaddr_storage to;
  socklen_t length = 0;
  int fd = new_socket(each->family, SOCK_DGRAM);
  int client = new_socket(each->family, SOCK_DGRAM);
  if (is_live) length = bind_any(fd, each->family, &to);
  if (setsockopt(fd, each->level, each->number, &on, sizeof(on)) != 0)
    return "refused";
  if (!is_live) length = bind_any(fd, each->family, &to);
  if (is_ipv6) {
    set_int(client, IPPROTO_IPV6, IPV6_UNICAST_HOPS, TTL);
    set_int(client, IPPROTO_IPV6, IPV6_TCLASS, TOS);
  } else {
    set_int(client, IPPROTO_IP, IP_TTL, TTL);
    set_int(client, IPPROTO_IP, IP_TOS, TOS);
  }
  if (each->number == UDP_GRO && each->level == IPPROTO_UDP) {
    set_int(client, IPPROTO_UDP, UDP_SEGMENT, SEGMENT);
    size = 3 * SEGMENT;
  }
  // There is not enough space for these.
  int sent = 0;
  if (each->number == SO_RXQ_OVFL && each->level == SOL_SOCKET) {
    set_int(fd, SOL_SOCKET, SO_RCVBUF, 4 * LARGE);
    for (; sent < DATAGRAMS; sent++)
      send_number(client, sent, LARGE, &to, length);
  }

  static char text[LARGE];
  union {
    char bytes[512];
    struct cmsghdr align;
  } control;
  struct iovec part = {.iov_base = text, .iov_len = sizeof(text)};
  struct msghdr message;
  int first_small = sent;
  int received = 0;
  int number;
  ssize_t count;
  do {
    send_number(client, sent++, size, &to, length);
    memset(&message, 0, sizeof(message));
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = &control;
    message.msg_controllen = sizeof(control);
    wait_for(fd, POLLIN);
    count = recvmsg(fd, &message, 0);
    memcpy(&number, text, sizeof(number));
    received++;
  } while (number < first_small);
  // What has neither arrived before it nor will arrive has been dropped.
  if (first_small > 0) expected = number - (received - 1);
  CHECK(close(fd) == 0);
  CHECK(close(client) == 0);
  struct cmsghdr* first = CMSG_FIRSTHDR(&message);
  if (first == NULL) return "set, nothing is delivered";
  // There is nothing but what was asked for.
  int is_right = count == (ssize_t)size &&
                 CMSG_NXTHDR(&message, first) == NULL &&
                 message.msg_flags == 0 && first->cmsg_level == each->level &&
                 first->cmsg_type == each->type &&
                 first->cmsg_len == CMSG_LEN(each->size) &&
                 each->is_right(CMSG_DATA(first), expected);
  return is_right ? "delivered" : "delivered, but wrong";
}

int main(void) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                 .sin6_addr = in6addr_loopback};
  int probe = socket(AF_INET6, SOCK_DGRAM, 0);
  int has_ipv6 = probe >= 0 &&
                 bind(probe, (struct sockaddr*)&address, sizeof(address)) == 0;
  if (probe >= 0) CHECK(close(probe) == 0);
  for (size_t i = 0; i < COUNT(list); i++) {
    if (list[i].family == AF_INET6 && !has_ipv6) continue;
    const char* fresh = try_information(&list[i], 0);
    const char* live = try_information(&list[i], 1);
    printf("%s: %s", list[i].name, fresh);
    if (strcmp(fresh, live) != 0) printf("; live: %s", live);
    printf("\n");
  }
  return 0;
}
