#if defined(__APPLE__)
// Otherwise <netinet6/in6.h> hides IPV6_RECVPKTINFO and others.
#define __APPLE_USE_RFC_3542
#endif

#include "socket_options.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>
#include "env-inl.h"
#include "handle_wrap.h"
#include "node_external_reference.h"
#include "socket_option_list.h"
#include "system_socket.h"
#include "util-inl.h"
#include "uv.h"
#include "v8-fast-api-calls.h"

namespace node {
namespace socket_options {

using system_socket::socket_length_t;
using v8::ArrayBufferView;
using v8::CFunction;
using v8::ConstructorBehavior;
using v8::FunctionCallback;
using v8::FunctionCallbackInfo;
using v8::FunctionTemplate;
using v8::Int32;
using v8::Isolate;
using v8::Local;
using v8::SideEffectType;
using v8::Signature;
using v8::String;
using v8::Uint32;
using v8::Value;

namespace {

// GetInt() may return any int, so failures are encoded above INT32_MAX.
constexpr double kFailure = 4294967296.0;

double Failure(int code) {
  return kFailure + code;
}

// What is known of an option, without its name.
struct Terms {
  uint64_t key;
  uint32_t most;
  uint32_t flags;
};

constexpr uint64_t KeyOf(int level, int optname) {
  return static_cast<uint64_t>(static_cast<uint32_t>(level)) << 32 |
         static_cast<uint32_t>(optname);
}

// The list, sorted by key.
constexpr auto SortTerms() {
  std::array<Terms, std::size(kSocketOptions)> terms = {};
  for (size_t i = 0; i < terms.size(); i++) {
    const SocketOption& option = kSocketOptions[i];
    uint64_t key = KeyOf(option.level, option.optname);
    size_t at = i;
    for (; at > 0 && terms[at - 1].key > key; at--) terms[at] = terms[at - 1];
    terms[at] = {key, option.most, option.flags & ~uint32_t{kUnlisted}};
  }
  return terms;
}

constexpr auto kTerms = SortTerms();

// Names of the same number must not differ in what is known of them.
constexpr bool AreConsistent() {
  for (size_t i = 1; i < kTerms.size(); i++) {
    if (kTerms[i - 1].key == kTerms[i].key &&
        (kTerms[i - 1].most != kTerms[i].most ||
         kTerms[i - 1].flags != kTerms[i].flags)) {
      return false;
    }
  }
  return true;
}

static_assert(AreConsistent());

constexpr Terms kUnknownOption = {0, kShort, 0};

const Terms& TermsOf(int level, int optname) {
  uint64_t key = KeyOf(level, optname);
  auto found = std::lower_bound(
      kTerms.begin(), kTerms.end(), key, [](const Terms& terms, uint64_t key) {
        return terms.key < key;
      });
  return found != kTerms.end() && found->key == key ? *found : kUnknownOption;
}

// Returns 0 or a Refusal. Neither setting nor reading such an option is safe.
int Refuse(const Terms& terms) {
  if (terms.flags & kPointers) return kHoldsPointers;
  return terms.flags & kDescriptors ? kHoldsDescriptors : 0;
}

// As above, for setting an option to a value.
int Refuse(const Terms& terms, uv_handle_type type, size_t length) {
  int refusal = Refuse(terms);
  if (refusal != 0) return refusal;
  // Node.js does not read the error queue of a datagram socket, and libuv at
  // best reports each entry as a failure to receive.
  if (type == UV_UDP && (terms.flags & kErrorQueue) != 0) return kUnserved;
  bool is_integer = &terms != &kUnknownOption && terms.most == kShort;
  return length > terms.most && !is_integer ? kUnknown : 0;
}

int Set(HandleWrap* wrap,
        int level,
        int optname,
        const void* value,
        size_t length) {
  uv_handle_type type = wrap->GetHandle()->type;
  socket_t socket;
  int err = GetSocket(wrap, &socket);
  if (err == 0) return SetOption(type, socket, level, optname, value, length);
  int refusal = Refuse(TermsOf(level, optname), type, length);
  return refusal != 0 ? refusal : err;
}

// Reads the option into |value|, whose |*length| bytes must be zero: some
// options take a count or an address as input there, and must not get any.
int Get(HandleWrap* wrap,
        int level,
        int optname,
        void* value,
        socket_length_t* length) {
  const Terms& terms = TermsOf(level, optname);
  int refusal = Refuse(terms);
  if (refusal != 0) return refusal;
  socket_t socket;
  int err = GetSocket(wrap, &socket);
  if (err != 0) return err;
  bool is_cut = static_cast<uint32_t>(*length) > terms.most;
  if (is_cut) *length = static_cast<socket_length_t>(terms.most);
  err = system_socket::GetOption(socket, level, optname, value, length);
  if (err != 0) return err;
  // A value that fills the buffer may go on. What follows is not known.
  bool is_full = static_cast<uint32_t>(*length) >= terms.most;
  return is_cut && is_full && &terms == &kUnknownOption ? kUnknown : 0;
}

double GetInt(HandleWrap* wrap, int level, int optname) {
  // Larger than an int, so that a struct can be told apart by its length.
  alignas(8) unsigned char value[2 * sizeof(int)] = {};
  socket_length_t length = sizeof(value);
  int err = Get(wrap, level, optname, value, &length);
  if (err != 0) return Failure(err);
  // The BSDs and Windows have options of one byte, such as IP_MULTICAST_TTL:
  // see ip(4).
  if (length == 1) return value[0];
  if (length != sizeof(int)) return Failure(kNotAnInteger);
  int result;
  memcpy(&result, value, sizeof(result));
  return result;
}

// setSocketOption(level, optname, value): |value| is an int32.
void SetSocketOption(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(
      &wrap, args.This(), args.GetReturnValue().Set(kClosed));
  if (!args[0]->IsInt32() || !args[1]->IsInt32() || !args[2]->IsInt32()) {
    return args.GetReturnValue().Set(UV_EINVAL);
  }
  int value = args[2].As<Int32>()->Value();
  args.GetReturnValue().Set(Set(wrap,
                                args[0].As<Int32>()->Value(),
                                args[1].As<Int32>()->Value(),
                                &value,
                                sizeof(value)));
}

int32_t FastSetSocketOption(Local<Value> receiver,
                            int32_t level,
                            int32_t optname,
                            int32_t value) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(&wrap, receiver, kClosed);
  return Set(wrap, level, optname, &value, sizeof(value));
}

// setSocketOptionBytes(level, optname, view)
void SetSocketOptionBytes(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(
      &wrap, args.This(), args.GetReturnValue().Set(kClosed));
  if (!args[0]->IsInt32() || !args[1]->IsInt32() ||
      !args[2]->IsArrayBufferView()) {
    return args.GetReturnValue().Set(UV_EINVAL);
  }
  ArrayBufferViewContents<char> value(args[2].As<ArrayBufferView>());
  args.GetReturnValue().Set(Set(wrap,
                                args[0].As<Int32>()->Value(),
                                args[1].As<Int32>()->Value(),
                                value.data(),
                                value.length()));
}

// getSocketOption(level, optname): returns the value, or kFailure plus a code.
void GetSocketOption(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(
      &wrap, args.This(), args.GetReturnValue().Set(Failure(kClosed)));
  if (!args[0]->IsInt32() || !args[1]->IsInt32()) {
    return args.GetReturnValue().Set(Failure(UV_EINVAL));
  }
  args.GetReturnValue().Set(
      GetInt(wrap, args[0].As<Int32>()->Value(), args[1].As<Int32>()->Value()));
}

double FastGetSocketOption(Local<Value> receiver,
                           int32_t level,
                           int32_t optname) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(&wrap, receiver, Failure(kClosed));
  return GetInt(wrap, level, optname);
}

// getSocketOptionBytes(level, optname, view, size): returns the number of bytes
// written to the view, at most |size|, or kFailure plus a code.
void GetSocketOptionBytes(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(
      &wrap, args.This(), args.GetReturnValue().Set(Failure(kClosed)));
  if (!args[0]->IsInt32() || !args[1]->IsInt32() ||
      !args[2]->IsArrayBufferView() || !args[3]->IsUint32()) {
    return args.GetReturnValue().Set(Failure(UV_EINVAL));
  }
  Local<ArrayBufferView> view = args[2].As<ArrayBufferView>();
  size_t size = args[3].As<Uint32>()->Value();
  if (size > view->ByteLength() || size > INT32_MAX) {
    return args.GetReturnValue().Set(Failure(UV_EINVAL));
  }
  // The contents of the view, which another thread may be changing, must not
  // reach the kernel.
  MaybeStackBuffer<char> value(size);
  memset(*value, 0, size);
  socket_length_t length = static_cast<socket_length_t>(size);
  int err = Get(wrap,
                args[0].As<Int32>()->Value(),
                args[1].As<Int32>()->Value(),
                *value,
                &length);
  if (err != 0) return args.GetReturnValue().Set(Failure(err));
  size_t written = std::min(size, static_cast<size_t>(length));
  char* data = static_cast<char*>(view->Buffer()->Data());
  if (written > 0) memcpy(data + view->ByteOffset(), *value, written);
  args.GetReturnValue().Set(static_cast<double>(written));
}

CFunction fast_set_socket_option(CFunction::Make(FastSetSocketOption));
CFunction fast_get_socket_option(CFunction::Make(FastGetSocketOption));

// The registries of older lines do not take a CFunction, but all keep addresses
// of whatever type.
void RegisterFast(ExternalReferenceRegistry* registry, const CFunction& fast) {
  const void* signature = fast.GetTypeInfo();
  for (const void* address : {fast.GetAddress(), signature}) {
    registry->Register(
        reinterpret_cast<FunctionCallback>(const_cast<void*>(address)));
  }
}

// Like SetProtoMethod(), but with a fast call in addition to the slow one. The
// signature rejects receivers of other classes. All have side effects: reading
// SO_ERROR clears it.
void SetFastProtoMethod(Isolate* isolate,
                        Local<FunctionTemplate> tmpl,
                        const char* name,
                        FunctionCallback slow,
                        const CFunction* fast) {
  Local<FunctionTemplate> method =
      FunctionTemplate::New(isolate,
                            slow,
                            Local<Value>(),
                            Signature::New(isolate, tmpl),
                            0,
                            ConstructorBehavior::kThrow,
                            SideEffectType::kHasSideEffect,
                            fast);
  Local<String> name_string = OneByteString(isolate, name);
  method->SetClassName(name_string);
  tmpl->PrototypeTemplate()->Set(name_string, method);
}

}  // namespace

