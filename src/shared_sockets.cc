#include "shared_sockets.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include "node_mutex.h"

#ifndef _WIN32
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#endif

namespace node {
namespace shared_sockets {

using socket_factory::Bind;
using socket_factory::Create;
using socket_factory::kExclusive;
using socket_factory::kIpv6Only;
using socket_factory::kReusePort;
using socket_factory::LastError;
using socket_factory::Term;
using system_socket::socket_length_t;

namespace {

// Builds a key from what identifies a TCP or UDP address: family, port, address
// and, where addresses are those of an interface, its scope. Elsewhere a scope
// has no effect, and getsockname(2) does not return it.
std::string KeyOf(const sockaddr* addr) {
  std::string key;
  auto append = [&key](const auto& part) {
    key.append(reinterpret_cast<const char*>(&part), sizeof(part));
  };
  if (addr->sa_family == AF_INET6) {
    auto in6 = reinterpret_cast<const sockaddr_in6*>(addr);
    append(in6->sin6_port);
    append(in6->sin6_addr);
    if (IN6_IS_ADDR_LINKLOCAL(&in6->sin6_addr)) append(in6->sin6_scope_id);
  } else {
    auto in = reinterpret_cast<const sockaddr_in*>(addr);
    append(in->sin_port);
    append(in->sin_addr);
  }
  return key;
}

int GetAddress(socket_t socket, sockaddr_storage* out) {
  socket_length_t length = sizeof(*out);
  auto addr = reinterpret_cast<sockaddr*>(out);
  return getsockname(socket, addr, &length) == 0 ? 0 : LastError();
}

#ifndef _WIN32
// Whether a process may still have a socket open that is bound to the path. A
// socket of another type cannot connect to it, but the error tells: it is
// ECONNREFUSED if there is no such socket, and EPROTOTYPE or whatever comes
// before that otherwise.
bool IsOpen(const std::string& path) {
  sockaddr_un addr = {};
  addr.sun_family = AF_UNIX;
  if (path.size() > sizeof(addr.sun_path)) return true;
  memcpy(addr.sun_path, path.data(), path.size());
  // The longest path has no null byte behind it.
  socklen_t length = offsetof(sockaddr_un, sun_path) + path.size();
  OwnedSocket probe;
  if (Create(AF_UNIX, SOCK_DGRAM, 0, &probe) != 0) return true;
  auto to = reinterpret_cast<const sockaddr*>(&addr);
  return connect(probe.get(), to, length) == 0 || errno != ECONNREFUSED;
}

// Checks the type, since something else may have replaced the socket.
void DeleteSocket(const std::string& path) {
  struct stat status;
  if (lstat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode)) {
    unlink(path.c_str());
  }
}
#endif

bool IsConnected(socket_t socket) {
  sockaddr_storage peer;
  socket_length_t length = sizeof(peer);
  return getpeername(socket, reinterpret_cast<sockaddr*>(&peer), &length) == 0;
}

}  // namespace

class Group {
 public:
  // Key in the registry, or empty.
  std::string key;
  // Path to delete, or empty.
  std::string path;
  // Another process may have the socket, and then keeps the path.
  bool is_handed_on = false;
  uint32_t terms = 0;
  // New handles get a duplicate of this. Empty if each handle has a socket of
  // its own.
  OwnedSocket socket;
  // 0 while the socket is being closed.
  int shares = 1;
};

namespace {

struct Registry {
  // Guards all groups. No system call that may wait is made while this is held:
  // bind(2) does not wait for an IP address. A group stays until its socket is
  // closed, so that an address without a group is free.
  Mutex mutex;
  ConditionVariable has_closed;
  std::map<std::string, Group*> groups;

  // Returns the group of an address, or null. May wait for one to close.
  Group* Find(const sockaddr* addr, const Mutex::ScopedLock& lock) {
    const std::string key = KeyOf(addr);
    for (;;) {
      auto known = groups.find(key);
      if (known == groups.end()) return nullptr;
      if (known->second->shares > 0) return known->second;
      has_closed.Wait(lock);
    }
  }

