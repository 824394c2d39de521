#ifndef SRC_SOCKET_CREATION_H_
#define SRC_SOCKET_CREATION_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include <string_view>
#include "v8.h"

namespace node {

class Environment;
class ExternalReferenceRegistry;

// Creates the socket of a handle before libuv would do so in bind() or
// connect(), so that options can be set in between. Only
// lib/internal/early_socket_options.js calls this.
namespace socket_creation {

// Whether the permission model denies access to the network, on lines where it
// covers that. Throws a JavaScript error if so.
bool IsNetworkDenied(Environment* env, std::string_view resource);

// Adds the methods to the prototype of a class derived from HandleWrap.
void AddMethods(v8::Isolate* isolate, v8::Local<v8::FunctionTemplate> tmpl);

void RegisterExternalReferences(ExternalReferenceRegistry* registry);

}  // namespace socket_creation
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_SOCKET_CREATION_H_
