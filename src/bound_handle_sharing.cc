#include "bound_handle_sharing.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include "base_object-inl.h"
#include "env-inl.h"
#include "handle_wrap.h"
#include "memory_tracker-inl.h"
#include "node_external_reference.h"
#include "node_messaging.h"
#include "shared_sockets.h"
#include "socket_factory.h"
#include "util-inl.h"
#include "uv.h"

#ifndef _WIN32
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>
#endif

namespace node {
namespace bound_handle_sharing {

using shared_sockets::Bind;
using shared_sockets::Share;
using shared_sockets::Terms;
using socket_factory::Duplicate;
using socket_factory::OwnedSocket;
using socket_factory::socket_t;
using v8::Context;
using v8::DontDelete;
using v8::Function;
using v8::FunctionCallbackInfo;
using v8::FunctionTemplate;
using v8::HandleScope;
using v8::Int32;
using v8::IntegrityLevel;
using v8::Isolate;
using v8::Local;
using v8::NewStringType;
using v8::Null;
using v8::Object;
using v8::PropertyAttribute;
using v8::ReadOnly;
using v8::String;
using v8::Uint32;
using v8::Value;

namespace {

// Keep these lists in sync with lib/internal/bound_handle_sharing.js.
enum TermFlag : uint32_t {
  kIpv6Only = 1,
  kExclusive = 2,
  kBalanced = 4,
};

enum DescriptorFlag : int32_t {
  kStream = 1,
  kDatagram = 2,
  kIPv4 = 4,
  kIPv6 = 8,
  kPath = 16,
  kBound = 32,
  kConnected = 64,
};

// Returns the wrap of an open handle, or null. Accepts any value.
HandleWrap* ToHandle(Environment* env, Local<Value> value) {
  if (!HandleWrap::GetConstructorTemplate(env)->HasInstance(value)) {
    return nullptr;
  }
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(&wrap, value.As<Object>(), nullptr);
  return uv_is_closing(wrap->GetHandle()) ? nullptr : wrap;
}

int DuplicateOf(HandleWrap* wrap, OwnedSocket* out) {
  socket_t socket;
  int err = socket_factory::GetSocket(wrap->GetHandle(), &socket);
  return err == 0 ? Duplicate(socket, out) : err;
}

int OpenSocket(HandleWrap* wrap, OwnedSocket* socket) {
  return socket_factory::Open(wrap->GetHandle(), socket);
}

int ParseAddress(Isolate* isolate,
                 Local<Value> host,
                 Local<Value> port,
                 sockaddr_storage* out) {
  if (!host->IsString() || !port->IsUint32()) return UV_EINVAL;
  Utf8Value text(isolate, host);
  int number = static_cast<int>(port.As<Uint32>()->Value());
  return socket_factory::ToAddress(*text, number, out);
}

Terms ToTerms(uint32_t flags) {
  Terms terms;
  terms.ipv6_only = (flags & kIpv6Only) != 0;
  terms.exclusive = (flags & kExclusive) != 0;
  terms.balanced = (flags & kBalanced) != 0;
  return terms;
}

int BindDatagramExclusive(HandleWrap* wrap,
                          const sockaddr* addr,
                          const Terms& terms) {
#ifdef _WIN32
  OwnedSocket socket;
  int err = Bind(SOCK_DGRAM, addr, terms, &socket);
  return err == 0 ? OpenSocket(wrap, &socket) : err;
#else
  // libuv does not set SO_REUSEADDR unless told to, and learns the address
  // family here.
  return uv_udp_bind(reinterpret_cast<uv_udp_t*>(wrap->GetHandle()),
                     addr,
                     terms.ipv6_only ? UV_UDP_IPV6ONLY : 0);
#endif
}

// bindExclusive(handle, host, port, flags): binds a TCP or UDP handle to an
// address that nobody else can bind.
void BindExclusive(const FunctionCallbackInfo<Value>& args) {
  Environment* env = Environment::GetCurrent(args);
  HandleWrap* wrap = ToHandle(env, args[0]);
  if (wrap == nullptr) return args.GetReturnValue().Set(UV_EBADF);
  sockaddr_storage storage;
  int err = ParseAddress(env->isolate(), args[1], args[2], &storage);
  if (err == 0 && !args[3]->IsUint32()) err = UV_EINVAL;
  if (err != 0) return args.GetReturnValue().Set(err);
  Terms terms = ToTerms(args[3].As<Uint32>()->Value());
  terms.exclusive = true;
  auto addr = reinterpret_cast<const sockaddr*>(&storage);
  if (wrap->GetHandle()->type == UV_UDP) {
    err = BindDatagramExclusive(wrap, addr, terms);
  } else {
    OwnedSocket socket;
    err = Bind(SOCK_STREAM, addr, terms, &socket);
    if (err == 0) err = OpenSocket(wrap, &socket);
  }
  args.GetReturnValue().Set(err);
}

#ifndef _WIN32
bool IsSupported(int fd, int family, int type) {
  if (family == AF_UNIX) return true;
#ifdef SO_PROTOCOL
  // Stream and datagram sockets of other protocols have different semantics.
  int protocol;
  socklen_t length = sizeof(protocol);
  if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) != 0) {
    return false;
  }
#ifdef IPPROTO_MPTCP
  if (type == SOCK_STREAM && protocol == IPPROTO_MPTCP) return true;
#endif
  return protocol == (type == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP);
#else
  return true;
#endif
}

int FamilyFlag(const sockaddr_storage& addr) {
  switch (addr.ss_family) {
    case AF_INET:
      return kIPv4;
    case AF_INET6:
      return kIPv6;
    case AF_UNIX:
      return kPath;
    default:
      return 0;
  }
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

// Returns DescriptorFlags or a libuv error code. Changes nothing.
int Inspect(int fd) {
  int type;
  socklen_t length = sizeof(type);
  if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0) {
    return uv_translate_sys_error(errno);
  }
  sockaddr_storage addr = {};
  length = sizeof(addr);
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&addr), &length) != 0) {
    return uv_translate_sys_error(errno);
  }
  int flags = FamilyFlag(addr);
  if (flags == 0 || !IsSupported(fd, addr.ss_family, type)) return 0;
  if (type == SOCK_STREAM) flags |= kStream;
  if (type == SOCK_DGRAM) flags |= kDatagram;
  if (HasName(addr, length)) flags |= kBound;
  sockaddr_storage peer;
  length = sizeof(peer);
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &length) == 0) {
    flags |= kConnected;
  }
  return flags;
}
#endif  // _WIN32

