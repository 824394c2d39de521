#ifndef SRC_BOUND_HANDLE_SHARING_H_
#define SRC_BOUND_HANDLE_SHARING_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include "v8.h"

namespace node {

class Environment;
class ExternalReferenceRegistry;

// Sockets that are bound for one handle alone, come from a descriptor, or are
// the same socket in several handles, of one thread or of many.
// lib/internal/bound_handle_sharing.js is the caller.
namespace bound_handle_sharing {

// Adds the class Claim to the constructor of TCP handles, which every
// environment knows, and target.socketSharing with the functions.
void Initialize(Environment* env,
                v8::Local<v8::Context> context,
                v8::Local<v8::Object> target,
                v8::Local<v8::FunctionTemplate> tcp);

void RegisterExternalReferences(ExternalReferenceRegistry* registry);

}  // namespace bound_handle_sharing
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_BOUND_HANDLE_SHARING_H_
