#include "socket_factory.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#ifndef _WIN32
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>
#endif

#ifdef __linux__
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <sched.h>
#endif

namespace node {
namespace socket_factory {

namespace {

// Like libuv: SO_REUSEPORT only where the system distributes connections. On
// other systems, one socket would get all of them.
#if defined(__FreeBSD__) && defined(SO_REUSEPORT_LB)
#define BALANCING_OPTION SO_REUSEPORT_LB
#elif defined(SO_REUSEPORT) &&                                                 \
    (defined(__linux__) || defined(__DragonFly__) || defined(_AIX) ||          \
     defined(__sun))
#define BALANCING_OPTION SO_REUSEPORT
#endif

int SetFlag(socket_t socket, int level, int optname, int value) {
  return system_socket::SetOption(
      socket, level, optname, &value, sizeof(value));
}

// Sets what |terms| asks for, before bind(2).
int SetTerms(socket_t socket, int type, uint32_t terms) {
  int err = 0;
#ifdef _WIN32
  // On Windows, SO_REUSEADDR would take addresses away from other sockets.
  if (terms & kExclusive) {
    err = SetFlag(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1);
  }
#else
  if (terms & kReuseAddress) {
    int optname = SO_REUSEADDR;
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) ||       \
    defined(__OpenBSD__)
    // On these systems, SO_REUSEPORT is the option that lets datagram sockets
    // share an address, see setsockopt(2).
    if (type == SOCK_DGRAM) optname = SO_REUSEPORT;
#endif
    err = SetFlag(socket, SOL_SOCKET, optname, 1);
  }
#endif
  if (err == 0 && (terms & kReusePort) != 0) {
#ifdef BALANCING_OPTION
    err = SetFlag(socket, SOL_SOCKET, BALANCING_OPTION, 1);
#else
    err = UV_ENOTSUP;
#endif
  }
  // OpenBSD has no dual-stack sockets and, according to ip6(4), does not allow
  // setting the option.
#ifndef __OpenBSD__
  if (err == 0 && (terms & (kIpv6Only | kDualStack)) != 0) {
    int value = (terms & kIpv6Only) != 0;
    err = SetFlag(socket, IPPROTO_IPV6, IPV6_V6ONLY, value);
  }
#endif
  return err;
}

// uv_udp_open() sets SO_REUSEADDR, or SO_REUSEPORT on macOS and most BSDs, so
// that others could bind the address. Restore the previous values.
int OpenDatagram(uv_udp_t* handle, socket_t socket) {
#ifdef _WIN32
  return uv_udp_open(handle, socket);
#else
  static constexpr int kNames[] = {SO_REUSEADDR, SO_REUSEPORT};
  constexpr size_t kCount = sizeof(kNames) / sizeof(kNames[0]);
  int values[kCount];
  for (size_t i = 0; i < kCount; i++) {
    socklen_t length = sizeof(values[i]);
    if (getsockopt(socket, SOL_SOCKET, kNames[i], &values[i], &length) != 0) {
      return LastError();
    }
  }
  int err = uv_udp_open(handle, socket);
  if (err != 0) return err;
  for (size_t i = 0; i < kCount; i++) {
    if (values[i] == 0) SetFlag(socket, SOL_SOCKET, kNames[i], 0);
  }
  return 0;
#endif
}

int BindTo(socket_t socket, const sockaddr* addr) {
  socklen_t length = sizeof(sockaddr_in);
  if (addr->sa_family == AF_INET6) length = sizeof(sockaddr_in6);
  int result = ::bind(socket, addr, length);
  return result == 0 ? 0 : LastError();
}

#ifdef __linux__
// The TCP sockets of all processes that are bound to a port, but neither
// connected nor listening: the one asked about, and those that may receive what
// is sent to its address.
struct Inactive {
  bool has_own = false;
  bool has_other = false;
};

// Who asks.
struct Asker {
  in6_addr address;
  in_port_t port;
  uint64_t cookie;
  int ipv6_only;
};

// An IPv4 address becomes one that is mapped to IPv6.
in6_addr ToIpv6(int family, const void* address) {
  in6_addr result = {};
  if (family == AF_INET6) {
    memcpy(&result, address, sizeof(result));
  } else {
    result.s6_addr[10] = 0xff;
    result.s6_addr[11] = 0xff;
    memcpy(&result.s6_addr[12], address, sizeof(in_addr));
  }
  return result;
}

// Whether a socket receives what is sent to a socket at another address.
bool Covers(const in6_addr& address, bool is_ipv6_only, const in6_addr& other) {
  static constexpr uint8_t kAnyMapped[16] = {
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (IN6_IS_ADDR_UNSPECIFIED(&address)) {
    return !is_ipv6_only || !IN6_IS_ADDR_V4MAPPED(&other);
  }
  if (memcmp(&address, kAnyMapped, sizeof(address)) == 0) {
    return IN6_IS_ADDR_V4MAPPED(&other);
  }
  return IN6_ARE_ADDR_EQUAL(&address, &other);
}

// Whether a socket that sock_diag(7) tells of has IPV6_V6ONLY.
bool IsIpv6Only(const nlmsghdr* header) {
  const char* data = static_cast<const char*>(NLMSG_DATA(header));
  auto attribute =
      reinterpret_cast<const rtattr*>(data + sizeof(inet_diag_msg));
  auto left = static_cast<int>(NLMSG_PAYLOAD(header, sizeof(inet_diag_msg)));
  for (; RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type == INET_DIAG_SKV6ONLY) {
      return *static_cast<const uint8_t*>(RTA_DATA(attribute)) != 0;
    }
  }
  return false;
}

// Adds what sock_diag(7) tells of the sockets of a family.
void AddInactive(socket_t netlink,
                 int family,
                 const Asker& asker,
                 Inactive* out) {
  // Not in the headers of older systems.
  constexpr uint32_t kBoundInactive = 13;
  struct {
    nlmsghdr header;
    inet_diag_req_v2 query;
  } request = {};
  request.header.nlmsg_len = sizeof(request);
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.query.sdiag_family = family;
  request.query.sdiag_protocol = IPPROTO_TCP;
  request.query.idiag_states = 1 << kBoundInactive;
  request.query.id.idiag_sport = asker.port;
  if (send(netlink, &request, sizeof(request), 0) == -1) return;
  for (;;) {
    alignas(nlmsghdr) char bytes[16384];
    // The answer is there already.
    ssize_t size = recv(netlink, bytes, sizeof(bytes), MSG_DONTWAIT);
    if (size <= 0) return;
    unsigned left = static_cast<unsigned>(size);
    for (auto header = reinterpret_cast<nlmsghdr*>(bytes);
         NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY) return;
      auto found = static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
      if (found->id.idiag_sport != asker.port) continue;
      uint64_t cookie = found->id.idiag_cookie[1];
      cookie = cookie << 32 | found->id.idiag_cookie[0];
      if (cookie == asker.cookie) {
        out->has_own = true;
      } else {
        in6_addr other = ToIpv6(found->idiag_family, found->id.idiag_src);
        out->has_other |= Covers(asker.address, asker.ipv6_only != 0, other) ||
                          Covers(other, IsIpv6Only(header), asker.address);
      }
    }
  }
}

// Asks sock_diag(7). Finds nothing if the system does not tell, as before Linux
// 6.8.
Inactive FindInactive(socket_t socket, const sockaddr* addr) {
  Inactive found;
  auto in = reinterpret_cast<const sockaddr_in*>(addr);
  auto in6 = reinterpret_cast<const sockaddr_in6*>(addr);
  const void* address = &in->sin_addr;
  if (addr->sa_family == AF_INET6) address = &in6->sin6_addr;
  // Both families have the port at the same offset.
  Asker asker = {ToIpv6(addr->sa_family, address), in->sin_port, 0, 0};
  socklen_t length = sizeof(asker.cookie);
  if (getsockopt(socket, SOL_SOCKET, SO_COOKIE, &asker.cookie, &length) != 0) {
    return found;
  }
  // Fails if it is not of IPv6.
  length = sizeof(asker.ipv6_only);
  getsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, &asker.ipv6_only, &length);
  constexpr int kType = SOCK_RAW | SOCK_CLOEXEC;
  OwnedSocket netlink(::socket(AF_NETLINK, kType, NETLINK_SOCK_DIAG));
  AddInactive(netlink.get(), AF_INET, asker, &found);
  AddInactive(netlink.get(), AF_INET6, asker, &found);
  return found;
}

