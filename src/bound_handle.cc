#include "bound_handle.h"

#include "env-inl.h"
#include "handle_wrap.h"
#include "node_external_reference.h"
#include "util-inl.h"
#include "uv.h"

// libuv can set SO_REUSEPORT since version 1.49.0.
#define LIBUV_REUSES_PORTS (UV_VERSION_HEX >= 0x013100)

#if !LIBUV_REUSES_PORTS && !defined(_WIN32)
#include <sys/socket.h>
#include <unistd.h>
#include <cerrno>
#endif

namespace node {
namespace bound_handle {

using v8::FunctionCallbackInfo;
using v8::FunctionTemplate;
using v8::Isolate;
using v8::Local;
using v8::Uint32;
using v8::Value;

namespace {

#if LIBUV_REUSES_PORTS
int BindToSharedPort(uv_tcp_t* handle, const sockaddr* addr, unsigned flags) {
  return uv_tcp_bind(handle, addr, flags | UV_TCP_REUSEPORT);
}
#else
// The option that makes the kernel distribute connections among all sockets
// bound to the port. SO_REUSEPORT does not do that on other systems, so it
// cannot replace the option there.
#if defined(__linux__) || defined(__DragonFly__)
#define REUSE_PORT_OPTION SO_REUSEPORT
#elif defined(__FreeBSD__) && defined(SO_REUSEPORT_LB)
#define REUSE_PORT_OPTION SO_REUSEPORT_LB
#endif

int BindToSharedPort(uv_tcp_t* handle, const sockaddr* addr, unsigned flags) {
#ifdef REUSE_PORT_OPTION
  // libuv would create the socket in uv_tcp_bind(), too late to set the option.
  int type = SOCK_STREAM;
#ifdef SOCK_CLOEXEC
  type |= SOCK_CLOEXEC;
#endif
  int fd = socket(addr->sa_family, type, 0);
  if (fd == -1) return uv_translate_sys_error(errno);
  int on = 1;
  int err = 0;
  if (setsockopt(fd, SOL_SOCKET, REUSE_PORT_OPTION, &on, sizeof(on)) == -1) {
    err = uv_translate_sys_error(errno);
  }
  if (err == 0) err = uv_tcp_open(handle, fd);
  if (err != 0) {
    close(fd);
    return err;
  }
  return uv_tcp_bind(handle, addr, flags);
#else
  return UV_ENOTSUP;
#endif
}
#endif  // LIBUV_REUSES_PORTS

// bindAddress(address, port, flags, reusePort): like bind() and bind6(), for an
// address of either family. With |reusePort|, other sockets may have the port
// too. Returns the port, or an error code.
void BindAddress(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(
      &wrap, args.This(), args.GetReturnValue().Set(UV_EBADF));
  if (!args[0]->IsString() || !args[1]->IsUint32() || !args[2]->IsUint32()) {
    return args.GetReturnValue().Set(UV_EINVAL);
  }
  Utf8Value host(args.GetIsolate(), args[0]);
  int port = static_cast<int>(args[1].As<Uint32>()->Value());
  unsigned flags = args[2].As<Uint32>()->Value();
  uv_tcp_t* handle = reinterpret_cast<uv_tcp_t*>(wrap->GetHandle());

  sockaddr_storage storage;
  sockaddr* addr = reinterpret_cast<sockaddr*>(&storage);
  sockaddr_in* ipv4 = reinterpret_cast<sockaddr_in*>(&storage);
  sockaddr_in6* ipv6 = reinterpret_cast<sockaddr_in6*>(&storage);
  int err = uv_ip4_addr(*host, port, ipv4);
  if (err != 0) err = uv_ip6_addr(*host, port, ipv6);
  if (err == 0) {
    err = args[3]->IsTrue() ? BindToSharedPort(handle, addr, flags)
                            : uv_tcp_bind(handle, addr, flags);
  }
  if (err == 0) {
    // This also reports an EADDRINUSE that libuv delays.
    int length = sizeof(storage);
    err = uv_tcp_getsockname(handle, addr, &length);
  }
  if (err == 0) {
    err = ntohs(addr->sa_family == AF_INET6 ? ipv6->sin6_port : ipv4->sin_port);
  }
  args.GetReturnValue().Set(err);
}

// bindNoTruncate(path): like bind(), but does not truncate a path that is too
// long.
void BindNoTruncate(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(
      &wrap, args.This(), args.GetReturnValue().Set(UV_EBADF));
  if (!args[0]->IsString()) return args.GetReturnValue().Set(UV_EINVAL);
  Utf8Value path(args.GetIsolate(), args[0]);
  args.GetReturnValue().Set(
      uv_pipe_bind2(reinterpret_cast<uv_pipe_t*>(wrap->GetHandle()),
                    *path,
                    path.length(),
                    UV_PIPE_NO_TRUNCATE));
}

}  // namespace

void AddTCPMethods(Isolate* isolate, Local<FunctionTemplate> tmpl) {
  SetProtoMethod(isolate, tmpl, "bindAddress", BindAddress);
}

void AddPipeMethods(Isolate* isolate, Local<FunctionTemplate> tmpl) {
  SetProtoMethod(isolate, tmpl, "bindNoTruncate", BindNoTruncate);
}

void RegisterExternalReferences(ExternalReferenceRegistry* registry) {
  registry->Register(BindAddress);
  registry->Register(BindNoTruncate);
}

}  // namespace bound_handle
}  // namespace node
