#include "socket_creation.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include "env-inl.h"
#include "handle_wrap.h"
#include "node_external_reference.h"
#include "permission/permission.h"
#include "socket_factory.h"
#include "socket_options.h"
#include "util-inl.h"
#include "uv.h"

#ifndef _WIN32
#include <sys/un.h>
#endif

namespace node {
namespace socket_creation {

using socket_factory::OwnedSocket;
using socket_factory::socket_t;
using v8::FunctionCallbackInfo;
using v8::FunctionTemplate;
using v8::Int32;
using v8::Isolate;
using v8::Local;
using v8::Uint32;
using v8::Value;

namespace {

// createSocket(family, terms): creates the socket of a handle for addresses of
// the family 4 or 6, or for paths. Returns 0, UV_EEXIST if it has a socket, or
// what socket_options::GetSocket() does.
void CreateSocket(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(
      &wrap, args.This(), args.GetReturnValue().Set(socket_options::kClosed));
  if (!args[0]->IsInt32() || !args[1]->IsUint32()) {
    return args.GetReturnValue().Set(UV_EINVAL);
  }
  OwnedSocket socket;
  socket_t existing;
  int err = socket_options::GetSocket(wrap, &existing);
  if (err != socket_options::kNoSocket) {
    return args.GetReturnValue().Set(err == 0 ? UV_EEXIST : err);
  }
  if (IsNetworkDenied(wrap->env(), "")) return;
  int number = args[0].As<Int32>()->Value();
  int family = number == 4 ? AF_INET : AF_INET6;
  if (number == 0) family = AF_UNIX;
  uv_handle_t* handle = wrap->GetHandle();
  int type = handle->type == UV_UDP ? SOCK_DGRAM : SOCK_STREAM;
  uint32_t terms = args[1].As<Uint32>()->Value();
  err = socket_factory::Create(family, type, terms, &socket);
  if (err == 0) err = socket_factory::Open(handle, &socket);
  args.GetReturnValue().Set(err);
}

// The path is deleted along with the handle, as if libuv had bound it.
int BindPath(HandleWrap* wrap,
             socket_t socket,
             const char* path,
             size_t length) {
#ifdef _WIN32
  return UV_ENOTSUP;
#else
  auto handle = reinterpret_cast<uv_pipe_t*>(wrap->GetHandle());
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
    int err = socket_factory::LastError();
    free(copy);
    // Same as in libuv.
    return err == UV_ENOENT ? UV_EACCES : err;
  }
  handle->pipe_fname = copy;
  return 0;
#endif
}

// Binds a socket that has its terms and options. libuv would set some of them
// again, so it is not used where it does not have to know.
int BindAddress(HandleWrap* wrap,
                socket_t socket,
                const sockaddr* addr,
                uint32_t terms) {
  uv_handle_t* handle = wrap->GetHandle();
#ifdef _WIN32
  bool is_ipv6_only = (terms & socket_factory::kIpv6Only) != 0;
  if (handle->type == UV_TCP) {
    return uv_tcp_bind(reinterpret_cast<uv_tcp_t*>(handle),
                       addr,
                       is_ipv6_only ? UV_TCP_IPV6ONLY : 0);
  }
  unsigned int flags = is_ipv6_only ? UV_UDP_IPV6ONLY : 0;
#else
  if (handle->type == UV_TCP) {
    return socket_factory::BindOnTerms(socket, addr, terms);
  }
  // libuv notes the family, and without flags sets nothing.
  unsigned int flags = 0;
#endif
  return uv_udp_bind(reinterpret_cast<uv_udp_t*>(handle), addr, flags);
}

// bindSocket(address, port, terms), bindSocket(path): binds the socket of a
// handle, which must have one.
void BindSocket(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(
      &wrap, args.This(), args.GetReturnValue().Set(UV_EBADF));
  if (!args[0]->IsString()) return args.GetReturnValue().Set(UV_EINVAL);
  Utf8Value name(args.GetIsolate(), args[0]);
  if (IsNetworkDenied(wrap->env(), {*name, name.length()})) return;
  socket_t socket;
  if (socket_options::GetSocket(wrap, &socket) != 0) {
    return args.GetReturnValue().Set(UV_EBADF);
  }
  if (wrap->GetHandle()->type == UV_NAMED_PIPE) {
    int err = BindPath(wrap, socket, *name, name.length());
    return args.GetReturnValue().Set(err);
  }
  if (!args[1]->IsUint32()) return args.GetReturnValue().Set(UV_EINVAL);
  int port = static_cast<int>(args[1].As<Uint32>()->Value());
  uint32_t terms = args[2]->IsUint32() ? args[2].As<Uint32>()->Value() : 0;
  sockaddr_storage storage = {};
  auto addr = reinterpret_cast<const sockaddr*>(&storage);
  int err = socket_factory::ToAddress(*name, port, &storage);
  if (err == 0) err = BindAddress(wrap, socket, addr, terms);
  args.GetReturnValue().Set(err);
}

}  // namespace

bool IsNetworkDenied(Environment* env, std::string_view resource) {
  using permission::Permission;
  using permission::PermissionScope;
  if (!env->permission()->enabled()) return false;
  const PermissionScope scope = Permission::StringToPermission("net");
  if (scope == PermissionScope::kPermissionsRoot) return false;
  THROW_IF_INSUFFICIENT_PERMISSIONS(env, scope, resource, true);
  return false;
}

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
