#ifndef SRC_SOCKET_OPTIONS_H_
#define SRC_SOCKET_OPTIONS_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include "v8.h"

namespace node {

class ExternalReferenceRegistry;
class HandleWrap;

// setsockopt(2) and getsockopt(2) for every handle class that owns a socket:
// TCPWrap, UDPWrap and PipeWrap. lib/internal/socket_options.js is the only
// caller and validates what JavaScript passes in.
namespace socket_options {

// Adds the methods to the prototype of a HandleWrap's class.
void AddMethods(v8::Isolate* isolate, v8::Local<v8::FunctionTemplate> tmpl);

// Sets target.socketConstants to the levels and option names that the headers
// of this platform define.
void DefineConstants(v8::Local<v8::Context> context,
                     v8::Local<v8::Object> target);

void RegisterExternalReferences(ExternalReferenceRegistry* registry);

// Sets an option whose value is an int, for the rest of src/. Returns 0 or a
// libuv error code.
int SetInt(HandleWrap* wrap, int level, int optname, int value);

}  // namespace socket_options
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_SOCKET_OPTIONS_H_
