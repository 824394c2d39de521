#ifndef SRC_KEEP_ALIVE_H_
#define SRC_KEEP_ALIVE_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include "v8.h"

namespace node {

class HandleWrap;

namespace keep_alive {

// Turns TCP keep-alive on or off for a TCPWrap. |idle| and |interval| are in
// seconds, |count| is in probes. A value of zero or less leaves the setting of
// the system unchanged. |interval| and |count| are undefined if nobody gave
// them: libuv's defaults of 1 and 10 then apply along with a value that was
// given. Returns 0 or a libuv error code.
int Set(HandleWrap* wrap,
        bool enable,
        int idle,
        v8::Local<v8::Value> interval,
        v8::Local<v8::Value> count);

}  // namespace keep_alive
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_KEEP_ALIVE_H_