// inspect(fd): returns DescriptorFlags or a libuv error code.
void InspectDescriptor(const FunctionCallbackInfo<Value>& args) {
  if (!args[0]->IsInt32()) return args.GetReturnValue().Set(UV_EINVAL);
#ifdef _WIN32
  args.GetReturnValue().Set(UV_ENOTSUP);
#else
  args.GetReturnValue().Set(Inspect(args[0].As<Int32>()->Value()));
#endif
}

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
  int fd = args[1].As<Int32>()->Value();
  OwnedSocket socket;
  if (fd <= STDERR_FILENO && wrap->GetHandle()->type == UV_UDP) {
    // libuv leaves these descriptors open when it closes a stream, but aborts
    // when it closes a datagram handle that owns one.
    int err = Duplicate(fd, &socket);
    if (err == 0) err = OpenSocket(wrap, &socket);
    return args.GetReturnValue().Set(err);
  }
  socket.reset(fd);
  int err = OpenSocket(wrap, &socket);
  // The caller keeps the descriptor on failure; the handle owns it otherwise.
  socket.release();
  if (err == 0) fcntl(fd, F_SETFD, FD_CLOEXEC);
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
    return uv_translate_sys_error(errno);
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

// duplicate(from, to): gives a second handle the socket of the first.
void DuplicateHandle(const FunctionCallbackInfo<Value>& args) {
  Environment* env = Environment::GetCurrent(args);
  HandleWrap* from = ToHandle(env, args[0]);
  HandleWrap* to = ToHandle(env, args[1]);
  if (from == nullptr || to == nullptr) {
    return args.GetReturnValue().Set(UV_EBADF);
  }
  OwnedSocket socket;
  int err = DuplicateOf(from, &socket);
  if (err == 0) err = OpenSocket(to, &socket);
  args.GetReturnValue().Set(err);
}

