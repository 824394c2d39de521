#ifndef SRC_SOCKET_OPTIONS_H_
#define SRC_SOCKET_OPTIONS_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include <cstddef>
#include "uv.h"
#include "v8.h"

#ifdef _WIN32
#include <winsock2.h>
#endif

namespace node {

class ExternalReferenceRegistry;
class HandleWrap;

// setsockopt(2) and getsockopt(2) for every handle class that owns a socket:
// TCPWrap, UDPWrap and PipeWrap. lib/internal/socket_options.js is the only
// caller and validates what JavaScript passes in.
namespace socket_options {

#ifdef _WIN32
using socket_t = SOCKET;
#else
using socket_t = int;
#endif

// What setting and reading options returns where it is not a (negative) libuv
// error code. lib/internal/socket_options.js has the same list.
enum Refusal : int {
  // The option's value has addresses in it that the kernel would follow.
  kHoldsPointers = 1,
  // The handle has no socket yet: libuv makes it in bind() or connect().
  kNoSocket = 2,
  // The option's value is not an int, so it needs a length to be read.
  kNotAnInteger = 3,
  // The handle is closed, or on its way there.
  kClosed = 4,
  // libuv cannot serve a socket that has the option.
  kUnserved = 5,
};

// Adds the methods to the prototype of a HandleWrap's class.
void AddMethods(v8::Isolate* isolate, v8::Local<v8::FunctionTemplate> tmpl);

// Sets target.socketConstants to the levels and option names that the headers
// of this platform define, and what socket_structs.h has.
void DefineConstants(v8::Local<v8::Context> context,
                     v8::Local<v8::Object> target);

void RegisterExternalReferences(ExternalReferenceRegistry* registry);

// Sets an option of a socket that a handle of that type has, or is to have.
// Returns 0, a libuv error code or a Refusal.
int SetOption(uv_handle_type type,
              socket_t socket,
              int level,
              int optname,
              const void* value,
              size_t length);

// Finds the socket of a handle. Returns as SetOption() does.
int GetSocket(HandleWrap* wrap, socket_t* out);

// Sets an option whose value is an int, for the rest of src/. Returns 0 or a
// libuv error code.
int SetInt(HandleWrap* wrap, int level, int optname, int value);

}  // namespace socket_options
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_SOCKET_OPTIONS_H_
