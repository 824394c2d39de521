#include "socket_descriptors.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include "bound_handle_sharing.h"
#include "env-inl.h"
#include "handle_wrap.h"
#include "node_external_reference.h"
#include "socket_constants.h"
#include "socket_creation.h"
#include "socket_factory.h"
#include "socket_options.h"
#include "util-inl.h"
#include "uv.h"

#ifndef _WIN32
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>
#endif

namespace node {
namespace socket_descriptors {

using bound_handle_sharing::ToHandle;
using socket_constants::DefineFrozen;
using socket_constants::NewTable;
using socket_creation::IsNetworkDenied;
using socket_factory::Duplicate;
using socket_factory::LastError;
using socket_factory::OwnedSocket;
using socket_factory::socket_t;
using v8::Context;
using v8::FunctionCallbackInfo;
using v8::Int32;
using v8::Local;
using v8::NewStringType;
using v8::Object;
using v8::String;
using v8::Value;

namespace {

// Keep this list in sync with lib/internal/bound_handle_fd.js.
enum DescriptorFlag : int32_t {
  kTcp = 1,
  kPipe = 2,
  kUdp4 = 4,
  kUdp6 = 8,
  kBound = 16,
  kConnected = 32,
  kOwned = 64,
};

#ifndef _WIN32
// Returns the flag of the kind of socket, or 0.
int KindOf(int fd, int family, int type) {
  if (family == AF_UNIX && type == SOCK_STREAM) return kPipe;
  if (family != AF_INET && family != AF_INET6) return 0;
  int protocol = type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
#ifdef SO_PROTOCOL
  // Stream and datagram sockets of other protocols have different semantics.
  socklen_t length = sizeof(protocol);
  if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) != 0) {
    return 0;
  }
#ifdef IPPROTO_MPTCP
  if (type == SOCK_STREAM && protocol == IPPROTO_MPTCP) return kTcp;
#endif
#endif
  if (type == SOCK_STREAM && protocol == IPPROTO_TCP) return kTcp;
  if (type != SOCK_DGRAM || protocol != IPPROTO_UDP) return 0;
  return family == AF_INET ? kUdp4 : kUdp6;
}

bool HasName(const sockaddr_storage& addr, socklen_t length) {
  switch (addr.ss_family) {
    case AF_INET:
      return reinterpret_cast<const sockaddr_in&>(addr).sin_port != 0;
    case AF_INET6:
      return reinterpret_cast<const sockaddr_in6&>(addr).sin6_port != 0;
    default:
#if defined(__linux__)
      // A name in the abstract namespace begins with a null byte, see unix(7).
      return length > offsetof(sockaddr_un, sun_path);
#else
      // The length does not show whether there is a name: on the BSDs and
      // macOS, getsockname(2) returns an empty path if there is none, see
      // unix(4).
      return length > offsetof(sockaddr_un, sun_path) &&
             reinterpret_cast<const sockaddr_un&>(addr).sun_path[0] != '\0';
#endif
  }
}

// Whether a handle of the thread has the descriptor.
bool IsOwned(uv_loop_t* loop, int fd) {
  struct Search {
    uv_os_fd_t fd;
    bool is_found;
  } search = {fd, false};
  auto compare = [](uv_handle_t* handle, void* arg) {
    auto search = static_cast<Search*>(arg);
    uv_os_fd_t fd;
    if (uv_fileno(handle, &fd) == 0 && fd == search->fd) {
      search->is_found = true;
    }
  };
  uv_walk(loop, compare, &search);
  return search.is_found;
}

// Returns DescriptorFlags or a libuv error code. Changes nothing.
int Inspect(uv_loop_t* loop, int fd) {
  int type;
  socklen_t length = sizeof(type);
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0) {
    return LastError();
  }
  sockaddr_storage addr = {};
  length = sizeof(addr);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&addr), &length) != 0) {
    return LastError();
  }
  int flags = KindOf(fd, addr.ss_family, type);
  if (flags == 0) return 0;
  if (HasName(addr, length)) flags |= kBound;
  sockaddr_storage peer;
  length = sizeof(peer);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) == 0) {
    flags |= kConnected;
  }
  if (IsOwned(loop, fd)) flags |= kOwned;
  return flags;
}
#endif  // _WIN32

// inspect(fd): returns DescriptorFlags or a libuv error code.
void InspectDescriptor(const FunctionCallbackInfo<Value>& args) {
  if (!args[0]->IsInt32()) return args.GetReturnValue().Set(UV_EINVAL);
#ifdef _WIN32
  args.GetReturnValue().Set(UV_ENOTSUP);
#else
  uv_loop_t* loop = Environment::GetCurrent(args)->event_loop();
  args.GetReturnValue().Set(Inspect(loop, args[0].As<Int32>()->Value()));
#endif
}

