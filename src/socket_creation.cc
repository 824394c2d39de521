#include "socket_creation.h"

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>
#include "env-inl.h"
#include "handle_wrap.h"
#include "node_external_reference.h"
#include "socket_options.h"
#include "util-inl.h"
#include "uv.h"

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#endif

namespace node {
namespace socket_creation {

using socket_options::SetOption;
using socket_options::socket_t;
using v8::Array;
using v8::ArrayBufferView;
using v8::Context;
using v8::FunctionCallbackInfo;
using v8::FunctionTemplate;
using v8::Int32;
using v8::Int32Array;
using v8::Isolate;
using v8::Local;
using v8::Uint32;
using v8::Value;

namespace {

// What Node.js itself sets before bind(2), in the same order as libuv. Keep
// this list in sync with lib/internal/early_socket_options.js.
enum CreationFlag : uint32_t {
  kReuseAddress = 1,
  kReusePort = 2,
  kIpv6Only = 4,
  kDualStack = 8,
  kExclusive = 16,
};

// Index if creating the socket, not setting an option, failed.
constexpr int32_t kNoIndex = -1;

#ifdef _WIN32
constexpr socket_t kNoSocket = INVALID_SOCKET;

int LastError() {
  return uv_translate_sys_error(WSAGetLastError());
}
#else
constexpr socket_t kNoSocket = -1;

int LastError() {
  return uv_translate_sys_error(errno);
}
#endif

// Closes the socket unless a handle has taken it over.
class NewSocket {
 public:
  NewSocket() = default;
  NewSocket(const NewSocket&) = delete;
  NewSocket& operator=(const NewSocket&) = delete;
  ~NewSocket() {
    if (socket_ == kNoSocket) return;
#ifdef _WIN32
    closesocket(socket_);
#else
    close(socket_);
#endif
  }

  socket_t get() const {
    return socket_;
  }
  void release() {
    socket_ = kNoSocket;
  }
  int Create(int family, int type);

