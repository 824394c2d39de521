#ifndef SRC_BOUND_HANDLE_H_
#define SRC_BOUND_HANDLE_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include "v8.h"

namespace node {

class ExternalReferenceRegistry;

// Methods of TCPWrap and PipeWrap for lib/internal/bound_handle.js.
namespace bound_handle {

void AddTCPMethods(v8::Isolate* isolate, v8::Local<v8::FunctionTemplate> tmpl);
void AddPipeMethods(v8::Isolate* isolate, v8::Local<v8::FunctionTemplate> tmpl);

void RegisterExternalReferences(ExternalReferenceRegistry* registry);

}  // namespace bound_handle
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_BOUND_HANDLE_H_
