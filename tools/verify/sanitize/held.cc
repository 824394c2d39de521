#include "held.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <utility>

namespace registry {

thread_local Doing doing;

void Fail(const char* format, ...) {
  static std::atomic<bool> has_failed = false;
  // Anything after the first failure is meaningless.
  while (has_failed.exchange(true)) pause();
  char text[512];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof(text), format, args);
  va_end(args);
  fprintf(stderr,
          "registry: error: round %d, thread %d, act %d (%s): %s\n",
          doing.round,
          doing.thread,
          doing.act,
          doing.name,
          text);
  // Not exit(): other threads are running, and what they hold is not a leak.
  _exit(1);
}

std::string NameOf(int outcome) {
  return outcome < 0 ? uv_err_name(outcome) : std::to_string(outcome);
}

Address::Address(const char* ip, int port) {
  if (uv_ip4_addr(ip, port, reinterpret_cast<sockaddr_in*>(&storage_)) != 0 &&
      uv_ip6_addr(ip, port, reinterpret_cast<sockaddr_in6*>(&storage_)) != 0) {
    Fail("%s is no address", ip);
  }
  SetText();
}

Address Address::Of(int socket) {
  Address address;
  socklen_t length = sizeof(address.storage_);
  auto addr = reinterpret_cast<sockaddr*>(&address.storage_);
  if (getsockname(socket, addr, &length) != 0) {
    Fail("getsockname(): %s", strerror(errno));
  }
  address.SetText();
  return address;
}

bool Address::is_any() const {
  auto in6 = reinterpret_cast<const sockaddr_in6*>(&storage_);
  return is_ipv6() && IN6_IS_ADDR_UNSPECIFIED(&in6->sin6_addr);
}

void Address::SetText() {
  char ip[INET6_ADDRSTRLEN];
  if (uv_ip_name(get(), ip, sizeof(ip)) != 0) Fail("an address has no text");
  // Both families have the port at the same offset.
  auto in = reinterpret_cast<const sockaddr_in*>(&storage_);
  text_ = std::string(ip) + " port " + std::to_string(ntohs(in->sin_port));
}

bool Exists(const std::string& path) {
  struct stat status;
  return lstat(path.c_str(), &status) == 0;
}

bool Path::Claim(State now) {
  State expected = kNamed;
  return state.compare_exchange_strong(
      expected, now, std::memory_order_relaxed);
}

void Path::CheckEnd() const {
  const bool stays = Get() != kNamed;
  if (stays == Exists(name)) return;
  Fail(stays ? "%s is gone" : "%s is left", name.c_str());
}

uint64_t CookieOf(int socket) {
  uint64_t cookie = 0;
  socklen_t length = sizeof(cookie);
  if (getsockopt(socket, SOL_SOCKET, SO_COOKIE, &cookie, &length) != 0) {
    Fail("SO_COOKIE: %s", strerror(errno));
  }
  return cookie;
}

Held::~Held() {
  socket.reset();
  share.Release();
  if (path == nullptr || --path->holders > 0) return;
  path->CheckEnd();
  if (path->Get() != Path::kNamed) unlink(path->name.c_str());
}

std::unique_ptr<Held> Held::Copy() const {
  auto copy = std::make_unique<Held>();
  if (path != nullptr) path->holders.fetch_add(1, std::memory_order_relaxed);
  copy->path = path;
  copy->known = known;
  copy->share = share.Copy();
  if (copy->share.empty()) Fail("a copy of a share is empty");
  if (!socket.empty()) {
    int err = node::shared_sockets::Duplicate(socket.get(), &copy->socket);
    if (err != 0) Fail("Duplicate() returns %s", NameOf(err).c_str());
  }
  return copy;
}

namespace {

void CheckFlag(int socket, int level, int name, bool expected, const char* of) {
  int value = 0;
  socklen_t length = sizeof(value);
  if (getsockopt(socket, level, name, &value, &length) != 0) {
    Fail("%s: %s", of, strerror(errno));
  }
  if ((value != 0) != expected) Fail("%s is %d", of, value);
}

void CheckSocket(int socket, const Known& known) {
  const Address address = Address::Of(socket);
  if (address.text() != known.address.text()) {
    Fail("%s is not %s", address.text().c_str(), known.address.text().c_str());
  }
  if (!known.terms.balanced && CookieOf(socket) != known.cookie) {
    Fail("%s is another socket than it was", address.text().c_str());
  }
  const Terms& terms = known.terms;
  CheckFlag(socket, SOL_SOCKET, SO_REUSEADDR, !terms.exclusive, "SO_REUSEADDR");
  CheckFlag(socket, SOL_SOCKET, SO_REUSEPORT, terms.balanced, "SO_REUSEPORT");
  if (address.is_ipv6()) {
    // Linux enables it for an address that IPv4 cannot reach.
    const bool only = terms.ipv6_only || !address.is_any();
    CheckFlag(socket, IPPROTO_IPV6, IPV6_V6ONLY, only, "IPV6_V6ONLY");
  }
  if ((fcntl(socket, F_GETFD) & FD_CLOEXEC) == 0) Fail("children inherit it");
}

}  // namespace

void Held::Check() const {
  if (share.empty()) Fail("a share that is held is empty");
  if (has_address()) {
    if (!socket.empty()) CheckSocket(socket.get(), known);
    return;
  }
  if (!Exists(path->name)) Fail("%s is gone while held", path->name.c_str());
}

uint32_t Terms::For(const Address& address) const {
  uint32_t terms = exclusive ? node::socket_factory::kExclusive
                             : node::socket_factory::kReuseAddress;
  if (balanced) terms |= node::socket_factory::kReusePort;
  if (address.is_ipv6()) {
    terms |= ipv6_only ? node::socket_factory::kIpv6Only
                       : node::socket_factory::kDualStack;
  }
  return terms;
}

int Expected(const Terms& asked, const Known& had) {
  if (asked.balanced != had.terms.balanced) {
    return node::socket_factory::kReusePort;
  }
  if (asked.exclusive != had.terms.exclusive) {
    return node::socket_factory::kExclusive;
  }
  const bool differs = asked.ipv6_only != had.terms.ipv6_only;
  return had.address.is_ipv6() && differs ? node::socket_factory::kIpv6Only : 0;
}

}  // namespace registry
