#ifndef SRC_SOCKET_OPTIONS_H_
#define SRC_SOCKET_OPTIONS_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include <cstddef>
#include "system_socket.h"
#include "uv.h"
#include "v8.h"

namespace node {

class ExternalReferenceRegistry;
class HandleWrap;

// setsockopt(2) and getsockopt(2) for every handle class that owns a socket:
// TCPWrap, UDPWrap and PipeWrap. Only lib/internal/socket_options.js calls
// this. It validates everything that JavaScript passes in.
namespace socket_options {

using system_socket::socket_t;

// Results of setting and reading options that are not libuv error codes, which
// are negative. Keep this list in sync with
// lib/internal/socket_option_values.js.
enum Refusal : int {
  // The value of the option contains addresses that the kernel would follow.
  kHoldsPointers = 1,
  // There is no socket yet: libuv creates it in bind() or connect().
  kNoSocket = 2,
  // The value of the option is not an int, so reading it requires a length.
  kNotAnInteger = 3,
  // The handle is closed or closing.
  kClosed = 4,
  // libuv cannot handle a socket that has the option set.
  kUnserved = 5,
  // Reading the option would open a descriptor, which nobody closes.
  kHoldsDescriptors = 6,
  // No value of that length is known, so it could contain anything.
  kUnknown = 7,
};

// Adds the methods to the prototype of a class derived from HandleWrap.
void AddMethods(v8::Isolate* isolate, v8::Local<v8::FunctionTemplate> tmpl);

void RegisterExternalReferences(ExternalReferenceRegistry* registry);

// Sets an option of the socket that a handle of that type has or will have.
// Returns 0, a libuv error code or a Refusal.
int SetOption(uv_handle_type type,
              socket_t socket,
              int level,
              int optname,
              const void* value,
              size_t length);

// Turns off all options that fill the error queue of a datagram socket, and
// empties the queue. For sockets that were not created by Node.js.
void ClearErrorQueue(socket_t socket);

// Returns |nread|, which libuv called back with, as it was meant to be.
ssize_t CheckReceived(uv_udp_t* handle, ssize_t nread, const uv_buf_t* buf);

// Gets the socket of a handle. Returns the same codes as SetOption().
int GetSocket(HandleWrap* wrap, socket_t* out);

}  // namespace socket_options
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_SOCKET_OPTIONS_H_