// Binds to an address that former connections still have, as a server can. The
// system lets one socket listen, and from then on, nobody can be bound; but
// somebody who does not listen may be bound already, and must not be kept from
// listening either. Whoever connects in that instant is reset.
int BindOverConnections(socket_t socket, const sockaddr* addr) {
  if (FindInactive(socket, addr).has_other) return UV_EADDRINUSE;
  int err = SetFlag(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (err == 0) err = BindTo(socket, addr);
  if (err == 0 && !FindInactive(socket, addr).has_own) err = UV_EADDRINUSE;
  if (err == 0 && listen(socket, 0) != 0) err = LastError();
  if (err == 0) err = SetFlag(socket, SOL_SOCKET, SO_REUSEADDR, 0);
  if (err == 0 && shutdown(socket, SHUT_RD) != 0) err = LastError();
  if (err != 0) return err;
  // Others that have got as far as that can only fail, and are about to close.
  for (int tries = 0; tries < 50; tries++) {
    if (!FindInactive(socket, addr).has_other) return 0;
    sched_yield();
  }
  return UV_EADDRINUSE;
}
#endif

}  // namespace

void OwnedSocket::reset(socket_t socket) {
  if (socket_ != kNoSocket) {
#ifdef _WIN32
    closesocket(socket_);
#else
    close(socket_);
#endif
  }
  socket_ = socket;
}

