#include "socket_diag.h"

#ifdef __linux__

#include <linux/inet_diag.h>
#include <linux/netlink.h>
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

// Whether a socket that sock_diag(7) tells of may receive what is sent to the
// address.
bool Overlaps(const inet_diag_msg& other, const sockaddr* addr) {
  auto in = reinterpret_cast<const sockaddr_in*>(addr);
  auto in6 = reinterpret_cast<const sockaddr_in6*>(addr);
  if (other.idiag_family == addr->sa_family) {
    bool is_ipv6 = addr->sa_family == AF_INET6;
    const void* own = &in->sin_addr;
    if (is_ipv6) own = &in6->sin6_addr;
    size_t size = is_ipv6 ? sizeof(in6_addr) : sizeof(in_addr);
    return IsAny(own, size) || IsAny(other.id.idiag_src, size) ||
           memcmp(own, other.id.idiag_src, size) == 0;
  }
  in6_addr six;
  if (addr->sa_family == AF_INET6) {
    six = in6->sin6_addr;
  } else {
    memcpy(&six, other.id.idiag_src, sizeof(six));
  }
  return IN6_IS_ADDR_UNSPECIFIED(&six) || IN6_IS_ADDR_V4MAPPED(&six);
}

// Adds what sock_diag(7) tells of the sockets of a family.
void AddInactive(socket_t netlink,
                 int family,
                 const sockaddr* addr,
                 uint64_t own,
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
  auto port = reinterpret_cast<const sockaddr_in*>(addr)->sin_port;
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
      if (cookie == own) {
        out->has_own = true;
      } else if (Overlaps(*found, addr)) {
        out->has_other = true;
      }
    }
  }
}

}  // namespace

Inactive FindInactive(socket_t socket, const sockaddr* addr) {
  Inactive found;
  uint64_t own;
  socklen_t length = sizeof(own);
  if (getsockopt(socket, SOL_SOCKET, SO_COOKIE, &own, &length) != 0) {
    return found;
  }
  constexpr int kType = SOCK_RAW | SOCK_CLOEXEC;
  OwnedSocket netlink(::socket(AF_NETLINK, kType, NETLINK_SOCK_DIAG));
  AddInactive(netlink.get(), AF_INET, addr, own, &found);
  AddInactive(netlink.get(), AF_INET6, addr, own, &found);
  return found;
}

}  // namespace socket_diag
}  // namespace node

#endif  // __linux__
