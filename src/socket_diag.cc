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

bool IsAny(const void* address, size_t size) {
  static constexpr char kZeros[sizeof(in6_addr)] = {};
  return memcmp(address, kZeros, size) == 0;
}

// Who asks, and the address.
struct Asker {
  const sockaddr* addr;
  uint64_t cookie;
  int ipv6_only;
};

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

// Whether a socket that sock_diag(7) tells of may receive what is sent to the
// address.
bool Overlaps(const inet_diag_msg& other,
              bool is_ipv6_only,
              const Asker& asker) {
  auto in = reinterpret_cast<const sockaddr_in*>(asker.addr);
  auto in6 = reinterpret_cast<const sockaddr_in6*>(asker.addr);
  bool is_ipv6 = asker.addr->sa_family == AF_INET6;
  if (other.idiag_family == asker.addr->sa_family) {
    const void* own = &in->sin_addr;
    if (is_ipv6) own = &in6->sin6_addr;
    size_t size = is_ipv6 ? sizeof(in6_addr) : sizeof(in_addr);
    return IsAny(own, size) || IsAny(other.id.idiag_src, size) ||
           memcmp(own, other.id.idiag_src, size) == 0;
  }
  if (is_ipv6 ? asker.ipv6_only != 0 : is_ipv6_only) return false;
  in6_addr six;
  if (is_ipv6) {
    six = in6->sin6_addr;
  } else {
    memcpy(&six, other.id.idiag_src, sizeof(six));
  }
  return IN6_IS_ADDR_UNSPECIFIED(&six) || IN6_IS_ADDR_V4MAPPED(&six);
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
  // Both families have the port at the same offset.
  auto port = reinterpret_cast<const sockaddr_in*>(asker.addr)->sin_port;
  request.query.id.idiag_sport = port;
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
      if (found->id.idiag_sport != port) continue;
      uint64_t cookie = found->id.idiag_cookie[1];
      cookie = cookie << 32 | found->id.idiag_cookie[0];
      if (cookie == asker.cookie) {
        out->has_own = true;
      } else if (Overlaps(*found, IsIpv6Only(header), asker)) {
        out->has_other = true;
      }
    }
  }
}

}  // namespace

Inactive FindInactive(socket_t socket, const sockaddr* addr) {
  Inactive found;
  Asker asker = {addr, 0, 0};
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