int GetSocket(HandleWrap* wrap, socket_t* out) {
  uv_handle_t* handle = wrap->GetHandle();
  if (uv_is_closing(handle)) return kClosed;
#ifdef _WIN32
  // A named pipe is not a socket.
  if (handle->type == UV_NAMED_PIPE) return UV_ENOTSOCK;
#endif
  int err = system_socket::GetSocket(handle, out);
  return err == UV_EBADF ? kNoSocket : err;
}

int SetOption(uv_handle_type type,
              socket_t socket,
              int level,
              int optname,
              const void* value,
              size_t length) {
  const Terms& terms = TermsOf(level, optname);
  int refusal = Refuse(terms, type, length);
  if (refusal != 0) return refusal;
  // The system ignores what follows an integer.
  length = std::min(length, size_t{terms.most});
  if (length > INT32_MAX) return UV_EINVAL;
  return system_socket::SetOption(socket, level, optname, value, length);
}

void ClearErrorQueue(socket_t socket) {
#ifdef __linux__
  for (const SocketOption& option : kSocketOptions) {
    if ((option.flags & kErrorQueue) == 0) continue;
    int value[2] = {};
    socklen_t length = sizeof(int);
    if (option.most == sizeof(value)) {
      // SO_TXTIME takes a clock and flags. Setting it at all turns it on.
      length = sizeof(value);
      if (getsockopt(socket, option.level, option.optname, value, &length) !=
              0 ||
          value[1] == 0) {
        continue;
      }
      value[1] = 0;
    }
    setsockopt(socket, option.level, option.optname, value, length);
  }
  // Linux empties the queue with IP_RECVERR and IPV6_RECVERR, but keeps entries
  // of other options.
  while (recv(socket, nullptr, 0, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0) {
  }
  // The last error is reported apart from the queue, until it is read.
  int error;
  socklen_t length = sizeof(error);
  getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length);
#endif
}

