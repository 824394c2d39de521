#ifndef SRC_DATAGRAM_SENDER_H_
#define SRC_DATAGRAM_SENDER_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include "v8.h"

namespace node {

class ExternalReferenceRegistry;

// Sends datagrams that have options of their own: sendmsg(2) with control
// messages, as many as the kernel takes in one call. Used by
// lib/internal/dgram_batches.js.
namespace datagram_sender {

// Adds the methods to the prototype of UDPWrap.
void AddMethods(v8::Isolate* isolate, v8::Local<v8::FunctionTemplate> tmpl);

void RegisterExternalReferences(ExternalReferenceRegistry* registry);

}  // namespace datagram_sender
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_DATAGRAM_SENDER_H_