 private:
  socket_t socket_ = kNoSocket;
};

int NewSocket::Create(int family, int type) {
#ifdef _WIN32
  socket_ = WSASocketW(family,
                       type,
                       0,
                       nullptr,
                       0,
                       WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  if (socket_ == kNoSocket) return LastError();
#elif defined(SOCK_CLOEXEC)
  socket_ = ::socket(family, type | SOCK_CLOEXEC, 0);
  if (socket_ == kNoSocket) return LastError();
#else
  socket_ = ::socket(family, type, 0);
  if (socket_ == kNoSocket) return LastError();
  if (fcntl(socket_, F_SETFD, FD_CLOEXEC) == -1) return LastError();
#endif
#ifdef SO_NOSIGPIPE
  int on = 1;
  if (setsockopt(socket_, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof(on)) != 0) {
    return LastError();
  }
#endif
  return 0;
}

int SetDefaults(socket_t socket, uv_handle_type type, uint32_t flags) {
  auto set = [&](int level, int optname, int value) {
    return SetOption(type, socket, level, optname, &value, sizeof(value));
  };
  int err = 0;
#ifdef _WIN32
  if (flags & kExclusive) err = set(SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1);
#else
  if (flags & kReuseAddress) {
    int optname = SO_REUSEADDR;
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) ||       \
    defined(__OpenBSD__)
    // On these systems, SO_REUSEPORT is the option that lets datagram sockets
    // share an address, see setsockopt(2).
    if (type == UV_UDP) optname = SO_REUSEPORT;
#endif
    err = set(SOL_SOCKET, optname, 1);
  }
#endif
  if (err == 0 && (flags & kReusePort) != 0) {
    // Like libuv: only where the system distributes connections.
#if defined(__FreeBSD__) && defined(SO_REUSEPORT_LB)
    err = set(SOL_SOCKET, SO_REUSEPORT_LB, 1);
#elif defined(__linux__) || defined(__DragonFly__) ||                          \
    (defined(_AIX) && defined(SO_REUSEPORT)) || defined(__sun)
    err = set(SOL_SOCKET, SO_REUSEPORT, 1);
#else
    err = UV_ENOTSUP;
#endif
  }
  // OpenBSD has no dual-stack sockets and, according to ip6(4), does not allow
  // setting the option.
#ifndef __OpenBSD__
  if (err == 0 && (flags & (kIpv6Only | kDualStack)) != 0) {
    err = set(IPPROTO_IPV6, IPV6_V6ONLY, (flags & kIpv6Only) != 0);
  }
#endif
  return err;
}

// Sets |options|, a flat list of levels, names and values. On failure, |*index|
// is the index of the failed option. Every value is an int32 or a view; reading
// them runs no JavaScript.
int SetOptions(Local<Context> context,
               uv_handle_type type,
               socket_t socket,
               Local<Array> options,
               int32_t* index) {
  for (uint32_t i = 0; i + 2 < options->Length(); i += 3) {
    *index = static_cast<int32_t>(i / 3);
    Local<Value> level;
    Local<Value> optname;
    Local<Value> value;
    if (!options->Get(context, i).ToLocal(&level) ||
        !options->Get(context, i + 1).ToLocal(&optname) ||
        !options->Get(context, i + 2).ToLocal(&value) || !level->IsInt32() ||
        !optname->IsInt32()) {
      return UV_EINVAL;
    }
    int err = UV_EINVAL;
    if (value->IsInt32()) {
      int integer = value.As<Int32>()->Value();
      err = SetOption(type,
                      socket,
                      level.As<Int32>()->Value(),
                      optname.As<Int32>()->Value(),
                      &integer,
                      sizeof(integer));
    } else if (value->IsArrayBufferView()) {
      ArrayBufferViewContents<char> bytes(value.As<ArrayBufferView>());
      err = SetOption(type,
                      socket,
                      level.As<Int32>()->Value(),
                      optname.As<Int32>()->Value(),
                      bytes.data(),
                      bytes.length());
    }
    if (err != 0) return err;
  }
  *index = kNoIndex;
  return 0;
}

// Opens a datagram handle with the socket. uv_udp_open() sets SO_REUSEADDR or
// SO_REUSEPORT, so that others could bind the address. Restore the previous
// values.
int OpenDatagram(uv_udp_t* handle, socket_t socket) {
#ifdef _WIN32
  return uv_udp_open(handle, socket);
#else
  static constexpr int kNames[] = {SO_REUSEADDR, SO_REUSEPORT};
  int values[arraysize(kNames)];
  for (size_t i = 0; i < arraysize(kNames); i++) {
    socklen_t length = sizeof(values[i]);
    if (getsockopt(socket, SOL_SOCKET, kNames[i], &values[i], &length) != 0) {
      return LastError();
    }
  }
  int err = uv_udp_open(handle, socket);
  if (err != 0) return err;
  for (size_t i = 0; i < arraysize(kNames); i++) {
    if (values[i] != 0) continue;
    setsockopt(socket, SOL_SOCKET, kNames[i], &values[i], sizeof(values[i]));
  }
  return 0;
#endif
}

int Open(uv_handle_t* handle, socket_t socket) {
  switch (handle->type) {
    case UV_TCP:
      return uv_tcp_open(reinterpret_cast<uv_tcp_t*>(handle), socket);
    case UV_UDP:
      return OpenDatagram(reinterpret_cast<uv_udp_t*>(handle), socket);
#ifndef _WIN32
    case UV_NAMED_PIPE:
      return uv_pipe_open(reinterpret_cast<uv_pipe_t*>(handle), socket);
#endif
    default:
      return UV_ENOTSUP;
  }
}

int ToDomain(int family) {
  switch (family) {
    case 4:
      return AF_INET;
    case 6:
      return AF_INET6;
    default:
      return AF_UNIX;
  }
}

int Create(HandleWrap* wrap,
           int family,
           uint32_t flags,
           Local<Array> options,
           int32_t* index) {
  Local<Context> context = wrap->env()->context();
  uv_handle_t* handle = wrap->GetHandle();
  socket_t existing;
  int err = socket_options::GetSocket(wrap, &existing);
  if (err == 0) {
    return SetOptions(context, handle->type, existing, options, index);
  }
  if (err != socket_options::kNoSocket) return err;
  NewSocket socket;
  err = socket.Create(ToDomain(family),
                      handle->type == UV_UDP ? SOCK_DGRAM : SOCK_STREAM);
  if (err == 0) err = SetDefaults(socket.get(), handle->type, flags);
  if (err == 0) {
    err = SetOptions(context, handle->type, socket.get(), options, index);
  }
  // Reading an array from outside lib/ may have run arbitrary code.
  if (err == 0 && uv_is_closing(handle)) err = socket_options::kClosed;
  if (err == 0) err = Open(handle, socket.get());
  if (err == 0) socket.release();
  return err;
}

// createSocket(family, flags, options, failed): creates the socket and sets
// options, or sets them on the existing socket. Returns 0, a libuv error code
// or a Refusal, and writes the index of the failed option to failed[0], or -1.
void CreateSocket(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(
      &wrap, args.This(), args.GetReturnValue().Set(socket_options::kClosed));
  if (!args[0]->IsInt32() || !args[1]->IsUint32() || !args[2]->IsArray() ||
      !args[3]->IsInt32Array() || args[3].As<Int32Array>()->Length() == 0) {
    return args.GetReturnValue().Set(UV_EINVAL);
  }
  int32_t index = kNoIndex;
  int err = Create(wrap,
                   args[0].As<Int32>()->Value(),
                   args[1].As<Uint32>()->Value(),
                   args[2].As<Array>(),
                   &index);
  Local<Int32Array> failed = args[3].As<Int32Array>();
  // The array may have been detached in the meantime.
  if (failed->Length() > 0) {
    char* data = static_cast<char*>(failed->Buffer()->Data());
    memcpy(data + failed->ByteOffset(), &index, sizeof(index));
  }
  args.GetReturnValue().Set(err);
}

#ifndef _WIN32
int BindAddress(socket_t socket, const char* host, int port) {
  sockaddr_storage addr = {};
  socklen_t length = sizeof(sockaddr_in);
  int err = uv_ip4_addr(host, port, reinterpret_cast<sockaddr_in*>(&addr));
  if (err != 0) {
    length = sizeof(sockaddr_in6);
    err = uv_ip6_addr(host, port, reinterpret_cast<sockaddr_in6*>(&addr));
  }
  if (err != 0) return err;
  auto name = reinterpret_cast<const sockaddr*>(&addr);
  return ::bind(socket, name, length) == 0 ? 0 : LastError();
}

// The path is deleted along with the handle, as if libuv had bound it.
int BindPath(uv_pipe_t* handle,
             socket_t socket,
             const char* path,
             size_t length) {
  sockaddr_un addr = {};
  bool is_abstract = length > 0 && path[0] == '\0';
  // A path ends at its only null byte, or where sun_path does.
  if (length == 0 || length > sizeof(addr.sun_path) ||
      (!is_abstract && memchr(path, '\0', length) != nullptr) ||
      handle->pipe_fname != nullptr) {
    return UV_EINVAL;
  }
  char* copy = is_abstract ? nullptr : strdup(path);
  if (!is_abstract && copy == nullptr) return UV_ENOMEM;
  addr.sun_family = AF_UNIX;
  memcpy(addr.sun_path, path, length);
  socklen_t size = sizeof(addr);
  if (is_abstract) {
    size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  }
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&addr), size) != 0) {
    int err = LastError();
    free(copy);
    // Same as in libuv.
    return err == UV_ENOENT ? UV_EACCES : err;
  }
  handle->pipe_fname = copy;
  return 0;
}
#endif