ssize_t CheckReceived(uv_udp_t* handle, ssize_t nread, const uv_buf_t* buf) {
  // libuv (from 1.52.0 to at least 1.53.0) does not extend the sign of an error
  // that it takes from the error queue, which then looks like the length of a
  // datagram. No datagram is that long.
  nread = static_cast<int32_t>(nread);
#ifdef __linux__
  // Another process can have turned an option on since the handle was opened.
  // Older versions of libuv never empty the queue, and poll in vain. A listener
  // that gives libuv no memory reads by itself.
  uv_os_fd_t fd;
  if (nread < 0 && buf->base != nullptr &&
      uv_fileno(reinterpret_cast<uv_handle_t*>(handle), &fd) == 0) {
    ClearErrorQueue(fd);
  }
#endif
  return nread;
}

void AddMethods(Isolate* isolate, Local<FunctionTemplate> tmpl) {
  SetFastProtoMethod(isolate,
                     tmpl,
                     "setSocketOption",
                     SetSocketOption,
                     &fast_set_socket_option);
  SetFastProtoMethod(isolate,
                     tmpl,
                     "getSocketOption",
                     GetSocketOption,
                     &fast_get_socket_option);
  SetProtoMethod(isolate, tmpl, "setSocketOptionBytes", SetSocketOptionBytes);
  SetProtoMethod(isolate, tmpl, "getSocketOptionBytes", GetSocketOptionBytes);
}

void RegisterExternalReferences(ExternalReferenceRegistry* registry) {
  registry->Register(SetSocketOption);
  registry->Register(SetSocketOptionBytes);
  registry->Register(GetSocketOption);
  registry->Register(GetSocketOptionBytes);
  RegisterFast(registry, fast_set_socket_option);
  RegisterFast(registry, fast_get_socket_option);
}

}  // namespace socket_options
}  // namespace node
