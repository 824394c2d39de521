// Control messages of datagrams: an answer that comes from the address that was
// asked, options of a single datagram, and what does not fit.

#include "posix.h"

#include <netinet/udp.h>

// Large enough for all that a datagram can come with, and aligned.
union control {
  char bytes[256];
  struct cmsghdr align;
};

static struct msghdr new_message(struct iovec* part,
                                 struct sockaddr_in* peer,
                                 union control* control,
                                 size_t size) {
  struct msghdr message;
  memset(&message, 0, sizeof(message));
  message.msg_name = peer;
  message.msg_namelen = peer == NULL ? 0 : sizeof(*peer);
  message.msg_iov = part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = size;
  return message;
}

// Returns the data of a control message, which must be there.
static const void* data_of(struct msghdr* message,
                           int level,
                           int type,
                           size_t size) {
  struct cmsghdr* each = CMSG_FIRSTHDR(message);
  while (each != NULL && (each->cmsg_level != level || each->cmsg_type != type))
    each = CMSG_NXTHDR(message, each);
  CHECK(each != NULL);
  CHECK(each->cmsg_len == CMSG_LEN(size));
  return CMSG_DATA(each);
}

static int int_of(struct msghdr* message, int level, int type) {
  int value;
  memcpy(&value, data_of(message, level, type, sizeof(value)), sizeof(value));
  return value;
}

static struct in_pktinfo packet_of(struct msghdr* message) {
  struct in_pktinfo packet;
  memcpy(&packet,
         data_of(message, IPPROTO_IP, IP_PKTINFO, sizeof(packet)),
         sizeof(packet));
  return packet;
}

// Appends a control message.
static void add(struct msghdr* message,
                int level,
                int type,
                const void* data,
                size_t size) {
  char* end = (char*)message->msg_control + message->msg_controllen;
  struct cmsghdr header;
  memset(&header, 0, sizeof(header));
  header.cmsg_len = CMSG_LEN(size);
  header.cmsg_level = level;
  header.cmsg_type = type;
  memcpy(end, &header, sizeof(header));
  memcpy(end + CMSG_LEN(0), data, size);
  message->msg_controllen += CMSG_SPACE(size);
}

static void add_int(struct msghdr* message, int level, int type, int value) {
  add(message, level, type, &value, sizeof(value));
}

