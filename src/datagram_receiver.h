#ifndef SRC_DATAGRAM_RECEIVER_H_
#define SRC_DATAGRAM_RECEIVER_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include "v8.h"

namespace node {

class ExternalReferenceRegistry;

// Reads datagrams together with what the system knows of them: recvmsg(2) with
// control messages. Used by lib/internal/dgram_message_info.js.
namespace datagram_receiver {

// Adds the methods to the prototype of UDPWrap, and target.messageInfo.
void Initialize(v8::Local<v8::Context> context,
                v8::Local<v8::Object> target,
                v8::Local<v8::FunctionTemplate> tmpl);

void RegisterExternalReferences(ExternalReferenceRegistry* registry);

}  // namespace datagram_receiver
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_DATAGRAM_RECEIVER_H_
