#include "socket_diag.h"

#ifdef __linux__

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/types.h>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace node {
namespace socket_diag {

using socket_factory::OwnedSocket;
using socket_factory::socket_t;

namespace {

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

}  // namespace

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

}  // namespace socket_diag
}  // namespace node

#endif  // __linux__
