#ifndef SRC_SOCKET_OPTION_LIST_H_
#define SRC_SOCKET_OPTION_LIST_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include <cstddef>
#include <cstdint>

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <sys/time.h>
#endif

namespace node {
namespace socket_options {

// A value shorter than this cannot hold the address of anything and its size,
// which is what an option needs that makes the kernel follow a pointer. Values
// of eight bytes or more are handed to the kernel only for options in the list
// below, whose values are known: a kernel may have others tomorrow.
constexpr uint32_t kShort = 7;
// The kernel knows the length, and the value is text, numbers and addresses of
// the network alone.
constexpr uint32_t kAnyLength = UINT32_MAX;

enum OptionFlags : uint32_t {
  // net.constants does not have the name.
  kUnlisted = 1,
  // The value holds addresses that the kernel reads from or writes to.
  kPointers = 2,
  // Reading the value opens a descriptor.
  kDescriptors = 4,
  // Datagrams put entries into the error queue of the socket.
  kErrorQueue = 8,
};

struct SocketLevel {
  const char* name;
  int level;
};

// On some systems these are enumerators. All systems have them.
#define LEVEL(level)                                                           \
  { #level, level }

constexpr SocketLevel kSocketLevels[] = {
    LEVEL(SOL_SOCKET),
    LEVEL(IPPROTO_IP),
    LEVEL(IPPROTO_IPV6),
    LEVEL(IPPROTO_TCP),
    LEVEL(IPPROTO_UDP),
};

#undef LEVEL

struct SocketOption {
  const char* name;
  int level;
  int optname;
  // The longest value that is known.
  uint32_t most = kShort;
  uint32_t flags = 0;
};

// Levels that not all headers name.
constexpr int kSolTls = 282;
constexpr int kSolMptcp = 284;

constexpr uint32_t kIpMreq = sizeof(ip_mreq);
// Where there is a struct ip_mreqn, which has an index as well.
constexpr uint32_t kIpMreqn = sizeof(ip_mreq) + sizeof(int);
constexpr uint32_t kIpv6Mreq = sizeof(ipv6_mreq);
constexpr uint32_t kIpMreqSource = 3 * sizeof(in_addr);
// struct group_req and struct group_source_req, with an aligned address.
constexpr uint32_t kGroupReq = sizeof(sockaddr_storage) + 8;
constexpr uint32_t kGroupSourceReq = 2 * sizeof(sockaddr_storage) + 8;
constexpr uint32_t kInPktinfo6 = sizeof(in6_addr) + sizeof(int);
constexpr uint32_t kSockaddrIn6 = sizeof(sockaddr_in6);
constexpr uint32_t kIp6Mtuinfo = sizeof(sockaddr_in6) + sizeof(int);
constexpr uint32_t kTcpMd5sig = sizeof(sockaddr_storage) + 88;
// An extension header of IPv6 counts its units of eight bytes in one byte.
constexpr uint32_t kExtensionHeader = 8 * 256;
#ifdef _WIN32
constexpr uint32_t kTime = kShort;
#else
constexpr uint32_t kTime = sizeof(timeval);
#endif

// OPTION() takes the number from the headers. NEWER() states it, because the
// headers may be older than the kernel that Node.js runs on.
#define OPTION(level, name, ...)                                               \
  { #name, level, name, __VA_ARGS__ }
#define NEWER(level, name, number, ...)                                        \
  { #name, level, number, __VA_ARGS__ }

// All options with names in net.constants, and all others whose value is not a
// plain integer. `make windows`, `make macos` and the unit tests compare this
// list with the headers; the names in the manual and in typings/ with it.
constexpr SocketOption kSocketOptions[] = {
    // Every system has these.
    OPTION(SOL_SOCKET, SO_REUSEADDR),
    OPTION(SOL_SOCKET, SO_KEEPALIVE),
    OPTION(SOL_SOCKET, SO_BROADCAST),
    OPTION(SOL_SOCKET, SO_LINGER, sizeof(linger)),
    OPTION(SOL_SOCKET, SO_RCVBUF),
    OPTION(SOL_SOCKET, SO_SNDBUF),
    OPTION(SOL_SOCKET, SO_RCVLOWAT),
    OPTION(SOL_SOCKET, SO_SNDLOWAT),
    OPTION(SOL_SOCKET, SO_RCVTIMEO, kTime),
    OPTION(SOL_SOCKET, SO_SNDTIMEO, kTime),
    OPTION(SOL_SOCKET, SO_ERROR),
    OPTION(SOL_SOCKET, SO_TYPE),
    OPTION(SOL_SOCKET, SO_ACCEPTCONN),
    OPTION(SOL_SOCKET, SO_OOBINLINE),
    OPTION(SOL_SOCKET, SO_DONTROUTE),
    OPTION(IPPROTO_TCP, TCP_NODELAY),
    OPTION(IPPROTO_IP, IP_TTL),
    OPTION(IPPROTO_IP, IP_MULTICAST_IF, kIpMreqn),
    OPTION(IPPROTO_IP, IP_MULTICAST_TTL),
    OPTION(IPPROTO_IP, IP_MULTICAST_LOOP),
    OPTION(IPPROTO_IP, IP_ADD_MEMBERSHIP, kIpMreqn),
    OPTION(IPPROTO_IP, IP_DROP_MEMBERSHIP, kIpMreqn),
    OPTION(IPPROTO_IPV6, IPV6_V6ONLY),
    OPTION(IPPROTO_IPV6, IPV6_UNICAST_HOPS),
    OPTION(IPPROTO_IPV6, IPV6_MULTICAST_IF),
    OPTION(IPPROTO_IPV6, IPV6_MULTICAST_HOPS),
    OPTION(IPPROTO_IPV6, IPV6_MULTICAST_LOOP),
    OPTION(IPPROTO_IPV6, IPV6_JOIN_GROUP, kIpv6Mreq),
    OPTION(IPPROTO_IPV6, IPV6_LEAVE_GROUP, kIpv6Mreq),

#ifdef __linux__
    OPTION(SOL_SOCKET, SO_SNDBUFFORCE),
    OPTION(SOL_SOCKET, SO_RCVBUFFORCE),
    OPTION(SOL_SOCKET, SO_TIMESTAMPNS),
    OPTION(SOL_SOCKET, SO_MARK),
    OPTION(SOL_SOCKET, SO_PRIORITY),
    OPTION(SOL_SOCKET, SO_RXQ_OVFL),
    OPTION(SOL_SOCKET, SO_PASSCRED),
    OPTION(SOL_SOCKET, SO_PEERSEC, kAnyLength),
    OPTION(SOL_SOCKET, SO_PEERNAME, sizeof(sockaddr_storage), kUnlisted),
    // IFNAMSIZ
    OPTION(SOL_SOCKET, SO_BINDTODEVICE, 16),
    NEWER(SOL_SOCKET, SO_BUSY_POLL, 46),
    NEWER(SOL_SOCKET, SO_MAX_PACING_RATE, 47, sizeof(uint64_t)),
    NEWER(SOL_SOCKET, SO_INCOMING_CPU, 49),
    NEWER(SOL_SOCKET, SO_MEMINFO, 55, kAnyLength),
    NEWER(SOL_SOCKET, SO_INCOMING_NAPI_ID, 56),
    NEWER(SOL_SOCKET, SO_COOKIE, 57, sizeof(uint64_t)),
    NEWER(SOL_SOCKET, SO_PEERGROUPS, 59, kAnyLength),
    NEWER(SOL_SOCKET, SO_ZEROCOPY, 60),
    NEWER(SOL_SOCKET, SO_BINDTOIFINDEX, 62),
    NEWER(SOL_SOCKET, SO_PREFER_BUSY_POLL, 69),
    NEWER(SOL_SOCKET, SO_BUSY_POLL_BUDGET, 70),
    NEWER(SOL_SOCKET, SO_NETNS_COOKIE, 71, sizeof(uint64_t), kUnlisted),
    // These take a struct __kernel_sock_timeval.
    NEWER(SOL_SOCKET, SO_RCVTIMEO_NEW, 66, 2 * sizeof(int64_t), kUnlisted),
    NEWER(SOL_SOCKET, SO_SNDTIMEO_NEW, 67, 2 * sizeof(int64_t), kUnlisted),
    // A struct so_timestamping, which grows, a struct sock_txtime, and a flag.
    OPTION(SOL_SOCKET, SO_TIMESTAMPING, kAnyLength, kUnlisted | kErrorQueue),
    NEWER(SOL_SOCKET,
          SO_TIMESTAMPING_NEW,
          65,
          kAnyLength,
          kUnlisted | kErrorQueue),
    NEWER(SOL_SOCKET, SO_TXTIME, 61, 2 * sizeof(int), kUnlisted | kErrorQueue),
    NEWER(SOL_SOCKET, SO_WIFI_STATUS, 41, kShort, kUnlisted | kErrorQueue),
    // A struct sock_fprog. When read, it is SO_GET_FILTER, whose length counts
    // instructions of eight bytes.
    OPTION(SOL_SOCKET, SO_ATTACH_FILTER, 0, kUnlisted | kPointers),
    NEWER(SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, 51, 0, kUnlisted | kPointers),
    NEWER(SOL_SOCKET, SO_PEERPIDFD, 77, 0, kUnlisted | kDescriptors),

    OPTION(IPPROTO_TCP, TCP_SYNCNT),
    OPTION(IPPROTO_TCP, TCP_LINGER2),
    OPTION(IPPROTO_TCP, TCP_DEFER_ACCEPT),
    OPTION(IPPROTO_TCP, TCP_WINDOW_CLAMP),
    OPTION(IPPROTO_TCP, TCP_QUICKACK),
    NEWER(IPPROTO_TCP, TCP_MD5SIG, 14, kTcpMd5sig),
    NEWER(IPPROTO_TCP, TCP_MD5SIG_EXT, 32, kTcpMd5sig, kUnlisted),
    NEWER(IPPROTO_TCP, TCP_USER_TIMEOUT, 18),
    // Arrays of struct tcp_repair_opt, and a struct tcp_repair_window.
    NEWER(IPPROTO_TCP, TCP_REPAIR_OPTIONS, 22, kAnyLength, kUnlisted),
    NEWER(IPPROTO_TCP, TCP_REPAIR_WINDOW, 29, 5 * sizeof(int), kUnlisted),
    NEWER(IPPROTO_TCP, TCP_FASTOPEN, 23),
    NEWER(IPPROTO_TCP, TCP_NOTSENT_LOWAT, 25),
    NEWER(IPPROTO_TCP, TCP_CC_INFO, 26, kAnyLength),
    NEWER(IPPROTO_TCP, TCP_SAVE_SYN, 27),
    NEWER(IPPROTO_TCP, TCP_SAVED_SYN, 28, kAnyLength),
    NEWER(IPPROTO_TCP, TCP_FASTOPEN_CONNECT, 30),
    // TCP_ULP_NAME_MAX
    NEWER(IPPROTO_TCP, TCP_ULP, 31, 16),
    // Two keys of TCP_FASTOPEN_KEY_LENGTH.
    NEWER(IPPROTO_TCP, TCP_FASTOPEN_KEY, 33, 32),
    NEWER(IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 34),
    // Takes the memory to map into.
    NEWER(IPPROTO_TCP, TCP_ZEROCOPY_RECEIVE, 35, 0, kUnlisted | kPointers),
    NEWER(IPPROTO_TCP, TCP_TX_DELAY, 37),
    // struct tcp_ao_add, tcp_ao_del, tcp_ao_info_opt and tcp_ao_repair
    NEWER(IPPROTO_TCP, TCP_AO_ADD_KEY, 38, 288, kUnlisted),
    NEWER(IPPROTO_TCP, TCP_AO_DEL_KEY, 39, 144, kUnlisted),
    NEWER(IPPROTO_TCP, TCP_AO_INFO, 40, 48, kUnlisted),
    NEWER(IPPROTO_TCP, TCP_AO_REPAIR, 42, 24, kUnlisted),
    // struct tls12_crypto_info_..., of which the largest has 56 bytes.
    NEWER(kSolTls, TLS_TX, 1, 64, kUnlisted),
    NEWER(kSolTls, TLS_RX, 2, 64, kUnlisted),
    NEWER(kSolMptcp, MPTCP_INFO, 1, kAnyLength, kUnlisted),
    NEWER(kSolMptcp, MPTCP_FULL_INFO, 4, 0, kUnlisted | kPointers),

    OPTION(IPPROTO_IP, IP_OPTIONS, 40, kUnlisted),
    OPTION(IPPROTO_IP, IP_PKTOPTIONS, kAnyLength, kUnlisted),
    OPTION(IPPROTO_IP, IP_MSFILTER, kAnyLength, kUnlisted),
    OPTION(IPPROTO_IP, MCAST_MSFILTER, kAnyLength, kUnlisted),
    OPTION(IPPROTO_IP, IP_FREEBIND),
    OPTION(IPPROTO_IP, IP_TRANSPARENT),
    OPTION(IPPROTO_IP, IP_MTU),
    OPTION(IPPROTO_IP, IP_MTU_DISCOVER),
    OPTION(IPPROTO_IP, IP_RECVERR, kShort, kErrorQueue),
    NEWER(IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 24),
    NEWER(IPPROTO_IP, IP_MULTICAST_ALL, 49),
    NEWER(IPPROTO_IP, IP_UNICAST_IF, 50),
    NEWER(IPPROTO_IP, IP_LOCAL_PORT_RANGE, 51),
    NEWER(IPPROTO_IP, SO_ORIGINAL_DST, 80, sizeof(sockaddr_in), kUnlisted),
    // Netfilter exchanges its tables (ip_tables, arp_tables, ebtables,
    // ip6_tables) as structs that point to entries and counters.
    NEWER(IPPROTO_IP, IPT_SO_SET_REPLACE, 64, 0, kUnlisted | kPointers),
    NEWER(IPPROTO_IP, ARPT_SO_SET_REPLACE, 96, 0, kUnlisted | kPointers),
    NEWER(IPPROTO_IP, EBT_SO_SET_ENTRIES, 128, 0, kUnlisted | kPointers),
    NEWER(IPPROTO_IP, EBT_SO_SET_COUNTERS, 129, 0, kUnlisted | kPointers),
    NEWER(IPPROTO_IP, EBT_SO_GET_INIT_INFO, 130, 0, kUnlisted | kPointers),
    NEWER(IPPROTO_IP, EBT_SO_GET_INIT_ENTRIES, 131, 0, kUnlisted | kPointers),
    NEWER(IPPROTO_IPV6, IP6T_SO_SET_REPLACE, 64, 0, kUnlisted | kPointers),

    NEWER(IPPROTO_IPV6, IP6T_SO_ORIGINAL_DST, 80, kSockaddrIn6, kUnlisted),
    OPTION(IPPROTO_IPV6, IPV6_JOIN_ANYCAST, kIpv6Mreq, kUnlisted),
    OPTION(IPPROTO_IPV6, IPV6_LEAVE_ANYCAST, kIpv6Mreq, kUnlisted),
    OPTION(IPPROTO_IPV6, MCAST_MSFILTER, kAnyLength, kUnlisted),
    // struct in6_flowlabel_req
    NEWER(IPPROTO_IPV6, IPV6_FLOWLABEL_MGR, 32, 32, kUnlisted),
    OPTION(IPPROTO_IPV6, IPV6_HOPOPTS, kExtensionHeader, kUnlisted),
    OPTION(IPPROTO_IPV6, IPV6_RTHDR, kExtensionHeader, kUnlisted),
    OPTION(IPPROTO_IPV6, IPV6_RTHDRDSTOPTS, kExtensionHeader, kUnlisted),
    OPTION(IPPROTO_IPV6, IPV6_DSTOPTS, kExtensionHeader, kUnlisted),
    OPTION(IPPROTO_IPV6, IPV6_PATHMTU, kIp6Mtuinfo, kUnlisted),
    OPTION(IPPROTO_IPV6, IPV6_MTU),
    OPTION(IPPROTO_IPV6, IPV6_MTU_DISCOVER),
    OPTION(IPPROTO_IPV6, IPV6_RECVERR, kShort, kErrorQueue),
    NEWER(IPPROTO_IPV6, IPV6_MULTICAST_ALL, 29),
    NEWER(IPPROTO_IPV6, IPV6_DONTFRAG, 62),
    NEWER(IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, 70),
    NEWER(IPPROTO_IPV6, IPV6_MINHOPCOUNT, 73),
    NEWER(IPPROTO_IPV6, IPV6_TRANSPARENT, 75),
    NEWER(IPPROTO_IPV6, IPV6_UNICAST_IF, 76),
    NEWER(IPPROTO_IPV6, IPV6_FREEBIND, 78),

    NEWER(IPPROTO_UDP, UDP_CORK, 1),
    NEWER(IPPROTO_UDP, UDP_SEGMENT, 103),
    NEWER(IPPROTO_UDP, UDP_GRO, 104),
#else
    // Also LOCAL_PEERCRED, at a level that has the same number.
    OPTION(IPPROTO_IP, IP_OPTIONS, kAnyLength, kUnlisted),
#ifdef _WIN32
    OPTION(SOL_SOCKET, SO_EXCLUSIVEADDRUSE),
    NEWER(SOL_SOCKET, SO_TIMESTAMP, 0x300A),
    // Returns a CSADDR_INFO with addresses of this process.
    NEWER(SOL_SOCKET, SO_BSP_STATE, 0x1009, 0, kUnlisted | kPointers),
    // WSAPROTOCOL_INFOA and WSAPROTOCOL_INFOW
    NEWER(SOL_SOCKET, SO_PROTOCOL_INFOA, 0x2004, kAnyLength, kUnlisted),
    NEWER(SOL_SOCKET, SO_PROTOCOL_INFOW, 0x2005, kAnyLength, kUnlisted),
    NEWER(IPPROTO_TCP, TCP_KEEPIDLE, 3),
    NEWER(IPPROTO_TCP, TCP_KEEPALIVE, 3),
    NEWER(IPPROTO_TCP, TCP_MAXSEG, 4),
    NEWER(IPPROTO_TCP, TCP_MAXRT, 5),
    NEWER(IPPROTO_TCP, TCP_FASTOPEN, 15),
    NEWER(IPPROTO_TCP, TCP_KEEPCNT, 16),
    NEWER(IPPROTO_TCP, TCP_KEEPINTVL, 17),
    NEWER(IPPROTO_IP, IP_DONTFRAGMENT, 14),
    NEWER(IPPROTO_IP, IP_PKTINFO, 19),
    NEWER(IPPROTO_IP, IP_RECVTTL, 21),
    NEWER(IPPROTO_IP, IP_UNICAST_IF, 31),
    NEWER(IPPROTO_IP, IP_RECVTOS, 40),
    NEWER(IPPROTO_IP, IP_MTU_DISCOVER, 71),
    NEWER(IPPROTO_IP, IP_MTU, 73),
    NEWER(IPPROTO_IP, IP_RECVERR, 75),
    NEWER(IPPROTO_IPV6, IPV6_DONTFRAG, 14),
    NEWER(IPPROTO_IPV6, IPV6_UNICAST_IF, 31),
    NEWER(IPPROTO_IPV6, IPV6_TCLASS, 39),
    NEWER(IPPROTO_IPV6, IPV6_RECVTCLASS, 40),
    NEWER(IPPROTO_IPV6, IPV6_MTU_DISCOVER, 71),
    NEWER(IPPROTO_IPV6, IPV6_MTU, 72),
    NEWER(IPPROTO_IPV6, IPV6_RECVERR, 75),
#else
    OPTION(IPPROTO_IPV6, IPV6_DONTFRAG),
#endif
#ifdef __APPLE__
    OPTION(SOL_SOCKET, SO_LINGER_SEC, sizeof(linger)),
    // struct so_np_extensions
    OPTION(SOL_SOCKET, SO_NP_EXTENSIONS, 2 * sizeof(int), kUnlisted),
    OPTION(IPPROTO_TCP, TCP_RXT_CONNDROPTIME),
    OPTION(IPPROTO_TCP, TCP_CONNECTIONTIMEOUT),
    OPTION(IPPROTO_TCP, TCP_CONNECTION_INFO, kAnyLength),
    OPTION(IPPROTO_TCP, TCP_NOTSENT_LOWAT),
#endif
#ifdef __FreeBSD__
    OPTION(SOL_SOCKET, SO_REUSEPORT_LB),
    OPTION(SOL_SOCKET, SO_USER_COOKIE),
    OPTION(SOL_SOCKET, SO_MAX_PACING_RATE),
    // struct tcp_function_set
    OPTION(IPPROTO_TCP, TCP_FUNCTION_BLK, 36, kUnlisted),
    // A struct tls_enable, as is the next one.
    OPTION(IPPROTO_TCP, TCP_TXTLS_ENABLE, 0, kUnlisted | kPointers),
    OPTION(IPPROTO_TCP, TCP_RXTLS_ENABLE, 0, kUnlisted | kPointers),
    OPTION(IPPROTO_IP, IP_BINDANY),
#endif
#if defined(__APPLE__) || defined(__FreeBSD__)
    OPTION(SOL_SOCKET, SO_NOSIGPIPE),
    // A struct mac, as is the next one.
    OPTION(SOL_SOCKET, SO_LABEL, 0, kUnlisted | kPointers),
    OPTION(SOL_SOCKET, SO_PEERLABEL, 0, kUnlisted | kPointers),
    // FreeBSD takes a struct tcp_fastopen, with a key, as well.
    OPTION(IPPROTO_TCP, TCP_FASTOPEN, 20),
    // These take a struct __msfilterreq.
    NEWER(IPPROTO_IP, IP_MSFILTER, 74, 0, kUnlisted | kPointers),
    NEWER(IPPROTO_IPV6, IPV6_MSFILTER, 74, 0, kUnlisted | kPointers),
#endif
#ifdef TCP_MD5SIG
    OPTION(IPPROTO_TCP, TCP_MD5SIG),
#endif
#ifdef IPV6_AUTOFLOWLABEL
    OPTION(IPPROTO_IPV6, IPV6_AUTOFLOWLABEL),
#endif
#ifdef IPV6_MINHOPCOUNT
    OPTION(IPPROTO_IPV6, IPV6_MINHOPCOUNT),
#endif
#endif

    // Every system has the first two of these.
    OPTION(IPPROTO_IP, IP_TOS),
    OPTION(IPPROTO_IPV6, IPV6_PKTINFO, kInPktinfo6, kUnlisted),
#ifdef IP_ADD_SOURCE_MEMBERSHIP
    OPTION(IPPROTO_IP, IP_ADD_SOURCE_MEMBERSHIP, kIpMreqSource),
    OPTION(IPPROTO_IP, IP_DROP_SOURCE_MEMBERSHIP, kIpMreqSource),
    OPTION(IPPROTO_IP, IP_BLOCK_SOURCE, kIpMreqSource, kUnlisted),
    OPTION(IPPROTO_IP, IP_UNBLOCK_SOURCE, kIpMreqSource, kUnlisted),
#endif
#ifdef MCAST_JOIN_GROUP
    OPTION(IPPROTO_IP, MCAST_JOIN_GROUP, kGroupReq, kUnlisted),
    OPTION(IPPROTO_IP, MCAST_LEAVE_GROUP, kGroupReq, kUnlisted),
    OPTION(IPPROTO_IP, MCAST_JOIN_SOURCE_GROUP, kGroupSourceReq, kUnlisted),
    OPTION(IPPROTO_IP, MCAST_LEAVE_SOURCE_GROUP, kGroupSourceReq, kUnlisted),
    OPTION(IPPROTO_IP, MCAST_BLOCK_SOURCE, kGroupSourceReq, kUnlisted),
    OPTION(IPPROTO_IP, MCAST_UNBLOCK_SOURCE, kGroupSourceReq, kUnlisted),
    OPTION(IPPROTO_IPV6, MCAST_JOIN_GROUP, kGroupReq, kUnlisted),
    OPTION(IPPROTO_IPV6, MCAST_LEAVE_GROUP, kGroupReq, kUnlisted),
    OPTION(IPPROTO_IPV6, MCAST_JOIN_SOURCE_GROUP, kGroupSourceReq, kUnlisted),
    OPTION(IPPROTO_IPV6, MCAST_LEAVE_SOURCE_GROUP, kGroupSourceReq, kUnlisted),
    OPTION(IPPROTO_IPV6, MCAST_BLOCK_SOURCE, kGroupSourceReq, kUnlisted),
    OPTION(IPPROTO_IPV6, MCAST_UNBLOCK_SOURCE, kGroupSourceReq, kUnlisted),
#endif
#ifndef _WIN32
    // Every system but Windows has these, by RFC 3542 or by custom.
    OPTION(SOL_SOCKET, SO_REUSEPORT),
    OPTION(SOL_SOCKET, SO_TIMESTAMP),
    OPTION(IPPROTO_TCP, TCP_MAXSEG),
    OPTION(IPPROTO_IPV6, IPV6_TCLASS),
    OPTION(IPPROTO_IPV6, IPV6_RECVTCLASS),
    OPTION(IPPROTO_IPV6, IPV6_RECVPKTINFO),
    OPTION(IPPROTO_IPV6, IPV6_RECVHOPLIMIT),
#ifdef SO_DOMAIN
    OPTION(SOL_SOCKET, SO_DOMAIN),
    OPTION(SOL_SOCKET, SO_PROTOCOL),
#endif
#ifdef SO_PEERCRED
    // struct ucred
    OPTION(SOL_SOCKET, SO_PEERCRED, 3 * sizeof(int)),
#endif
#ifdef SO_ACCEPTFILTER
    // struct accept_filter_arg
    OPTION(SOL_SOCKET, SO_ACCEPTFILTER, 256, kUnlisted),
#endif
#ifdef TCP_CORK
    OPTION(IPPROTO_TCP, TCP_CORK),
#endif
#ifdef TCP_NOPUSH
    OPTION(IPPROTO_TCP, TCP_NOPUSH),
#endif
#ifdef TCP_KEEPIDLE
    OPTION(IPPROTO_TCP, TCP_KEEPIDLE),
#endif
#ifdef TCP_KEEPALIVE
    OPTION(IPPROTO_TCP, TCP_KEEPALIVE),
#endif
#ifdef TCP_KEEPINTVL
    OPTION(IPPROTO_TCP, TCP_KEEPINTVL),
    OPTION(IPPROTO_TCP, TCP_KEEPCNT),
#endif
#ifdef TCP_INFO
    OPTION(IPPROTO_TCP, TCP_INFO, kAnyLength),
#endif
#ifdef TCP_CONGESTION
    // TCP_CA_NAME_MAX
    OPTION(IPPROTO_TCP, TCP_CONGESTION, 16),
#endif
#ifdef IP_MINTTL
    OPTION(IPPROTO_IP, IP_MINTTL),
#endif
#ifdef IP_PKTINFO
    OPTION(IPPROTO_IP, IP_PKTINFO),
#endif
#ifdef IP_RECVTOS
    OPTION(IPPROTO_IP, IP_RECVTOS),
#endif
#ifdef IP_RECVTTL
    OPTION(IPPROTO_IP, IP_RECVTTL),
#endif
#ifdef IP_BOUND_IF
    OPTION(IPPROTO_IP, IP_BOUND_IF),
    OPTION(IPPROTO_IPV6, IPV6_BOUND_IF),
#endif
#ifdef IP_DONTFRAG
    OPTION(IPPROTO_IP, IP_DONTFRAG),
#endif
#endif
};

#undef OPTION
#undef NEWER

}  // namespace socket_options
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_SOCKET_OPTION_LIST_H_