#ifndef _WIN32
// libuv does not close the descriptors of the standard streams, and aborts when
// it closes a datagram handle that has one. So the socket moves to another one.
int OpenStandardStream(HandleWrap* wrap, int fd) {
  OwnedSocket empty(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (empty.empty()) return LastError();
  OwnedSocket socket;
  int err = Duplicate(fd, &socket);
  if (err == 0) err = socket_factory::Open(wrap->GetHandle(), &socket);
  if (err == 0) dup2(empty.get(), fd);
  return err;
}

// The caller keeps the descriptor on failure; the handle owns it otherwise.
int OpenInherited(HandleWrap* wrap, int fd) {
  OwnedSocket socket(fd);
  int err = socket_factory::Open(wrap->GetHandle(), &socket);
  socket.release();
  if (err == 0) fcntl(fd, F_SETFD, FD_CLOEXEC);
  return err;
}
#endif

// openDescriptor(handle, fd): passes the descriptor to the handle. Child
// processes no longer inherit it afterwards.
void OpenDescriptor(const FunctionCallbackInfo<Value>& args) {
  Environment* env = Environment::GetCurrent(args);
  HandleWrap* wrap = ToHandle(env, args[0]);
  if (wrap == nullptr) return args.GetReturnValue().Set(UV_EBADF);
  if (!args[1]->IsInt32()) return args.GetReturnValue().Set(UV_EINVAL);
#ifdef _WIN32
  args.GetReturnValue().Set(UV_ENOTSUP);
#else
  if (IsNetworkDenied(env, "")) return;
  int fd = args[1].As<Int32>()->Value();
  int err = fd <= STDERR_FILENO ? OpenStandardStream(wrap, fd)
                                : OpenInherited(wrap, fd);
  socket_t socket;
  if (err == 0 && wrap->GetHandle()->type == UV_UDP &&
      socket_factory::GetSocket(wrap->GetHandle(), &socket) == 0) {
    socket_options::ClearErrorQueue(socket);
  }
  args.GetReturnValue().Set(err);
#endif
}

#ifndef _WIN32
// Gets the name of a Unix domain socket. Returns 0 or a libuv error code.
int GetPath(int fd, std::string* out) {
  // The BSDs and macOS accept paths that do not fit in sun_path, up to the
  // limit of the one-byte sun_len. A truncated path could name another file.
  alignas(sockaddr_un) char bytes[256] = {};
  constexpr size_t kStart = offsetof(sockaddr_un, sun_path);
  auto addr = reinterpret_cast<sockaddr_un*>(bytes);
  socklen_t length = sizeof(bytes);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(addr), &length) != 0) {
    return LastError();
  }
  if (addr->sun_family != AF_UNIX) return UV_EINVAL;
  const char* name = bytes + kStart;
  size_t end = std::min(static_cast<size_t>(length), sizeof(bytes));
  size_t size = end - std::min(end, kStart);
  // A path ends with a null byte, which may or may not be part of the length.
  bool is_path = true;
#if defined(__linux__)
  // A name in the abstract namespace begins with a null byte and may contain
  // more.
  is_path = name[0] != '\0';
#endif
  out->assign(name, is_path ? strnlen(name, size) : size);
  return 0;
}
#endif

// pathOf(fd): returns the name of a Unix domain socket, or an error code.
void PathOf(const FunctionCallbackInfo<Value>& args) {
  if (!args[0]->IsInt32()) return args.GetReturnValue().Set(UV_EINVAL);
#ifdef _WIN32
  args.GetReturnValue().Set(UV_ENOTSUP);
#else
  std::string name;
  int err = GetPath(args[0].As<Int32>()->Value(), &name);
  if (err != 0) return args.GetReturnValue().Set(err);
  Local<String> path;
  if (String::NewFromUtf8(args.GetIsolate(),
                          name.data(),
                          NewStringType::kNormal,
                          static_cast<int>(name.size()))
          .ToLocal(&path)) {
    args.GetReturnValue().Set(path);
  }
#endif
}

}  // namespace

void Initialize(Local<Context> context, Local<Object> target) {
  Local<Object> functions = NewTable();
  SetMethod(context, functions, "inspect", InspectDescriptor);
  SetMethod(context, functions, "openDescriptor", OpenDescriptor);
  SetMethod(context, functions, "pathOf", PathOf);
  DefineFrozen(context, target, "socketDescriptors", functions);
}

void RegisterExternalReferences(ExternalReferenceRegistry* registry) {
  registry->Register(InspectDescriptor);
  registry->Register(OpenDescriptor);
  registry->Register(PathOf);
}

}  // namespace socket_descriptors
}  // namespace node