  // Another group may have taken its place.
  void Remove(const Group& group) {
    auto known = groups.find(group.key);
    if (known != groups.end() && known->second == &group) groups.erase(known);
  }
};

// Never deleted, because threads may outlive static objects.
Registry* GetRegistry() {
  static Registry* registry = new Registry();
  return registry;
}

// Returns a term that differs, or 0. The other terms follow from these.
int Compare(uint32_t ours, uint32_t theirs) {
  for (Term term : {kReusePort, kExclusive, kIpv6Only}) {
    if (((ours ^ theirs) & term) != 0) return term;
  }
  return 0;
}

int Join(const Group& group,
         const sockaddr* addr,
         uint32_t terms,
         OwnedSocket* socket) {
  int err = Compare(terms, group.terms);
  if (err != 0) return err;
  if (terms & kReusePort) return Bind(addr, terms, socket);
  // A client connected the socket.
  if (IsConnected(group.socket.get())) return UV_EISCONN;
  return Duplicate(group.socket.get(), socket);
}

int Found(const sockaddr* addr,
          uint32_t terms,
          Group* group,
          OwnedSocket* socket) {
  OwnedSocket bound;
  sockaddr_storage local;
  int err = Bind(addr, terms, &bound);
  if (err == 0) err = GetAddress(bound.get(), &local);
  bool has_own = (terms & kReusePort) != 0;
  if (err == 0 && !has_own) err = Duplicate(bound.get(), &group->socket);
  if (err != 0) return err;
  group->key = KeyOf(reinterpret_cast<const sockaddr*>(&local));
  group->terms = terms;
  *socket = std::move(bound);
  return 0;
}

}  // namespace

int Share::Get(const sockaddr* addr,
               uint32_t terms,
               Share* share,
               OwnedSocket* socket) {
  Registry* registry = GetRegistry();
  // Must be destroyed after the lock, because releasing the share that it
  // replaces takes the lock.
  Share result(nullptr, (terms & kExclusive) != 0);
  {
    Mutex::ScopedLock lock(registry->mutex);
    Group* known = registry->Find(addr, lock);
    if (known != nullptr) {
      int err = Join(*known, addr, terms, socket);
      if (err != 0) return err;
      known->shares++;
      result.group_.reset(known);
    } else {
      auto group = std::make_unique<Group>();
      int err = Found(addr, terms, group.get(), socket);
      if (err != 0) return err;
      // For port 0, the system may choose the port of a group whose last socket
      // is closed but not released yet. The new group replaces it.
      registry->groups[group->key] = group.get();
      result.group_.reset(group.release());
    }
  }
  *share = std::move(result);
  return 0;
}

Share Share::OfPath(std::string&& path) {
  Group* group = new Group();
  group->path = std::move(path);
  return Share(group);
}

void Share::HandOn() {
  if (group_ == nullptr) return;
  Mutex::ScopedLock lock(GetRegistry()->mutex);
  group_->is_handed_on = true;
}

Share Share::Copy() const {
  if (group_ != nullptr) {
    Mutex::ScopedLock lock(GetRegistry()->mutex);
    group_->shares++;
  }
  return Share(group_.get(), is_exclusive_);
}

void GroupRelease::operator()(Group* released) const {
  std::unique_ptr<Group> group(released);
  Registry* registry = GetRegistry();
  {
    Mutex::ScopedLock lock(registry->mutex);
    if (--group->shares > 0) {
      group.release();
      return;
    }
    // Closing a connection may take as long as SO_LINGER says. Nobody should
    // wait for that: its address was not to be shared anymore.
    if (group->socket.empty() || IsConnected(group->socket.get())) {
      registry->Remove(*group);
    }
  }
  if (!group->socket.empty()) {
    group->socket.reset();
    Mutex::ScopedLock lock(registry->mutex);
    registry->Remove(*group);
    registry->has_closed.Broadcast(lock);
  }
#ifndef _WIN32
  // A process that another thread is just starting has the socket as well until
  // it executes its program, so this is not asked without need.
  if (!group->path.empty() && !(group->is_handed_on && IsOpen(group->path))) {
    DeleteSocket(group->path);
  }
#endif
}

int CountGroups() {
  Registry* registry = GetRegistry();
  Mutex::ScopedLock lock(registry->mutex);
  return static_cast<int>(registry->groups.size());
}

}  // namespace shared_sockets
}  // namespace node
