#ifndef SRC_SHARED_SOCKETS_H_
#define SRC_SHARED_SOCKETS_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include <cstdint>
#include <memory>
#include <string>
#include "socket_factory.h"

namespace node {

// The registry of system sockets that several handles of this process share.
// This is independent of JavaScript, and every function may be called from any
// thread.
namespace shared_sockets {

using socket_factory::Duplicate;
using socket_factory::OwnedSocket;
using socket_factory::socket_t;

// A socket shared by several handles, or an address at which each has its own.
class Group;

struct GroupRelease {
  void operator()(Group* group) const;
};

// A handle's share in a group. Releasing the last share of a group frees the
// address, or deletes the path.
class Share {
 public:
  Share() = default;

  // Finds or creates the group of an address and gets a socket from it. With
  // kReusePort, each handle has its own socket. Returns 0, a libuv error code,
  // or the term that differs from how the address is shared already.
  static int Get(const sockaddr* addr,
                 uint32_t terms,
                 Share* share,
                 OwnedSocket* socket);
  // Creates a group that deletes the path if it still names a socket by then.
  static Share OfPath(std::string&& path);

  // The socket was bound exclusively, whether several handles have it or one.
  void MarkExclusive() { is_exclusive_ = true; }
  bool is_exclusive() const { return is_exclusive_; }
  // Makes the path stay if another process has the socket open by then.
  void HandOn();
  Share Copy() const;
  void Release() { group_.reset(); }
  // For tests only.
  bool empty() const { return group_ == nullptr; }

 private:
  explicit Share(Group* group, bool is_exclusive = false)
      : is_exclusive_(is_exclusive), group_(group) {}

  bool is_exclusive_ = false;
  std::unique_ptr<Group, GroupRelease> group_;
};

// Returns the number of groups that have an address. For tests only.
int CountGroups();

}  // namespace shared_sockets
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_SHARED_SOCKETS_H_
