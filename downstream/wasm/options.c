// Sets and reads one option after another, each on a socket of its own: once as
// soon as there is a socket (`fresh`), and once when it is bound, listening or
// connected (`live`). Prints the result of each and, before each, a line at
// which a trace of the system calls can be split. The last call of a case reads
// SO_TYPE, which tells the socket in question apart from others.

#include "posix.h"

#include <netinet/udp.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum kind { TCP, LISTENER, UDP, TCP6, LISTENER6, UDP6, KINDS };

static const char* const kinds[KINDS] = {"TCP",
                                         "listener",
                                         "UDP",
                                         "TCP over IPv6",
                                         "listener over IPv6",
                                         "UDP over IPv6"};

struct setting {
  int level;
  int number;
  const void* value;
  socklen_t size;
};

struct option {
  const char* name;
  enum kind kind;
  // Nothing is set if there is no value.
  struct setting setting;
  // What has to be set first.
  struct setting before;
};

static const int off = 0, on = 1, two = 2, small = 16384, number = 5,
                 low_delay = 16;
static const char byte = 1;
static struct timeval moment;
static const struct linger linger = {.l_onoff = 1, .l_linger = 3};
static struct ip_mreq group;
static struct ipv6_mreq group6;

// clang-format off
#define SET(text, kind_, level, number, value, size) \
  {.name = text, .kind = kind_, .setting = {level, number, value, size}}
