#include "keep_alive.h"

#include <cerrno>
#include "handle_wrap.h"
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

using v8::Int32;
using v8::Local;
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

// The limit of Linux for the idle time, as in lib/internal/keep_alive.js.
constexpr int kMaxIdle = 32767;

int ToInt(Local<Value> value, int fallback) {
  return value->IsInt32() ? value.As<Int32>()->Value() : fallback;
}

int SetInt(uv_os_fd_t fd, int level, int optname, int value) {
  if (optname == kNone) return UV_ENOTSUP;
#ifdef _WIN32
  SOCKET socket = reinterpret_cast<SOCKET>(fd);
  auto bytes = reinterpret_cast<const char*>(&value);
  if (setsockopt(socket, level, optname, bytes, sizeof(value)) == 0) return 0;
  return uv_translate_sys_error(WSAGetLastError());
#else
  if (setsockopt(fd, level, optname, &value, sizeof(value)) == 0) return 0;
  return uv_translate_sys_error(errno);
#endif
}

}  // namespace

int Set(HandleWrap* wrap,
        bool enable,
        int idle,
        Local<Value> interval,
        Local<Value> count) {
  // There is nothing to set without a socket, and lib/net.js calls again once
  // there is one. uv_tcp_keepalive() would make libuv set its own values later.
  uv_os_fd_t fd;
  if (uv_fileno(wrap->GetHandle(), &fd) != 0) return 0;

  // The options of upstream's constructors come as they are. An idle time
  // that is out of range must not keep the other values from being set.
  if (idle > kMaxIdle) idle = 0;

  uv_tcp_t* handle = reinterpret_cast<uv_tcp_t*>(wrap->GetHandle());
  const bool is_tuned = interval->IsInt32() || count->IsInt32();
  if (!enable || (idle > 0 && !is_tuned)) {
    return uv_tcp_keepalive(handle, enable, static_cast<unsigned int>(idle));
  }

  // The defaults only come along with a value.
  const bool has_value =
      idle > 0 || ToInt(interval, 0) > 0 || ToInt(count, 0) > 0;
  const int default_interval = has_value ? kDefaultInterval : 0;
  const int default_count = has_value ? kDefaultCount : 0;
  // Set each value here, since libuv would set either all of them or none.
  // lib/ has checked the other ranges. A system has all of the times or none,
  // and then the first one fails.
  const struct {
    int level;
    int optname;
    int value;
  } options[] = {
      {IPPROTO_TCP, kCount, ToInt(count, default_count)},
      {IPPROTO_TCP, kInterval, ToInt(interval, default_interval)},
      {IPPROTO_TCP, kIdle, idle},
      {SOL_SOCKET, SO_KEEPALIVE, 1},
  };
  for (const auto& [level, optname, value] : options) {
    if (value <= 0) continue;
    const int err = SetInt(fd, level, optname, value);
#ifdef _WIN32
    // Before Windows 10 version 1709, only SIO_KEEPALIVE_VALS exists, which
    // libuv knows how to use. libuv does not map WSAENOPROTOOPT.
    if ((err == UV_ENOPROTOOPT || err == UV_UNKNOWN) && idle > 0) {
      return uv_tcp_keepalive(handle, 1, static_cast<unsigned int>(idle));
    }
#endif
    if (err != 0) return err;
  }
  return 0;
}

}  // namespace keep_alive
}  // namespace node
