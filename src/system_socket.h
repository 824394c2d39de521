#ifndef SRC_SYSTEM_SOCKET_H_
#define SRC_SYSTEM_SOCKET_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#include <cerrno>
#include <cstddef>
#include "uv.h"

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <sys/socket.h>
#endif

namespace node {

// System sockets, independent of JavaScript. Every function may be called from
// any thread, and returns 0 or a libuv error code.
namespace system_socket {

#ifdef _WIN32
using socket_t = SOCKET;
using socket_length_t = int;
#else
using socket_t = int;
using socket_length_t = socklen_t;
#endif

// Returns the error of the last system call on a socket as a libuv error code.
inline int LastError() {
#ifdef _WIN32
  return uv_translate_sys_error(WSAGetLastError());
#else
  return uv_translate_sys_error(errno);
#endif
}

// The value of an option is a char* on Windows, and a void* elsewhere.

inline int SetOption(
    socket_t socket, int level, int name, const void* value, size_t length) {
  auto bytes = static_cast<const char*>(value);
  auto size = static_cast<socket_length_t>(length);
  int result = setsockopt(socket, level, name, bytes, size);
  return result == 0 ? 0 : LastError();
}

inline int GetOption(socket_t socket,
                     int level,
                     int name,
                     void* value,
                     socket_length_t* length) {
  auto bytes = static_cast<char*>(value);
  int result = getsockopt(socket, level, name, bytes, length);
  return result == 0 ? 0 : LastError();
}

// Gets the socket of a handle.
inline int GetSocket(const uv_handle_t* handle, socket_t* out) {
#ifdef _WIN32
  // A named pipe is not a socket.
  if (handle->type == UV_NAMED_PIPE) return UV_ENOTSUP;
#endif
  uv_os_fd_t fd;
  int err = uv_fileno(handle, &fd);
  if (err != 0) return err;
#ifdef _WIN32
  *out = reinterpret_cast<socket_t>(fd);
#else
  *out = fd;
#endif
  return 0;
}

}  // namespace system_socket
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_SYSTEM_SOCKET_H_