// clang-format on
#define INT(level, name, kind, value)                                          \
  SET(#name, kind, level, name, &(value), sizeof(int))
#define STRUCT(level, name, kind, value)                                       \
  SET(#name, kind, level, name, &(value), sizeof(value))
#define TEXT(level, name, kind, text)                                          \
  SET(#name, kind, level, name, text, sizeof(text) - 1)
#define READ(level, name, kind) SET(#name " (read)", kind, level, name, NULL, 0)

static const struct option options[] = {
    INT(SOL_SOCKET, SO_RCVBUF, TCP, small),
    INT(SOL_SOCKET, SO_RCVBUF, LISTENER, small),
    INT(SOL_SOCKET, SO_RCVBUF, UDP, small),
    READ(SOL_SOCKET, SO_RCVBUF, LISTENER),
    INT(SOL_SOCKET, SO_SNDBUF, TCP, small),
    INT(SOL_SOCKET, SO_SNDBUF, LISTENER, small),
    INT(SOL_SOCKET, SO_SNDBUF, UDP, small),
    INT(SOL_SOCKET, SO_REUSEADDR, LISTENER, on),
    INT(SOL_SOCKET, SO_REUSEADDR, UDP, on),
    READ(SOL_SOCKET, SO_REUSEADDR, LISTENER),
    INT(SOL_SOCKET, SO_REUSEPORT, LISTENER, on),
    INT(SOL_SOCKET, SO_REUSEPORT, UDP, on),
    STRUCT(SOL_SOCKET, SO_LINGER, TCP, linger),
    INT(SOL_SOCKET, SO_KEEPALIVE, TCP, on),
    INT(SOL_SOCKET, SO_BROADCAST, UDP, on),
    STRUCT(SOL_SOCKET, SO_RCVTIMEO, TCP, moment),
    STRUCT(SOL_SOCKET, SO_SNDTIMEO, TCP, moment),
    STRUCT(SOL_SOCKET, SO_RCVTIMEO, UDP, moment),
    INT(SOL_SOCKET, SO_RCVLOWAT, TCP, two),
    INT(SOL_SOCKET, SO_OOBINLINE, TCP, on),
    INT(SOL_SOCKET, SO_DONTROUTE, TCP, on),
    INT(SOL_SOCKET, SO_PRIORITY, TCP, number),
    INT(SOL_SOCKET, SO_MARK, TCP, number),
    INT(SOL_SOCKET, SO_TIMESTAMP, UDP, on),
    INT(SOL_SOCKET, SO_BUSY_POLL, TCP, number),
    TEXT(SOL_SOCKET, SO_BINDTODEVICE, TCP, "lo"),
    TEXT(SOL_SOCKET, SO_BINDTODEVICE, UDP, "lo"),
    READ(SOL_SOCKET, SO_ACCEPTCONN, LISTENER),
    READ(SOL_SOCKET, SO_DOMAIN, TCP),
    READ(SOL_SOCKET, SO_PROTOCOL, TCP),
    INT(SOL_SOCKET, SO_TYPE, TCP, on),
    SET("SO_KEEPALIVE, of 1 byte", TCP, SOL_SOCKET, SO_KEEPALIVE, &byte, 1),
    SET("an unknown option of SOL_SOCKET",
        TCP,
        SOL_SOCKET,
        9999,
        &on,
        sizeof(on)),

    INT(IPPROTO_TCP, TCP_NODELAY, TCP, on),
    INT(IPPROTO_TCP, TCP_MAXSEG, TCP, small),
    READ(IPPROTO_TCP, TCP_MAXSEG, TCP),
    INT(IPPROTO_TCP, TCP_CORK, TCP, on),
    INT(IPPROTO_TCP, TCP_KEEPIDLE, TCP, number),
    INT(IPPROTO_TCP, TCP_KEEPINTVL, TCP, number),
    INT(IPPROTO_TCP, TCP_KEEPCNT, TCP, number),
    {"TCP_KEEPIDLE, with SO_KEEPALIVE",
     TCP,
     {IPPROTO_TCP, TCP_KEEPIDLE, &number, sizeof(number)},
     {SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)}},
    READ(IPPROTO_TCP, TCP_KEEPIDLE, TCP),
    READ(IPPROTO_TCP, TCP_KEEPINTVL, TCP),
    READ(IPPROTO_TCP, TCP_KEEPCNT, TCP),
    INT(IPPROTO_TCP, TCP_SYNCNT, TCP, number),
    INT(IPPROTO_TCP, TCP_LINGER2, TCP, number),
    INT(IPPROTO_TCP, TCP_DEFER_ACCEPT, LISTENER, number),
    INT(IPPROTO_TCP, TCP_WINDOW_CLAMP, TCP, small),
    READ(IPPROTO_TCP, TCP_INFO, TCP),
    INT(IPPROTO_TCP, TCP_QUICKACK, TCP, off),
    TEXT(IPPROTO_TCP, TCP_CONGESTION, TCP, "reno"),
    INT(IPPROTO_TCP, TCP_USER_TIMEOUT, TCP, small),
    INT(IPPROTO_TCP, TCP_FASTOPEN, LISTENER, number),
    INT(IPPROTO_TCP, TCP_NOTSENT_LOWAT, TCP, small),
    SET("TCP_NODELAY, of 1 byte", TCP, IPPROTO_TCP, TCP_NODELAY, &byte, 1),
    SET("an unknown option of IPPROTO_TCP",
        TCP,
        IPPROTO_TCP,
        9999,
        &on,
        sizeof(on)),

    INT(IPPROTO_IP, IP_TTL, TCP, number),
    INT(IPPROTO_IP, IP_TTL, UDP, number),
    INT(IPPROTO_IP, IP_TOS, TCP, low_delay),
    INT(IPPROTO_IP, IP_TOS, UDP, low_delay),
    INT(IPPROTO_IP, IP_PKTINFO, UDP, on),
    INT(IPPROTO_IP, IP_RECVTTL, UDP, on),
    INT(IPPROTO_IP, IP_RECVTOS, UDP, on),
    INT(IPPROTO_IP, IP_RECVERR, TCP, on),
    INT(IPPROTO_IP, IP_RECVERR, UDP, on),
    INT(IPPROTO_IP, IP_MTU_DISCOVER, UDP, two),
    INT(IPPROTO_IP, IP_FREEBIND, LISTENER, on),
    INT(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, TCP, on),
    STRUCT(IPPROTO_IP, IP_MULTICAST_IF, UDP, group.imr_interface),
    INT(IPPROTO_IP, IP_MULTICAST_TTL, UDP, number),
    INT(IPPROTO_IP, IP_MULTICAST_LOOP, UDP, off),
    STRUCT(IPPROTO_IP, IP_ADD_MEMBERSHIP, UDP, group),
    {"IP_DROP_MEMBERSHIP",
     UDP,
     {IPPROTO_IP, IP_DROP_MEMBERSHIP, &group, sizeof(group)},
     {IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)}},

    INT(IPPROTO_IPV6, IPV6_V6ONLY, LISTENER6, on),
    INT(IPPROTO_IPV6, IPV6_V6ONLY, UDP6, on),
    INT(IPPROTO_IPV6, IPV6_UNICAST_HOPS, TCP6, number),
    INT(IPPROTO_IPV6, IPV6_UNICAST_HOPS, UDP6, number),
    INT(IPPROTO_IPV6, IPV6_TCLASS, TCP6, low_delay),
    INT(IPPROTO_IPV6, IPV6_TCLASS, UDP6, low_delay),
    INT(IPPROTO_IPV6, IPV6_MULTICAST_IF, UDP6, on),
    INT(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, UDP6, number),
    INT(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, UDP6, off),
    STRUCT(IPPROTO_IPV6, IPV6_JOIN_GROUP, UDP6, group6),
    INT(IPPROTO_IPV6, IPV6_RECVPKTINFO, UDP6, on),
    INT(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, UDP6, on),

    INT(IPPROTO_UDP, UDP_GRO, UDP, on),
};

static int is_over_ipv6(enum kind kind) {
  return kind == TCP6 || kind == LISTENER6 || kind == UDP6;
}

// Builds the address of 127.0.0.1 or ::1, with port 0.
static socklen_t any_port(enum kind kind, struct sockaddr_storage* address) {
  memset(address, 0, sizeof(*address));
  if (!is_over_ipv6(kind)) {
    *(struct sockaddr_in*)address = loopback(0);
    return sizeof(struct sockaddr_in);
  }
  struct sockaddr_in6* in6 = (struct sockaddr_in6*)address;
  in6->sin6_family = AF_INET6;
  in6->sin6_addr = in6addr_loopback;
  return sizeof(*in6);
}

static int socket_of(enum kind kind) {
  int type = kind == UDP || kind == UDP6 ? SOCK_DGRAM : SOCK_STREAM;
  return new_socket(is_over_ipv6(kind) ? AF_INET6 : AF_INET, type);
}

// Servers to connect to, which exist as long as the program runs.
static int listeners[KINDS];

static int listener_of(enum kind kind, struct sockaddr_storage* address) {
  socklen_t length = any_port(kind, address);
  int fd = socket_of(kind);
  CHECK(bind(fd, (struct sockaddr*)address, length) == 0);
  CHECK(getsockname(fd, (struct sockaddr*)address, &length) == 0);
  CHECK(listen(fd, 8) == 0);
  return fd;
}

// Turns a fresh socket into a live one. Returns the other end of a connection,
// or -1.
static int make_live(enum kind kind, int fd) {
  static struct sockaddr_storage addresses[KINDS];
  struct sockaddr_storage address;
  socklen_t length = any_port(kind, &address);
  if (kind == TCP || kind == TCP6) {
    if (listeners[kind] == 0)
      listeners[kind] = listener_of(kind, &addresses[kind]);
    CHECK(connect_to(fd, &addresses[kind], length) == 0);
    return accept_one(listeners[kind]);
  }
  CHECK(bind(fd, (struct sockaddr*)&address, length) == 0);
  if (kind == LISTENER || kind == LISTENER6) CHECK(listen(fd, 8) == 0);
  return -1;
}

static int apply(int fd, const struct setting* setting) {
  if (setting->value == NULL) return 0;
  int failed = setsockopt(
      fd, setting->level, setting->number, setting->value, setting->size);
  return failed ? errno : 0;
}

// Error numbers are specific to the C library, but their names are not.
static void print_outcome(const char* what, int error) {
#define NAMED(name)                                                            \
  { name, #name }
  static const struct {
    int number;
    const char* name;
  } errors[] = {
      {0, "ok"},
      NAMED(EPERM),
      NAMED(EBADF),
      NAMED(EACCES),
      NAMED(EFAULT),
      NAMED(EINVAL),
      NAMED(ENODEV),
      NAMED(ENOENT),
      NAMED(EDOM),
      NAMED(ENOTSOCK),
      NAMED(ENOPROTOOPT),
      NAMED(EOPNOTSUPP),
      NAMED(EADDRINUSE),
      NAMED(EADDRNOTAVAIL),
      NAMED(ENOTCONN),
      NAMED(EISCONN),
      NAMED(EIO),
  };
#undef NAMED
  size_t i = 0;
  while (i < COUNT(errors) && errors[i].number != error) i++;
  printf("%s: %s", what, i < COUNT(errors) ? errors[i].name : strerror(error));
}

// Reads the option and prints it, except for what depends on the layout used by
// the C library or changes over time.
static void print_value(int fd, const struct setting* setting) {
  unsigned char value[512];
  socklen_t length = sizeof(value);
  int failed = getsockopt(fd, setting->level, setting->number, value, &length);
  print_outcome(" read", failed ? errno : 0);
  if (failed) return;
  if (setting->value == &moment) {
    struct timeval* time = (struct timeval*)value;
    CHECK(length == sizeof(*time));
    printf(", %d.%06d s", (int)time->tv_sec, (int)time->tv_usec);
    return;
  }
  // For a struct of counters and measurements, print only the first byte: the
  // state.
  int is_info = setting->level == IPPROTO_TCP && setting->number == TCP_INFO;
  printf(", %d bytes: ", (int)length);
  for (socklen_t i = 0; i < (is_info ? 1 : length); i++)
    printf("%02x", value[i]);
}

static void try_option(const struct option* option, int is_live) {
  printf("case %s, %s: %s\n",
         kinds[option->kind],
         is_live ? "live" : "fresh",
         option->name);
  int fd = socket_of(option->kind);
  int other = -1;
  if (is_live) other = make_live(option->kind, fd);
  CHECK(apply(fd, &option->before) == 0);
  int error = apply(fd, &option->setting);
  if (option->setting.value != NULL) print_outcome("set", error);
  print_value(fd, &option->setting);
  if (!is_live) {
    other = make_live(option->kind, fd);
    print_value(fd, &option->setting);
  }
  printf("\n");
  get_int(fd, SOL_SOCKET, SO_TYPE);
  CHECK(close(fd) == 0);
  if (other >= 0) CHECK(close(other) == 0);
}

static int has_ipv6(void) {
  struct sockaddr_storage address;
  socklen_t length = any_port(UDP6, &address);
  int fd = socket(AF_INET6, SOCK_DGRAM, 0);
  if (fd < 0) return 0;
  int failed = bind(fd, (struct sockaddr*)&address, length);
  CHECK(close(fd) == 0);
  return !failed;
}

int main(void) {
  setvbuf(stdout, NULL, _IOLBF, 0);
  // The rest of the struct does not matter.
  memset(&moment, 0xff, sizeof(moment));
  moment.tv_sec = 1;
  moment.tv_usec = 500000;
  group.imr_interface.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(inet_pton(AF_INET, "239.255.17.4", &group.imr_multiaddr) == 1);
  // The loopback interface is the first one.
  group6.ipv6mr_interface = 1;
  CHECK(inet_pton(AF_INET6, "ff02::1:7", &group6.ipv6mr_multiaddr) == 1);

  int with_ipv6 = has_ipv6();
  for (size_t i = 0; i < COUNT(options); i++) {
    if (is_over_ipv6(options[i].kind) && !with_ipv6) continue;
    try_option(&options[i], 0);
    try_option(&options[i], 1);
  }
  for (int kind = 0; kind < KINDS; kind++)
    if (listeners[kind] != 0) CHECK(close(listeners[kind]) == 0);
  return 0;
}
