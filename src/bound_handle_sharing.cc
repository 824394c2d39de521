#include "bound_handle_sharing.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <utility>
#include "async_wrap-inl.h"
#include "base_object-inl.h"
#include "env-inl.h"
#include "handle_wrap.h"
#include "memory_tracker-inl.h"
#include "node_external_reference.h"
#include "node_messaging.h"
#include "pipe_wrap.h"
#include "shared_sockets.h"
#include "socket_constants.h"
#include "socket_creation.h"
#include "socket_factory.h"
#include "tcp_wrap.h"
#include "util-inl.h"
#include "uv.h"

namespace node {
namespace bound_handle_sharing {

using shared_sockets::Share;
using socket_creation::IsNetworkDenied;
using socket_factory::Duplicate;
using socket_factory::OwnedSocket;
using socket_factory::socket_t;
using v8::Context;
using v8::DontDelete;
using v8::Function;
using v8::FunctionCallbackInfo;
using v8::FunctionTemplate;
using v8::HandleScope;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::PropertyAttribute;
using v8::ReadOnly;
using v8::String;
using v8::Uint32;
using v8::Value;

HandleWrap* ToHandle(Environment* env, Local<Value> value) {
  if (!HandleWrap::GetConstructorTemplate(env)->HasInstance(value)) {
    return nullptr;
  }
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(&wrap, value.As<Object>(), nullptr);
  return uv_is_closing(wrap->GetHandle()) ? nullptr : wrap;
}

namespace {

// Returns the share that a TCP or pipe handle has, which is released when the
// handle closes. It may be empty. A datagram handle has none.
Share* ShareOf(HandleWrap* wrap) {
  switch (wrap->GetHandle()->type) {
    case UV_TCP:
      return &(static_cast<TCPWrap*>(wrap)->share);
    case UV_NAMED_PIPE:
      return &(static_cast<PipeWrap*>(wrap)->share);
    default:
      return nullptr;
  }
}

int DuplicateOf(HandleWrap* wrap, OwnedSocket* out) {
#ifdef _WIN32
  // The event loop that serves a datagram socket is tied to it.
  if (wrap->GetHandle()->type == UV_UDP) return UV_ENOTSUP;
#endif
  socket_t socket;
  int err = socket_factory::GetSocket(wrap->GetHandle(), &socket);
  return err == 0 ? Duplicate(socket, out) : err;
}

// markExclusive(handle): notes that a TCP handle was bound exclusively.
void MarkExclusive(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap = ToHandle(Environment::GetCurrent(args), args[0]);
  if (wrap == nullptr || wrap->GetHandle()->type != UV_TCP) return;
  ShareOf(wrap)->MarkExclusive();
}

// isExclusive(handle)
void IsExclusive(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap = ToHandle(Environment::GetCurrent(args), args[0]);
  Share* share = wrap == nullptr ? nullptr : ShareOf(wrap);
  args.GetReturnValue().Set(share != nullptr && share->is_exclusive());
}

// Makes the path of a pipe belong to the share, so that it is deleted along
// with the last handle. libuv would delete it along with the handle that bound
// it.
Share* ShareWithPath(HandleWrap* wrap) {
  Share* share = ShareOf(wrap);
#ifndef _WIN32
  if (wrap->GetHandle()->type == UV_NAMED_PIPE) {
    auto pipe = reinterpret_cast<uv_pipe_t*>(wrap->GetHandle());
    char* name = const_cast<char*>(pipe->pipe_fname);
    if (name != nullptr) {
      pipe->pipe_fname = nullptr;
      *share = Share::OfPath(name);
      free(name);
    }
  }
#endif
  return share;
}

// share(handle, host, port, terms): makes a TCP handle share an address.
// Returns what Share::Get() does.
void ShareAddress(const FunctionCallbackInfo<Value>& args) {
  Environment* env = Environment::GetCurrent(args);
  HandleWrap* wrap = ToHandle(env, args[0]);
  if (wrap == nullptr) return args.GetReturnValue().Set(UV_EBADF);
  if (wrap->GetHandle()->type != UV_TCP) {
    return args.GetReturnValue().Set(UV_ENOTSUP);
  }
  if (!args[1]->IsString() || !args[2]->IsUint32() || !args[3]->IsUint32()) {
    return args.GetReturnValue().Set(UV_EINVAL);
  }
  Utf8Value host(env->isolate(), args[1]);
  if (IsNetworkDenied(env, {*host, host.length()})) return;
  int port = static_cast<int>(args[2].As<Uint32>()->Value());
  sockaddr_storage addr;
  int err = socket_factory::ToAddress(*host, port, &addr);
  if (err != 0) return args.GetReturnValue().Set(err);
  // The order matters: a socket has to be closed before its share is released.
  Share share;
  OwnedSocket socket;
  err = Share::Get(reinterpret_cast<const sockaddr*>(&addr),
                   args[3].As<Uint32>()->Value(),
                   &share,
                   &socket);
  if (err == 0) err = socket_factory::Open(wrap->GetHandle(), &socket);
  if (err == 0) *ShareOf(wrap) = std::move(share);
  args.GetReturnValue().Set(err);
}

// duplicate(from, to): gives a second handle the socket of the first, and
// another share in it.
void DuplicateHandle(const FunctionCallbackInfo<Value>& args) {
  Environment* env = Environment::GetCurrent(args);
  HandleWrap* from = ToHandle(env, args[0]);
  HandleWrap* to = ToHandle(env, args[1]);
  if (from == nullptr || to == nullptr) {
    return args.GetReturnValue().Set(UV_EBADF);
  }
  if (from->GetHandle()->type != to->GetHandle()->type) {
    return args.GetReturnValue().Set(UV_ENOTSUP);
  }
  OwnedSocket socket;
  int err = DuplicateOf(from, &socket);
  if (err == 0) err = socket_factory::Open(to->GetHandle(), &socket);
  Share* share = ShareOf(to);
  if (err == 0 && share != nullptr) *share = ShareWithPath(from)->Copy();
  args.GetReturnValue().Set(err);
}

// handOn(handle): makes the path of a pipe stay if another process has the
// socket open when its last handle here closes.
void HandOn(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap = ToHandle(Environment::GetCurrent(args), args[0]);
  if (wrap == nullptr || wrap->GetHandle()->type != UV_NAMED_PIPE) return;
  ShareWithPath(wrap)->HandOn();
}

// A bound socket that is sent to another thread. While the message is being
// written, it is the sender's handle and a duplicate of its socket, and
// afterwards the socket and the share, until the receiver opens a handle for
// them. If nobody does, they are closed and released along with this.
//
// To a message, this is an object that is cloned. Clones are made last, and
// those of what the program put into the message come first. So whatever makes
// the message fail does so before the sender has lost its handle.
class Transit : public BaseObject {
 public:
  static void New(const FunctionCallbackInfo<Value>& args);
  static void GetHandle(const FunctionCallbackInfo<Value>& args);
  static void Open(const FunctionCallbackInfo<Value>& args);

