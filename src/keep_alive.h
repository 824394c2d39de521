#ifndef SRC_KEEP_ALIVE_H_
#define SRC_KEEP_ALIVE_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include "v8.h"

namespace node {

class HandleWrap;

namespace keep_alive {

// Turns TCP keep-alive on or off for a TCPWrap. |idle| and |interval| are in
// seconds, |count| in probes. Zero or less leaves a value as the system has
// it. |interval| and |count| are no numbers where nobody named them: libuv's
// 1 and 10 then go along with an idle time, or with the one that was named.
// Returns 0 or a libuv error code.
int Set(HandleWrap* wrap,
        bool enable,
        int idle,
        v8::Local<v8::Value> interval,
        v8::Local<v8::Value> count);

}  // namespace keep_alive
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_KEEP_ALIVE_H_
