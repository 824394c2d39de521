#ifndef SRC_SOCKET_DIAG_H_
#define SRC_SOCKET_DIAG_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#ifdef __linux__

#include "socket_factory.h"

namespace node {

// Asks the kernel about the sockets of all processes, see sock_diag(7). May be
// called from any thread.
namespace socket_diag {

// The TCP sockets that are bound to a port, but neither connected nor
// listening: the one asked about, and those that may receive what is sent to
// its address.
struct Inactive {
  bool has_own = false;
  bool has_other = false;
};

// Finds nothing if the system does not tell, as before Linux 6.8.
Inactive FindInactive(socket_factory::socket_t socket, const sockaddr* addr);

}  // namespace socket_diag
}  // namespace node

#endif  // __linux__

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_SOCKET_DIAG_H_
