#include "socket_creation.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include "env-inl.h"
#include "handle_wrap.h"
#include "node_external_reference.h"
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
           uint32_t terms,
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
  OwnedSocket socket;
  int type = handle->type == UV_UDP ? SOCK_DGRAM : SOCK_STREAM;
  err = socket_factory::Create(ToDomain(family), type, &socket);
  if (err == 0) err = socket_factory::SetTerms(socket.get(), type, terms);
  if (err == 0) {
    err = SetOptions(context, handle->type, socket.get(), options, index);
  }
  // Reading an array from outside lib/ may have run arbitrary code.
  if (err == 0 && uv_is_closing(handle)) err = socket_options::kClosed;
  return err == 0 ? socket_factory::Open(handle, &socket) : err;
}

// createSocket(family, terms, options, failed): creates the socket and sets
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
  int err = socket_factory::ToAddress(host, port, &addr);
  if (err != 0) return err;
  return socket_factory::BindTo(socket, reinterpret_cast<sockaddr*>(&addr));
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
    int err = socket_factory::LastError();
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