// A handle's share in a socket that others may share as well and, on the way to
// another thread, the socket itself. A claim releases both when it is
// destroyed, at the latest along with its environment, after the handles.
class Claim : public BaseObject {
 public:
  static void New(const FunctionCallbackInfo<Value>& args);
  static void GetShare(const FunctionCallbackInfo<Value>& args);
  static void SharePath(const FunctionCallbackInfo<Value>& args);
  static void IsShared(const FunctionCallbackInfo<Value>& args);
  static void HandOn(const FunctionCallbackInfo<Value>& args);
  static void Copy(const FunctionCallbackInfo<Value>& args);
  static void Release(const FunctionCallbackInfo<Value>& args);
  static void Detach(const FunctionCallbackInfo<Value>& args);
  static void Deliver(const FunctionCallbackInfo<Value>& args);

  TransferMode GetTransferMode() const override {
    return TransferMode::kTransferable;
  }
  std::unique_ptr<worker::TransferData> TransferForMessaging() override;

  SET_NO_MEMORY_INFO()
  SET_MEMORY_INFO_NAME(BoundHandleClaim)
  SET_SELF_SIZE(Claim)

 private:
  Claim(Environment* env, Local<Object> object) : BaseObject(env, object) {
    MakeWeak();
  }

  // Returns null if an exception is pending.
  static Claim* Create(Environment* env, Local<Context> context);

  // Closes the socket and releases the share if nobody receives them.
  class TransferData : public worker::TransferData {
   public:
    TransferData(OwnedSocket&& socket, Share&& share)
        : share_(std::move(share)), socket_(std::move(socket)) {}

    BaseObjectPtr<BaseObject> Deserialize(
        Environment* env,
        Local<Context> context,
        std::unique_ptr<worker::TransferData> self) override;

    SET_NO_MEMORY_INFO()
    SET_MEMORY_INFO_NAME(BoundHandleClaimTransferData)
    SET_SELF_SIZE(TransferData)

   private:
    // The order matters: the socket has to be closed before the share is
    // released.
    Share share_;
    OwnedSocket socket_;
  };

  Share share_;
  OwnedSocket socket_;
};

void Claim::New(const FunctionCallbackInfo<Value>& args) {
  if (args.IsConstructCall())
    new Claim(Environment::GetCurrent(args), args.This());
}

Claim* Claim::Create(Environment* env, Local<Context> context) {
  Local<Function> tcp;
  Local<Value> constructor;
  Local<Object> object;
  if (!env->tcp_constructor_template()->GetFunction(context).ToLocal(&tcp) ||
      !tcp->Get(context, FIXED_ONE_BYTE_STRING(env->isolate(), "Claim"))
           .ToLocal(&constructor) ||
      !constructor.As<Function>()->NewInstance(context).ToLocal(&object)) {
    return nullptr;
  }
  Claim* claim;
  ASSIGN_OR_RETURN_UNWRAP(&claim, object, nullptr);
  return claim;
}

