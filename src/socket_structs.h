#ifndef SRC_SOCKET_STRUCTS_H_
#define SRC_SOCKET_STRUCTS_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include "v8.h"

namespace node {

class ExternalReferenceRegistry;

// The structs that common socket options take as values, in the layout of this
// platform. Only lib/internal/socket_structs.js uses this.
namespace socket_structs {

// Sets target.socketStructs to the description of each struct, and adds
// target.encodeSocketStruct() and target.decodeSocketStruct().
void Initialize(v8::Local<v8::Context> context, v8::Local<v8::Object> target);

void RegisterExternalReferences(ExternalReferenceRegistry* registry);

}  // namespace socket_structs
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_SOCKET_STRUCTS_H_