int Create(int family, int type, uint32_t terms, OwnedSocket* out) {
#ifdef _WIN32
  OwnedSocket socket(
      WSASocketW(family,
                 type,
                 0,
                 nullptr,
                 0,
                 WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
  if (socket.empty()) return LastError();
#elif defined(SOCK_CLOEXEC)
  OwnedSocket socket(::socket(family, type | SOCK_CLOEXEC, 0));
  if (socket.empty()) return LastError();
#else
  OwnedSocket socket(::socket(family, type, 0));
  if (socket.empty()) return LastError();
  if (fcntl(socket.get(), F_SETFD, FD_CLOEXEC) == -1) return LastError();
#endif
#ifdef SO_NOSIGPIPE
  int err = SetFlag(socket.get(), SOL_SOCKET, SO_NOSIGPIPE, 1);
  if (err != 0) return err;
#endif
  *out = std::move(socket);
  return SetTerms(out->get(), type, terms);
}

int BindOnTerms(socket_t socket, const sockaddr* addr, uint32_t terms) {
  int err = BindTo(socket, addr);
#ifdef __linux__
  if (err == UV_EADDRINUSE && (terms & kExclusive)) {
    err = BindOverConnections(socket, addr);
  }
#endif
  return err;
}

void PrepareListen(socket_t socket) {
#ifdef __linux__
  // With SO_REUSEADDR, only a socket that listens keeps others out, so it comes
  // second. Where former connections remain, this listen(2) fails. Its backlog
  // limits TCP Fast Open for good.
  listen(socket, SOMAXCONN);
  SetFlag(socket, SOL_SOCKET, SO_REUSEADDR, 1);
#endif
}

int Bind(const sockaddr* addr, uint32_t terms, OwnedSocket* out) {
  OwnedSocket socket;
  int err = Create(addr->sa_family, SOCK_STREAM, terms, &socket);
  if (err == 0) err = BindOnTerms(socket.get(), addr, terms);
  if (err == 0) *out = std::move(socket);
  return err;
}

int Duplicate(socket_t socket, OwnedSocket* out) {
#ifdef _WIN32
  WSAPROTOCOL_INFOW info;
  if (WSADuplicateSocketW(socket, GetCurrentProcessId(), &info) != 0) {
    return LastError();
  }
  OwnedSocket duplicate(
      WSASocketW(FROM_PROTOCOL_INFO,
                 FROM_PROTOCOL_INFO,
                 FROM_PROTOCOL_INFO,
                 &info,
                 0,
                 WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
#else
  OwnedSocket duplicate(fcntl(socket, F_DUPFD_CLOEXEC, 0));
#endif
  if (duplicate.empty()) return LastError();
  *out = std::move(duplicate);
  return 0;
}

int ToAddress(const char* host, int port, sockaddr_storage* out) {
  int err = uv_ip4_addr(host, port, reinterpret_cast<sockaddr_in*>(out));
  if (err == 0) return 0;
  return uv_ip6_addr(host, port, reinterpret_cast<sockaddr_in6*>(out));
}

int Open(uv_handle_t* handle, OwnedSocket* socket) {
  int err;
  switch (handle->type) {
    case UV_TCP:
      err = uv_tcp_open(reinterpret_cast<uv_tcp_t*>(handle), socket->get());
      break;
    case UV_UDP:
      err = OpenDatagram(reinterpret_cast<uv_udp_t*>(handle), socket->get());
      break;
#ifndef _WIN32
    case UV_NAMED_PIPE:
      err = uv_pipe_open(reinterpret_cast<uv_pipe_t*>(handle), socket->get());
      break;
#endif
    default:
      err = UV_ENOTSUP;
  }
  if (err == 0) socket->release();
  return err;
}

}  // namespace socket_factory
}  // namespace node
