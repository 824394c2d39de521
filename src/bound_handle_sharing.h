#ifndef SRC_BOUND_HANDLE_SHARING_H_
#define SRC_BOUND_HANDLE_SHARING_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include "v8.h"

namespace node {

class Environment;
class ExternalReferenceRegistry;
class HandleWrap;

// Sockets that are bound exclusively for one handle, or that several handles
// share in one or more threads. Used by lib/internal/bound_handle_sharing.js.
namespace bound_handle_sharing {

// Adds the class Transit to the constructor of TCP handles, which every
// environment keeps, and the functions as target.socketSharing.
void Initialize(Environment* env,
                v8::Local<v8::Context> context,
                v8::Local<v8::Object> target,
                v8::Local<v8::FunctionTemplate> tcp);

// Returns the wrap of an open handle, or null. Accepts any value.
HandleWrap* ToHandle(Environment* env, v8::Local<v8::Value> value);

// To be called before a TCP handle listens.
void BeforeListen(HandleWrap* wrap);

void RegisterExternalReferences(ExternalReferenceRegistry* registry);

}  // namespace bound_handle_sharing
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_BOUND_HANDLE_SHARING_H_