// share(handle, host, port, flags): returns 0, a Mismatch or an error code.
void Claim::GetShare(const FunctionCallbackInfo<Value>& args) {
  Claim* claim;
  ASSIGN_OR_RETURN_UNWRAP(
      &claim, args.This(), args.GetReturnValue().Set(UV_EBADF));
  Environment* env = claim->env();
  HandleWrap* wrap = ToHandle(env, args[0]);
  if (wrap == nullptr) return args.GetReturnValue().Set(UV_EBADF);
  sockaddr_storage addr;
  int err = ParseAddress(env->isolate(), args[1], args[2], &addr);
  if (err == 0 && !args[3]->IsUint32()) err = UV_EINVAL;
  if (err != 0) return args.GetReturnValue().Set(err);
  Share share;
  OwnedSocket socket;
  err = Share::Get(reinterpret_cast<const sockaddr*>(&addr),
                   ToTerms(args[3].As<Uint32>()->Value()),
                   &share,
                   &socket);
  if (err == 0) err = OpenSocket(wrap, &socket);
  if (err == 0) {
    claim->share_ = std::move(share);
  } else {
    socket.reset();
  }
  args.GetReturnValue().Set(err);
}

// sharePath(handle): makes the path of a pipe be deleted along with its last
// handle. libuv would delete it along with the handle that bound it.
void Claim::SharePath(const FunctionCallbackInfo<Value>& args) {
  Claim* claim;
  ASSIGN_OR_RETURN_UNWRAP(&claim, args.This());
  HandleWrap* wrap = ToHandle(claim->env(), args[0]);
  if (wrap == nullptr || wrap->GetHandle()->type != UV_NAMED_PIPE) return;
#ifndef _WIN32
  auto pipe = reinterpret_cast<uv_pipe_t*>(wrap->GetHandle());
  char* name = const_cast<char*>(pipe->pipe_fname);
  if (name == nullptr) return;
  pipe->pipe_fname = nullptr;
  claim->share_ = Share::OfPath(name);
  free(name);
#endif
}

// isShared(): whether the claim has a share in a socket or a path.
void Claim::IsShared(const FunctionCallbackInfo<Value>& args) {
  Claim* claim;
  ASSIGN_OR_RETURN_UNWRAP(&claim, args.This());
  args.GetReturnValue().Set(!claim->share_.empty());
}

// handOn(): makes the path stay if another process has the socket open when all
// copies of the claim are released.
void Claim::HandOn(const FunctionCallbackInfo<Value>& args) {
  Claim* claim;
  ASSIGN_OR_RETURN_UNWRAP(&claim, args.This());
  claim->share_.HandOn();
}

// copy(): returns a claim with another share in the same socket or path.
void Claim::Copy(const FunctionCallbackInfo<Value>& args) {
  Claim* claim;
  ASSIGN_OR_RETURN_UNWRAP(&claim, args.This());
  Environment* env = claim->env();
  Claim* copy = Create(env, env->context());
  if (copy == nullptr) return;
  copy->share_ = claim->share_.Copy();
  args.GetReturnValue().Set(copy->object());
}

// release(): releases everything; called once the handle is closed.
void Claim::Release(const FunctionCallbackInfo<Value>& args) {
  Claim* claim;
  ASSIGN_OR_RETURN_UNWRAP(&claim, args.This());
  claim->socket_.reset();
  claim->share_.Release();
}

// detach(handle): duplicates the descriptor of the handle, which must be closed
// afterwards.
void Claim::Detach(const FunctionCallbackInfo<Value>& args) {
  Claim* claim;
  ASSIGN_OR_RETURN_UNWRAP(
      &claim, args.This(), args.GetReturnValue().Set(UV_EBADF));
  HandleWrap* wrap = ToHandle(claim->env(), args[0]);
  if (wrap == nullptr) return args.GetReturnValue().Set(UV_EBADF);
  args.GetReturnValue().Set(DuplicateOf(wrap, &claim->socket_));
}

// deliver(handle): passes the socket to a handle in the receiving thread.
void Claim::Deliver(const FunctionCallbackInfo<Value>& args) {
  Claim* claim;
  ASSIGN_OR_RETURN_UNWRAP(
      &claim, args.This(), args.GetReturnValue().Set(UV_EBADF));
  HandleWrap* wrap = ToHandle(claim->env(), args[0]);
  if (wrap == nullptr || claim->socket_.empty()) {
    return args.GetReturnValue().Set(UV_EBADF);
  }
  args.GetReturnValue().Set(OpenSocket(wrap, &claim->socket_));
}

