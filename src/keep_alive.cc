#include "keep_alive.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include "handle_wrap.h"
#include "socket_options.h"
#include "uv.h"

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#endif

namespace node {
namespace keep_alive {

using v8::Local;
using v8::Number;
using v8::Value;

namespace {

// Stands for an option that the headers of the system do not define.
constexpr int kNone = -1;

#if defined(TCP_KEEPIDLE)
constexpr int kIdle = TCP_KEEPIDLE;
#elif defined(TCP_KEEPALIVE)
constexpr int kIdle = TCP_KEEPALIVE;
#else
constexpr int kIdle = kNone;
#endif

#if defined(TCP_KEEPINTVL)
constexpr int kInterval = TCP_KEEPINTVL;
#else
constexpr int kInterval = kNone;
#endif

#if defined(TCP_KEEPCNT)
constexpr int kCount = TCP_KEEPCNT;
#else
constexpr int kCount = kNone;
#endif

// What libuv sets along with the idle time, in seconds and probes.
constexpr int kDefaultInterval = 1;
constexpr int kDefaultCount = 10;

int ToInt(Local<Value> value, int fallback) {
  if (!value->IsNumber()) return fallback;
  double number = value.As<Number>()->Value();
  if (std::isnan(number)) return 0;
  return static_cast<int>(std::clamp<double>(number, INT32_MIN, INT32_MAX));
}

int SetValue(HandleWrap* wrap, int optname, int value) {
  if (value <= 0) return 0;
  if (optname == kNone) return UV_ENOTSUP;
  return socket_options::SetInt(wrap, IPPROTO_TCP, optname, value);
}

}  // namespace

int Set(HandleWrap* wrap,
        bool enable,
        int idle,
        Local<Value> interval,
        Local<Value> count) {
  uv_tcp_t* handle = reinterpret_cast<uv_tcp_t*>(wrap->GetHandle());
  if (!enable || (!interval->IsNumber() && !count->IsNumber())) {
    return uv_tcp_keepalive(handle, enable, static_cast<unsigned int>(idle));
  }
  // There is nothing to set without a socket, and lib/net.js calls again once
  // there is one. uv_tcp_keepalive() would make libuv set its own values later.
  uv_os_fd_t fd;
  if (uv_fileno(wrap->GetHandle(), &fd) == UV_EBADF) return 0;

  // Set each value here, since libuv would set either all of them or none.
  int errors[] = {
      socket_options::SetInt(wrap, SOL_SOCKET, SO_KEEPALIVE, 1),
      SetValue(wrap, kIdle, idle),
      SetValue(wrap, kInterval, ToInt(interval, kDefaultInterval)),
      SetValue(wrap, kCount, ToInt(count, kDefaultCount)),
  };
#ifdef _WIN32
  // Before Windows 10 version 1709, only SIO_KEEPALIVE_VALS exists, which libuv
  // knows how to use. libuv does not map WSAENOPROTOOPT.
  for (int err : errors) {
    if ((err == UV_ENOPROTOOPT || err == UV_UNKNOWN) && idle > 0) {
      return uv_tcp_keepalive(handle, 1, static_cast<unsigned int>(idle));
    }
  }
#endif
  for (int err : errors) {
    if (err != 0) return err;
  }
  return 0;
}

}  // namespace keep_alive
}  // namespace node
