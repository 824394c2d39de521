#ifndef SRC_SHARED_SOCKETS_H_
#define SRC_SHARED_SOCKETS_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include <string>
#include <utility>
#include "uv.h"

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <sys/socket.h>
#endif

namespace node {

// Sockets as the operating system has them, and the list of those that several
// handles of this process share. Nothing here knows of JavaScript, and every
// function may be called from any thread.
namespace shared_sockets {

#ifdef _WIN32
using socket_t = SOCKET;
constexpr socket_t kNoSocket = INVALID_SOCKET;
#else
using socket_t = int;
constexpr socket_t kNoSocket = -1;
#endif

// Closes the socket that it has.
class OwnedSocket {
 public:
  OwnedSocket() = default;
  explicit OwnedSocket(socket_t socket) : socket_(socket) {}
  OwnedSocket(OwnedSocket&& other) noexcept : socket_(other.release()) {}
  OwnedSocket& operator=(OwnedSocket&& other) noexcept {
    reset(other.release());
    return *this;
  }
  ~OwnedSocket() { reset(); }

  socket_t get() const { return socket_; }
  bool empty() const { return socket_ == kNoSocket; }
  socket_t release() { return std::exchange(socket_, kNoSocket); }
  void reset(socket_t socket = kNoSocket);

 private:
  socket_t socket_ = kNoSocket;
};

// How sockets of an address are bound, and whether others may be beside them.
struct Terms {
  bool ipv6_only = false;
  // Nobody else can bind the address: SO_REUSEADDR is off.
  bool exclusive = false;
  // Each handle has a socket of its own, and the system spreads connections.
  bool balanced = false;
};

// What Share() returns where it is not a (negative) libuv error code: the term
// in which the address was shared differently.
enum Mismatch : int {
  kIpv6OnlyDiffers = 1,
  kExclusiveDiffers = 2,
  kBalancedDiffers = 3,
};

// These return 0 or a libuv error code.
int Bind(int type, const sockaddr* addr, const Terms& terms, OwnedSocket* out);
int Duplicate(socket_t socket, OwnedSocket* out);

// A socket that several handles have, or an address at which each has one.
class Group;

// A handle's part in a group. When the last one of a group is released, its
// address is free again, or the path deleted.
class Share {
 public:
  Share() = default;
  Share(Share&& other) noexcept
      : group_(std::exchange(other.group_, nullptr)) {}
  Share& operator=(Share&& other) noexcept {
    if (this == &other) return *this;
    Release();
    group_ = std::exchange(other.group_, nullptr);
    return *this;
  }
  ~Share() { Release(); }

  // Finds the group of the address, or makes it, and a socket of it.
  static int Get(const sockaddr* addr,
                 const Terms& terms,
                 Share* share,
                 OwnedSocket* socket);
  // A new group that deletes the path, if a socket is there by then.
  static Share OfPath(std::string&& path);

  bool empty() const { return group_ == nullptr; }
  bool HasPath() const;
  // Whether no other has a part in the group.
  bool IsLast() const;
  // Lets the path stay when the group is gone.
  void ForgetPath();
  Share Copy() const;
  void Release();

 private:
  explicit Share(Group* group) : group_(group) {}

  Group* group_ = nullptr;
};

// How many groups have an address, for tests.
int CountGroups();

}  // namespace shared_sockets
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_SHARED_SOCKETS_H_