std::unique_ptr<worker::TransferData> Claim::TransferForMessaging() {
  return std::make_unique<TransferData>(std::move(socket_), std::move(share_));
}

BaseObjectPtr<BaseObject> Claim::TransferData::Deserialize(
    Environment* env,
    Local<Context> context,
    std::unique_ptr<worker::TransferData> self) {
  // A thread that reads the message with a deserializer has loaded the binding.
  if (env->tcp_constructor_template().IsEmpty()) return {};
  HandleScope scope(env->isolate());
  Claim* claim = Create(env, context);
  if (claim == nullptr) return {};
  claim->socket_ = std::move(socket_);
  claim->share_ = std::move(share_);
  return BaseObjectPtr<BaseObject>(claim);
}

// countGroups(): for tests only.
void CountGroups(const FunctionCallbackInfo<Value>& args) {
  args.GetReturnValue().Set(shared_sockets::CountGroups());
}

}  // namespace

void Initialize(Environment* env,
                Local<Context> context,
                Local<Object> target,
                Local<FunctionTemplate> tcp) {
  Isolate* isolate = env->isolate();
  auto fixed = static_cast<PropertyAttribute>(ReadOnly | DontDelete);

  Local<FunctionTemplate> claim = NewFunctionTemplate(isolate, Claim::New);
  claim->InstanceTemplate()->SetInternalFieldCount(Claim::kInternalFieldCount);
  Local<String> name = FIXED_ONE_BYTE_STRING(isolate, "Claim");
  claim->SetClassName(name);
  SetProtoMethod(isolate, claim, "share", Claim::GetShare);
  SetProtoMethod(isolate, claim, "sharePath", Claim::SharePath);
  SetProtoMethod(isolate, claim, "isShared", Claim::IsShared);
  SetProtoMethod(isolate, claim, "handOn", Claim::HandOn);
  SetProtoMethod(isolate, claim, "copy", Claim::Copy);
  SetProtoMethod(isolate, claim, "release", Claim::Release);
  SetProtoMethod(isolate, claim, "detach", Claim::Detach);
  SetProtoMethod(isolate, claim, "deliver", Claim::Deliver);
  tcp->Set(name, claim, fixed);

  Local<Object> functions =
      Object::New(isolate, Null(isolate), nullptr, nullptr, 0);
  SetMethod(context, functions, "bindExclusive", BindExclusive);
  SetMethod(context, functions, "inspect", InspectDescriptor);
  SetMethod(context, functions, "openDescriptor", OpenDescriptor);
  SetMethod(context, functions, "pathOf", PathOf);
  SetMethod(context, functions, "duplicate", DuplicateHandle);
  SetMethod(context, functions, "countGroups", CountGroups);
  functions->SetIntegrityLevel(context, IntegrityLevel::kFrozen).Check();
  target
      ->DefineOwnProperty(context,
                          FIXED_ONE_BYTE_STRING(isolate, "socketSharing"),
                          functions,
                          fixed)
      .Check();
}

void RegisterExternalReferences(ExternalReferenceRegistry* registry) {
  registry->Register(BindExclusive);
  registry->Register(InspectDescriptor);
  registry->Register(OpenDescriptor);
  registry->Register(PathOf);
  registry->Register(DuplicateHandle);
  registry->Register(CountGroups);
  registry->Register(Claim::New);
  registry->Register(Claim::GetShare);
  registry->Register(Claim::SharePath);
  registry->Register(Claim::IsShared);
  registry->Register(Claim::HandOn);
  registry->Register(Claim::Copy);
  registry->Register(Claim::Release);
  registry->Register(Claim::Detach);
  registry->Register(Claim::Deliver);
}

}  // namespace bound_handle_sharing
}  // namespace node
