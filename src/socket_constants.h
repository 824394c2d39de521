#ifndef SRC_SOCKET_CONSTANTS_H_
#define SRC_SOCKET_CONSTANTS_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include "v8.h"

namespace node {
namespace socket_constants {

// Sets target.socketConstants to the levels and option names defined by the
// headers of this platform.
void Define(v8::Local<v8::Context> context, v8::Local<v8::Object> target);

void Add(v8::Local<v8::Context> context,
         v8::Local<v8::Object> table,
         const char* name,
         v8::Local<v8::Value> value);

// Returns an object without a prototype.
v8::Local<v8::Object> NewTable();

// Freezes an object and adds it to the target for good, because programs can
// reach a binding before lib/ does.
void DefineFrozen(v8::Local<v8::Context> context,
                  v8::Local<v8::Object> target,
                  const char* name,
                  v8::Local<v8::Object> object);

}  // namespace socket_constants
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_SOCKET_CONSTANTS_H_