// A socket that serves both families is asked by IPv4.
static void answer_from_both(void) {
  struct sockaddr_in6 any = {.sin6_family = AF_INET6};
  socklen_t length = sizeof(any);
  int server = socket(AF_INET6, SOCK_DGRAM, 0);
  if (server < 0 || bind(server, (struct sockaddr*)&any, length) != 0) return;
  CHECK(fcntl(server, F_SETFL, O_NONBLOCK) == 0);
  CHECK(getsockname(server, (struct sockaddr*)&any, &length) == 0);
  set_int(server, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
  set_int(server, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
  set_int(server, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);

  int client = new_socket(AF_INET, SOCK_DGRAM);
  struct sockaddr_in address = loopback(any.sin6_port);
  address.sin_addr.s_addr = htonl(0x7f00004d);
  CHECK(
      sendto(
          client, "there", 5, 0, (struct sockaddr*)&address, sizeof(address)) ==
      5);
  char text[16];
  union control control;
  struct iovec part = {.iov_base = text, .iov_len = sizeof(text)};
  struct msghdr message = new_message(&part, NULL, &control, sizeof(control));
  message.msg_name = &any;
  message.msg_namelen = sizeof(any);
  wait_for(server, POLLIN);
  CHECK(recvmsg(server, &message, 0) == 5);
  struct in6_pktinfo packet;
  memcpy(&packet,
         data_of(&message, IPPROTO_IPV6, IPV6_PKTINFO, sizeof(packet)),
         sizeof(packet));
  // The other options, like the hop limit below, are for IPv6 alone.
  CHECK(CMSG_NXTHDR(&message, CMSG_FIRSTHDR(&message)) == NULL);
  struct in6_addr mapped;
  CHECK(inet_pton(AF_INET6, "::ffff:127.0.0.77", &mapped) == 1);
  CHECK(memcmp(&packet.ipi6_addr, &mapped, sizeof(mapped)) == 0);
  CHECK(packet.ipi6_ifindex > 0);

  set_int(client, IPPROTO_IP, IP_RECVTTL, 1);
  part.iov_len = 5;
  message.msg_controllen = 0;
  add(&message, IPPROTO_IPV6, IPV6_PKTINFO, &packet, sizeof(packet));
  add_int(&message, IPPROTO_IPV6, IPV6_HOPLIMIT, 5);
  add_int(&message, IPPROTO_IP, IP_TTL, 9);
  CHECK(sendmsg(server, &message, 0) == 5);
  struct sockaddr_in source;
  length = sizeof(source);
  wait_for(client, POLLIN);
  message = new_message(&part, &source, &control, sizeof(control));
  CHECK(recvmsg(client, &message, 0) == 5);
  CHECK(int_of(&message, IPPROTO_IP, IP_TTL) == 9);
  CHECK(source.sin_addr.s_addr == address.sin_addr.s_addr);
  CHECK(source.sin_port == address.sin_port);
  CHECK(close(client) == 0);
  CHECK(close(server) == 0);
}

// Options of a single datagram over IPv6, between sockets that are connected.
static void send_over_ipv6(void) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6,
                                 .sin6_addr = in6addr_loopback};
  socklen_t length = sizeof(address);
  int server = socket(AF_INET6, SOCK_DGRAM, 0);
  if (server < 0 || bind(server, (struct sockaddr*)&address, length) != 0)
    return;
  CHECK(fcntl(server, F_SETFL, O_NONBLOCK) == 0);
  CHECK(getsockname(server, (struct sockaddr*)&address, &length) == 0);
  set_int(server, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
  set_int(server, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
  int client = new_socket(AF_INET6, SOCK_DGRAM);
  CHECK(connect(client, (struct sockaddr*)&address, length) == 0);

  char text[16] = "there";
  union control control;
  struct iovec part = {.iov_base = text, .iov_len = 5};
  struct msghdr message = new_message(&part, NULL, &control, 0);
  add_int(&message, IPPROTO_IPV6, IPV6_HOPLIMIT, 7);
  add_int(&message, IPPROTO_IPV6, IPV6_TCLASS, 3);
  add_int(&message, IPPROTO_IPV6, IPV6_DONTFRAG, 1);
  CHECK(sendmsg(client, &message, 0) == 5);
  // -1 is for what the socket has, and options of IPv4 do not matter here.
  message.msg_controllen = 0;
  add_int(&message, IPPROTO_IPV6, IPV6_HOPLIMIT, -1);
  add_int(&message, IPPROTO_IP, IP_TTL, 9);
  CHECK(sendmsg(client, &message, 0) == 5);

  message = new_message(&part, NULL, &control, sizeof(control));
  wait_for(server, POLLIN);
  CHECK(recvmsg(server, &message, 0) == 5);
  CHECK(int_of(&message, IPPROTO_IPV6, IPV6_HOPLIMIT) == 7);
  CHECK(int_of(&message, IPPROTO_IPV6, IPV6_TCLASS) == 3);
  message = new_message(&part, NULL, &control, sizeof(control));
  wait_for(server, POLLIN);
  CHECK(recvmsg(server, &message, 0) == 5);
  CHECK(int_of(&message, IPPROTO_IPV6, IPV6_HOPLIMIT) ==
        get_int(client, IPPROTO_IPV6, IPV6_UNICAST_HOPS));
  CHECK(int_of(&message, IPPROTO_IPV6, IPV6_TCLASS) == 0);
  CHECK(close(client) == 0);
  CHECK(close(server) == 0);
}

int main(void) {
  answer_from_both();
  send_over_ipv6();
  int server = new_socket(AF_INET, SOCK_DGRAM);
  set_int(server, IPPROTO_IP, IP_PKTINFO, 1);
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t length = sizeof(address);
  CHECK(bind(server, (struct sockaddr*)&address, sizeof(address)) == 0);
  CHECK(getsockname(server, (struct sockaddr*)&address, &length) == 0);
  set_int(server, IPPROTO_IP, IP_RECVTTL, 1);
  set_int(server, IPPROTO_IP, IP_RECVTOS, 1);
  address.sin_addr.s_addr = htonl(0x7f00004d);

  // A datagram has a time to live and a type of service of its own, and the
  // next one does not.
  int client = new_socket(AF_INET, SOCK_DGRAM);
  union control control;
  struct iovec part = {.iov_base = "there", .iov_len = 5};
  struct msghdr message = new_message(&part, &address, &control, 0);
  add_int(&message, IPPROTO_IP, IP_TTL, 9);
  add_int(&message, IPPROTO_IP, IP_TOS, 0xb9);
  CHECK(sendmsg(client, &message, 0) == 5);
  message.msg_controllen = 0;
  CHECK(sendmsg(client, &message, 0) == 5);

  char text[16];
  struct sockaddr_in from;
  struct iovec room = {.iov_base = text, .iov_len = sizeof(text)};
  message = new_message(&room, &from, &control, sizeof(control));
  wait_for(server, POLLIN);
  CHECK(recvmsg(server, &message, MSG_PEEK) == 5);
  CHECK(int_of(&message, IPPROTO_IP, IP_TTL) == 9);
  message = new_message(&room, &from, &control, sizeof(control));
  CHECK(recvmsg(server, &message, 0) == 5);
  CHECK(memcmp(text, "there", 5) == 0);
  CHECK(message.msg_namelen == sizeof(from));
  CHECK(message.msg_flags == 0);
  CHECK(int_of(&message, IPPROTO_IP, IP_TTL) == 9);
  CHECK(*(const unsigned char*)data_of(&message, IPPROTO_IP, IP_TOS, 1) ==
        0xb9);
  struct in_pktinfo packet = packet_of(&message);
  CHECK(packet.ipi_addr.s_addr == address.sin_addr.s_addr);
  CHECK(packet.ipi_spec_dst.s_addr == address.sin_addr.s_addr);
  CHECK(packet.ipi_ifindex > 0);
  message = new_message(&room, &from, &control, sizeof(control));
  wait_for(server, POLLIN);
  CHECK(recvmsg(server, &message, 0) == 5);
  CHECK(int_of(&message, IPPROTO_IP, IP_TTL) ==
        get_int(client, IPPROTO_IP, IP_TTL));
  CHECK(*(const unsigned char*)data_of(&message, IPPROTO_IP, IP_TOS, 1) == 0);

  // The answer comes from the address that was asked.
  part.iov_base = "and back";
  part.iov_len = 8;
  message = new_message(&part, &from, &control, 0);
  add(&message, IPPROTO_IP, IP_PKTINFO, &packet, sizeof(packet));
  CHECK(sendmsg(server, &message, 0) == 8);
  struct sockaddr_in source;
  length = sizeof(source);
  wait_for(client, POLLIN);
  CHECK(
      recvfrom(
          client, text, sizeof(text), 0, (struct sockaddr*)&source, &length) ==
      8);
  CHECK(source.sin_addr.s_addr == address.sin_addr.s_addr);
  CHECK(source.sin_port == address.sin_port);

  // Nobody has asked for anything here.
  CHECK(sendmsg(server, &message, 0) == 8);
  wait_for(client, POLLIN);
  message = new_message(&room, &source, &control, sizeof(control));
  CHECK(recvmsg(client, &message, 0) == 8);
  CHECK(message.msg_controllen == 0 && message.msg_flags == 0);

  // There is space for a part of the text, and for a part of what is said about
  // it.
  part.iov_base = "too long";
  message = new_message(&part, &address, &control, 0);
  for (int i = 0; i < 4; i++) CHECK(sendmsg(client, &message, 0) == 8);
  room.iov_len = 3;
  message = new_message(&room, &from, &control, sizeof(control));
  wait_for(server, POLLIN);
  CHECK(recvmsg(server, &message, 0) == 3);
  CHECK(message.msg_flags == MSG_TRUNC);
  packet_of(&message);
  message = new_message(&room, &from, &control, sizeof(control));
  wait_for(server, POLLIN);
  CHECK(recvmsg(server, &message, MSG_TRUNC) == 8);
  room.iov_len = sizeof(text);
  message = new_message(&room, &from, &control, CMSG_SPACE(sizeof(packet)));
  wait_for(server, POLLIN);
  CHECK(recvmsg(server, &message, 0) == 8);
  CHECK(message.msg_flags == MSG_CTRUNC);
  CHECK(message.msg_controllen == CMSG_SPACE(sizeof(packet)));
  packet_of(&message);
  message = new_message(&room, &from, NULL, 0);
  wait_for(server, POLLIN);
  CHECK(recvmsg(server, &message, 0) == 8);
  CHECK(message.msg_flags == MSG_CTRUNC);

  // It is not asked for any more.
  set_int(server, IPPROTO_IP, IP_PKTINFO, 0);
  set_int(server, IPPROTO_IP, IP_RECVTTL, 0);
  set_int(server, IPPROTO_IP, IP_RECVTOS, 0);
  message = new_message(&part, &address, &control, 0);
  CHECK(sendmsg(client, &message, 0) == 8);
  message = new_message(&room, &from, &control, sizeof(control));
  wait_for(server, POLLIN);
  CHECK(recvmsg(server, &message, 0) == 8);
  CHECK(message.msg_controllen == 0 && message.msg_flags == 0);

  // One message, which the kernel takes apart.
  part.iov_base = "one two three";
  part.iov_len = 13;
  uint16_t segment = 4;
  message = new_message(&part, &address, &control, 0);
  add(&message, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof(segment));
  CHECK(sendmsg(client, &message, 0) == 13);
  expect_text(server, "one two three");

  // What cannot be sent.
  message = new_message(&part, &address, (void*)-8, CMSG_SPACE(sizeof(int)));
  CHECK_FAILS(sendmsg(client, &message, 0), EFAULT);
  message = new_message(&part, &address, &control, 0);
  add_int(&message, IPPROTO_IP, IP_TTL, 256);
  CHECK_FAILS(sendmsg(client, &message, 0), EINVAL);
  message = new_message(&part, &address, &control, 0);
  add_int(&message, IPPROTO_IP, 99, 1);
  CHECK_FAILS(sendmsg(client, &message, 0), EINVAL);
  message = new_message(&part, &address, &control, 0);
  add(&message, IPPROTO_IP, IP_TTL, "", 1);
  CHECK_FAILS(sendmsg(client, &message, 0), EINVAL);
  message = new_message(&part, &address, &control, 0);
  add_int(&message, IPPROTO_IP, IP_TTL, 9);
  message.msg_controllen -= CMSG_SPACE(sizeof(int)) - CMSG_LEN(1);
  CHECK_FAILS(sendmsg(client, &message, 0), EINVAL);
  // This address is for documentation. Kernels differ in the error.
  message = new_message(&part, &address, &control, 0);
  packet.ipi_ifindex = 0;
  packet.ipi_spec_dst.s_addr = htonl(0xcb007101);
  add(&message, IPPROTO_IP, IP_PKTINFO, &packet, sizeof(packet));
  CHECK(sendmsg(client, &message, 0) == -1);
  CHECK(errno == EINVAL || errno == ENETUNREACH);
  // Another protocol has no say.
  message = new_message(&part, &address, &control, 0);
  add_int(&message, IPPROTO_TCP, 99, 1);
  CHECK(sendmsg(client, &message, 0) == 13);

  CHECK(close(client) == 0);
  CHECK(close(server) == 0);
  return 0;
}