  TransferMode GetTransferMode() const override {
    return TransferMode::kCloneable;
  }
  std::unique_ptr<worker::TransferData> CloneForMessaging() const override;

  SET_NO_MEMORY_INFO()
  SET_MEMORY_INFO_NAME(BoundHandleTransit)
  SET_SELF_SIZE(Transit)

 private:
  Transit(Environment* env, Local<Object> object) : BaseObject(env, object) {
    MakeWeak();
  }

  class TransferData : public worker::TransferData {
   public:
    TransferData(Share&& share, OwnedSocket&& socket)
        : share_(std::move(share)), socket_(std::move(socket)) {}

    BaseObjectPtr<BaseObject> Deserialize(
        Environment* env,
        Local<Context> context,
        std::unique_ptr<worker::TransferData> self) override;

    SET_NO_MEMORY_INFO()
    SET_MEMORY_INFO_NAME(BoundHandleTransitTransferData)
    SET_SELF_SIZE(TransferData)

   private:
    Share share_;
    OwnedSocket socket_;
  };

  // These change when it is sent.
  mutable BaseObjectPtr<HandleWrap> handle_;
  // The order matters: the socket has to be closed before the share is
  // released.
  Share share_;
  mutable OwnedSocket socket_;
};

// new Transit(handle): of a handle to send. Throws if its socket cannot be
// duplicated. Without one, what has arrived.
void Transit::New(const FunctionCallbackInfo<Value>& args) {
  if (!args.IsConstructCall()) return;
  Environment* env = Environment::GetCurrent(args);
  auto transit = new Transit(env, args.This());
  HandleWrap* wrap = ToHandle(env, args[0]);
  if (wrap == nullptr) return;
  int err = DuplicateOf(wrap, &transit->socket_);
  if (err != 0) return env->ThrowUVException(err, "dup");
  transit->handle_.reset(wrap);
}

// handle(): returns the handle, null if it has been sent, or undefined if it
// has to be opened first. A handle that is not sent yet will not be.
void Transit::GetHandle(const FunctionCallbackInfo<Value>& args) {
  Transit* transit;
  ASSIGN_OR_RETURN_UNWRAP(&transit, args.This());
  if (transit->handle_) {
    args.GetReturnValue().Set(transit->handle_->object());
    transit->socket_.reset();
  } else if (transit->socket_.empty()) {
    args.GetReturnValue().SetNull();
  }
}

// open(handle): passes the socket and the share to a handle of the receiver.
void Transit::Open(const FunctionCallbackInfo<Value>& args) {
  Transit* transit;
  ASSIGN_OR_RETURN_UNWRAP(
      &transit, args.This(), args.GetReturnValue().Set(UV_EBADF));
  HandleWrap* wrap = ToHandle(transit->env(), args[0]);
  if (wrap == nullptr || transit->socket_.empty()) {
    return args.GetReturnValue().Set(UV_EBADF);
  }
  int err = socket_factory::Open(wrap->GetHandle(), &transit->socket_);
  if (err != 0) return args.GetReturnValue().Set(err);
  Share* share = ShareOf(wrap);
  if (share != nullptr) *share = std::move(transit->share_);
  transit->handle_.reset(wrap);
  args.GetReturnValue().Set(0);
}

std::unique_ptr<worker::TransferData> Transit::CloneForMessaging() const {
  bool is_open = handle_ && !uv_is_closing(handle_->GetHandle());
  if (!is_open || socket_.empty()) {
    env()->ThrowUVException(UV_EBADF, "dup");
    return {};
  }
  Share share;
  Share* shared = ShareWithPath(handle_.get());
  if (shared != nullptr) share = std::move(*shared);
  // In a worker of a cluster, this tells the primary process, too.
  Local<Context> context = env()->context();
  Local<Object> object = handle_->object();
  Local<Value> close;
  if (!object->Get(context, FIXED_ONE_BYTE_STRING(env()->isolate(), "close"))
           .ToLocal(&close) ||
      !close->IsFunction() ||
      close.As<Function>()->Call(context, object, 0, nullptr).IsEmpty()) {
    if (shared != nullptr) *shared = std::move(share);
    return {};
  }
  handle_.reset();
  return std::make_unique<TransferData>(std::move(share), std::move(socket_));
}

BaseObjectPtr<BaseObject> Transit::TransferData::Deserialize(
    Environment* env,
    Local<Context> context,
    std::unique_ptr<worker::TransferData> self) {
  // A thread that reads the message with a deserializer has loaded the binding.
  if (env->tcp_constructor_template().IsEmpty()) return {};
  HandleScope scope(env->isolate());
  Local<Function> tcp;
  Local<Value> constructor;
  Local<Object> object;
  if (!env->tcp_constructor_template()->GetFunction(context).ToLocal(&tcp) ||
      !tcp->Get(context, FIXED_ONE_BYTE_STRING(env->isolate(), "Transit"))
           .ToLocal(&constructor) ||
      !constructor.As<Function>()->NewInstance(context).ToLocal(&object)) {
    return {};
  }
  Transit* transit;
  ASSIGN_OR_RETURN_UNWRAP(&transit, object, {});
  transit->share_ = std::move(share_);
  transit->socket_ = std::move(socket_);
  return BaseObjectPtr<BaseObject>(transit);
}

// countGroups(): for tests only.
void CountGroups(const FunctionCallbackInfo<Value>& args) {
  args.GetReturnValue().Set(shared_sockets::CountGroups());
}

}  // namespace

void BeforeListen(HandleWrap* wrap) {
  socket_t socket;
  if (ShareOf(wrap)->is_exclusive() &&
      socket_factory::GetSocket(wrap->GetHandle(), &socket) == 0) {
    socket_factory::PrepareListen(socket);
  }
}

void Initialize(Environment* env,
                Local<Context> context,
                Local<Object> target,
                Local<FunctionTemplate> tcp) {
  Isolate* isolate = env->isolate();
  auto fixed = static_cast<PropertyAttribute>(ReadOnly | DontDelete);

  Local<FunctionTemplate> transit = NewFunctionTemplate(isolate, Transit::New);
  transit->InstanceTemplate()->SetInternalFieldCount(
      Transit::kInternalFieldCount);
  Local<String> name = FIXED_ONE_BYTE_STRING(isolate, "Transit");
  transit->SetClassName(name);
  SetProtoMethod(isolate, transit, "handle", Transit::GetHandle);
  SetProtoMethod(isolate, transit, "open", Transit::Open);
  tcp->Set(name, transit, fixed);

  Local<Object> functions = socket_constants::NewTable();
  SetMethod(context, functions, "markExclusive", MarkExclusive);
  SetMethod(context, functions, "isExclusive", IsExclusive);
  SetMethod(context, functions, "share", ShareAddress);
  SetMethod(context, functions, "duplicate", DuplicateHandle);
  SetMethod(context, functions, "handOn", HandOn);
  SetMethod(context, functions, "countGroups", CountGroups);
  socket_constants::DefineFrozen(context, target, "socketSharing", functions);
}

void RegisterExternalReferences(ExternalReferenceRegistry* registry) {
  registry->Register(MarkExclusive);
  registry->Register(IsExclusive);
  registry->Register(ShareAddress);
  registry->Register(DuplicateHandle);
  registry->Register(HandOn);
  registry->Register(CountGroups);
  registry->Register(Transit::New);
  registry->Register(Transit::GetHandle);
  registry->Register(Transit::Open);
}

}  // namespace bound_handle_sharing
}  // namespace node
