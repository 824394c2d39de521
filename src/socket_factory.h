#ifndef SRC_SOCKET_FACTORY_H_
#define SRC_SOCKET_FACTORY_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include <cstdint>
#include <utility>
#include "system_socket.h"
#include "uv.h"

namespace node {

// Creates system sockets the way libuv does, and passes them to handles. This
// is independent of JavaScript, and every function may be called from any
// thread. Unless said otherwise, they return 0 or a libuv error code.
namespace socket_factory {

using system_socket::GetSocket;
using system_socket::LastError;
using system_socket::socket_t;

#ifdef _WIN32
constexpr socket_t kNoSocket = INVALID_SOCKET;
#else
constexpr socket_t kNoSocket = -1;
#endif

// Owns a socket and closes it on destruction.
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

// How a socket is bound to an address, and whether others may be bound to it as
// well. Keep this list in sync with lib/internal/early_socket_options.js.
enum Term : uint32_t {
  // SO_REUSEADDR, where it does not take addresses away from other sockets.
  kReuseAddress = 1,
  // SO_REUSEPORT, where the system distributes connections.
  kReusePort = 2,
  // IPV6_V6ONLY on or off. Without either, the default of the system remains.
  kIpv6Only = 4,
  kDualStack = 8,
  // Nobody else can bind the address.
  kExclusive = 16,
};

// Creates a socket that child processes do not inherit, with what |terms| asks
// for before bind(2). |type| is SOCK_STREAM or SOCK_DGRAM.
int Create(int family, int type, uint32_t terms, OwnedSocket* out);

// Binds a TCP socket that has its terms. If it is to be exclusive, former
// connections do not count on Linux 6.8 and newer, and the socket cannot be
// used on failure.
int BindOnTerms(socket_t socket, const sockaddr* addr, uint32_t terms);

// To be called before an exclusive TCP socket listens. The connections that it
// accepts then keep nobody from binding the address once it is closed.
void PrepareListen(socket_t socket);

// Creates a TCP socket and binds it.
int Bind(const sockaddr* addr, uint32_t terms, OwnedSocket* out);

int Duplicate(socket_t socket, OwnedSocket* out);

// Parses an IP address.
int ToAddress(const char* host, int port, sockaddr_storage* out);

// Passes the socket to a handle. The caller keeps it on failure.
int Open(uv_handle_t* handle, OwnedSocket* socket);

}  // namespace socket_factory
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_SOCKET_FACTORY_H_
