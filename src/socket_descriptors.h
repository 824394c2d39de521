#ifndef SRC_SOCKET_DESCRIPTORS_H_
#define SRC_SOCKET_DESCRIPTORS_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include "v8.h"

namespace node {

class ExternalReferenceRegistry;

// Descriptors that come from another process. Used by
// lib/internal/bound_handle_fd.js.
namespace socket_descriptors {

// Adds the functions as target.socketDescriptors.
void Initialize(v8::Local<v8::Context> context, v8::Local<v8::Object> target);

void RegisterExternalReferences(ExternalReferenceRegistry* registry);

}  // namespace socket_descriptors
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_SOCKET_DESCRIPTORS_H_