// bindSocket(address, port), bindSocket(path): calls bind(2) only, whereas
// libuv would set options as well.
void BindSocket(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(
      &wrap, args.This(), args.GetReturnValue().Set(UV_EBADF));
#ifdef _WIN32
  args.GetReturnValue().Set(UV_ENOTSUP);
#else
  socket_t socket;
  if (socket_options::GetSocket(wrap, &socket) != 0) {
    return args.GetReturnValue().Set(UV_EBADF);
  }
  if (!args[0]->IsString()) return args.GetReturnValue().Set(UV_EINVAL);
  Utf8Value name(args.GetIsolate(), args[0]);
  uv_handle_t* handle = wrap->GetHandle();
  int err = UV_ENOTSUP;
  if (handle->type == UV_NAMED_PIPE) {
    err = BindPath(
        reinterpret_cast<uv_pipe_t*>(handle), socket, *name, name.length());
  } else if (handle->type == UV_TCP) {
    err = args[1]->IsUint32()
              ? BindAddress(socket,
                            *name,
                            static_cast<int>(args[1].As<Uint32>()->Value()))
              : UV_EINVAL;
  }
  args.GetReturnValue().Set(err);
#endif
}

}  // namespace

void AddMethods(Isolate* isolate, Local<FunctionTemplate> tmpl) {
  SetProtoMethod(isolate, tmpl, "createSocket", CreateSocket);
  SetProtoMethod(isolate, tmpl, "bindSocket", BindSocket);
}

void RegisterExternalReferences(ExternalReferenceRegistry* registry) {
  registry->Register(CreateSocket);
  registry->Register(BindSocket);
}

}  // namespace socket_creation
}  // namespace node
