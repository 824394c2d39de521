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

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#endif

namespace node {
namespace socket_creation {

using socket_factory::OwnedSocket;
using socket_factory::socket_t;
using socket_options::SetOption;
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

// Index if creating the socket, not setting an option, failed.
constexpr int32_t kNoIndex = -1;

// A flat list of levels, names and values. Every value is an int32 or a view;
// reading them runs no JavaScript.
struct OptionList {
  Local<Array> flat;
  // Sockets of another |family| have the options from this index on as well, so
  // the system may refuse those that are not for this one.
  uint32_t optional_from = UINT32_MAX;
  // 4, 6, or 0 for a path.
  int family = 0;

  bool IsOptional(uint32_t index, int level) const {
    if (index < optional_from) return false;
    switch (family) {
      case 4:
        return level == IPPROTO_IPV6;
      case 6:
        return level == IPPROTO_IP;
      default:
        return level != SOL_SOCKET;
    }
  }
};

// On failure, |*index| is the index of the failed option.
int SetOptions(Local<Context> context,
               uv_handle_type type,
               socket_t socket,
               const OptionList& list,
               int32_t* index) {
  const Local<Array> options = list.flat;
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
    bool is_refused = err < 0;
    if (is_refused && list.IsOptional(i / 3, level.As<Int32>()->Value())) {
      continue;
    }
    if (err != 0) return err;
  }
  *index = kNoIndex;
  return 0;
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

// Sets options on the socket of the handle. If it has none yet, creates it with
// |terms| first.
int Create(HandleWrap* wrap,
           uint32_t terms,
           const OptionList& options,
           int32_t* index) {
  Local<Context> context = wrap->env()->context();
  uv_handle_t* handle = wrap->GetHandle();
  socket_t existing;
  int err = socket_options::GetSocket(wrap, &existing);
  if (err == 0) {
    return SetOptions(context, handle->type, existing, options, index);
  }
  if (err != socket_options::kNoSocket) return err;
  if (IsNetworkDenied(wrap->env(), "")) return UV_EACCES;
  OwnedSocket socket;
  int type = handle->type == UV_UDP ? SOCK_DGRAM : SOCK_STREAM;
  err = socket_factory::Create(ToDomain(options.family), type, &socket);
  if (err == 0) err = socket_factory::SetTerms(socket.get(), type, terms);
  if (err == 0) {
    err = SetOptions(context, handle->type, socket.get(), options, index);
  }
  // Reading an array from outside lib/ may have run arbitrary code.
  if (err == 0 && uv_is_closing(handle)) err = socket_options::kClosed;
  return err == 0 ? socket_factory::Open(handle, &socket) : err;
}

// Writes the index of the option that failed, or -1, for JavaScript.
void ReportIndex(Local<Value> value, int32_t index) {
  if (!value->IsInt32Array()) return;
  Local<Int32Array> failed = value.As<Int32Array>();
  if (failed->Length() == 0) return;
  char* data = static_cast<char*>(failed->Buffer()->Data());
  memcpy(data + failed->ByteOffset(), &index, sizeof(index));
}

// createSocket(family, terms, options, failed, optionalFrom): creates a socket
// and sets options, or sets them on the existing socket. Returns 0, a libuv
// error code or a Refusal, and writes the index of the failed option to
// failed[0], or -1.
void CreateSocket(const FunctionCallbackInfo<Value>& args) {
  ReportIndex(args[3], kNoIndex);
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(
      &wrap, args.This(), args.GetReturnValue().Set(socket_options::kClosed));
  if (!args[0]->IsInt32() || !args[1]->IsUint32() || !args[2]->IsArray()) {
    return args.GetReturnValue().Set(UV_EINVAL);
  }
  OptionList options;
  options.flat = args[2].As<Array>();
  options.family = args[0].As<Int32>()->Value();
  if (args[4]->IsUint32()) {
    options.optional_from = args[4].As<Uint32>()->Value();
  }
  int32_t index = kNoIndex;
  int err = Create(wrap, args[1].As<Uint32>()->Value(), options, &index);
  ReportIndex(args[3], index);
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
    return socket_factory::BindOnTerms(socket, SOCK_STREAM, addr, terms);
  }
  // libuv notes the family, and without flags sets nothing.
  unsigned int flags = 0;
#endif
  return uv_udp_bind(reinterpret_cast<uv_udp_t*>(handle), addr, flags);
}

// Binds the socket of the handle. If it has none yet, creates it first, with
// options that must be an array then.
int Bind(HandleWrap* wrap,
         const Utf8Value& name,
         Local<Value> port,
         uint32_t terms,
         Local<Value> options,
         int32_t* index) {
  const bool is_path = wrap->GetHandle()->type == UV_NAMED_PIPE;
  sockaddr_storage storage = {};
  auto addr = reinterpret_cast<const sockaddr*>(&storage);
  OptionList list;
  if (!is_path) {
    if (!port->IsUint32()) return UV_EINVAL;
    int number = static_cast<int>(port.As<Uint32>()->Value());
    int err = socket_factory::ToAddress(*name, number, &storage);
    if (err != 0) return err;
    list.family = addr->sa_family == AF_INET ? 4 : 6;
  }
  socket_t socket;
  int err = socket_options::GetSocket(wrap, &socket);
  if (err == socket_options::kNoSocket && options->IsArray()) {
    list.flat = options.As<Array>();
    err = Create(wrap, terms, list, index);
    if (err == 0) err = socket_options::GetSocket(wrap, &socket);
  }
  if (err != 0) return err;
  return is_path ? BindPath(wrap, socket, *name, name.length())
                 : BindAddress(wrap, socket, addr, terms);
}

// bindSocket(address, port, terms, options, failed),
// bindSocket(path, undefined, terms, options, failed): like createSocket() if
// there is no socket yet, and binds it. Without options, the socket must exist.
void BindSocket(const FunctionCallbackInfo<Value>& args) {
  ReportIndex(args[4], kNoIndex);
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(
      &wrap, args.This(), args.GetReturnValue().Set(UV_EBADF));
  if (!args[0]->IsString()) return args.GetReturnValue().Set(UV_EINVAL);
  Utf8Value name(args.GetIsolate(), args[0]);
  if (IsNetworkDenied(wrap->env(), {*name, name.length()})) return;
  uint32_t terms = args[2]->IsUint32() ? args[2].As<Uint32>()->Value() : 0;
  int32_t index = kNoIndex;
  int err = Bind(wrap, name, args[1], terms, args[3], &index);
  ReportIndex(args[4], index);
  args.GetReturnValue().Set(err > 0 && index == kNoIndex ? UV_EBADF : err);
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
