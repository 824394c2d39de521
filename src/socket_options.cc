#if defined(__APPLE__)
// Otherwise <netinet6/in6.h> hides IPV6_RECVPKTINFO and others.
#define __APPLE_USE_RFC_3542
#endif

#include "socket_options.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include "env-inl.h"
#include "handle_wrap.h"
#include "node_external_reference.h"
#include "socket_creation.h"
#include "socket_structs.h"
#include "util-inl.h"
#include "uv.h"
#include "v8-fast-api-calls.h"

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#endif

namespace node {
namespace socket_options {

using v8::ArrayBufferView;
using v8::CFunction;
using v8::ConstructorBehavior;
using v8::Context;
using v8::DontDelete;
using v8::FunctionCallback;
using v8::FunctionCallbackInfo;
using v8::FunctionTemplate;
using v8::Int32;
using v8::IntegrityLevel;
using v8::Isolate;
using v8::Local;
using v8::Null;
using v8::Object;
using v8::PropertyAttribute;
using v8::ReadOnly;
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

#ifdef _WIN32
using socket_length_t = int;
inline int LastError() {
  return uv_translate_sys_error(WSAGetLastError());
}
#else
using socket_length_t = socklen_t;
inline int LastError() {
  return uv_translate_sys_error(errno);
}
#endif

struct Option {
  int level;
  int optname;
};

template <size_t N>
bool Contains(const Option (&options)[N], int level, int optname) {
  for (const Option& option : options) {
    if (option.level == level && option.optname == optname) return true;
  }
  return false;
}

// Bytes from JavaScript must never become addresses that the kernel reads from
// or writes to, so options whose value contains pointers are refused. Numbers
// stand for names that the headers of the C library may lack.
bool HoldsPointers(int level, int optname) {
  static constexpr Option kOptions[] = {
#ifdef SO_ATTACH_FILTER
    // Takes a struct sock_fprog. When read, it is SO_GET_FILTER, the same
    // number on Linux, whose length counts instructions of eight bytes.
    {SOL_SOCKET, SO_ATTACH_FILTER},
#endif
#ifdef SO_ATTACH_REUSEPORT_CBPF
    {SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF},
#endif
#if defined(__linux__)
    // TCP_ZEROCOPY_RECEIVE takes the memory to map into.
    {IPPROTO_TCP, 35},
    // Netfilter exchanges its tables (ip_tables, arp_tables, ebtables,
    // ip6_tables) as structs that point to entries and counters.
    {IPPROTO_IP, 64},
    {IPPROTO_IP, 96},
    {IPPROTO_IP, 128},
    {IPPROTO_IP, 129},
    {IPPROTO_IP, 130},
    {IPPROTO_IP, 131},
    {IPPROTO_IPV6, 64},
    // SCTP_SOCKOPT_CONNECTX3, PACKET_FANOUT_DATA and MPTCP_FULL_INFO: such
    // sockets may be inherited as descriptors.
    {132, 111},
    {263, 22},
    {284, 4},
#elif defined(__APPLE__) || defined(__FreeBSD__)
    // IP_MSFILTER and IPV6_MSFILTER take a struct __msfilterreq.
    {IPPROTO_IP, 74},
    {IPPROTO_IPV6, 74},
#ifdef SO_LABEL
    // Takes a struct mac.
    {SOL_SOCKET, SO_LABEL},
#endif
#ifdef SO_PEERLABEL
    {SOL_SOCKET, SO_PEERLABEL},
#endif
#ifdef TCP_TXTLS_ENABLE
    // Takes a struct tls_enable.
    {IPPROTO_TCP, TCP_TXTLS_ENABLE},
#endif
#ifdef TCP_RXTLS_ENABLE
    {IPPROTO_TCP, TCP_RXTLS_ENABLE},
#endif
#elif defined(_WIN32)
    // SO_BSP_STATE returns a CSADDR_INFO with addresses of this process.
    {SOL_SOCKET, 0x1009},
#endif
    // Matches no option; the array must not be empty.
    {-1, -1},
  };
  return Contains(kOptions, level, optname);
}

// libuv (at least up to 1.53.0) calls back twice for each entry in the error
// queue of a UDP socket, the second time with a buffer that it no longer owns.
// Nothing may fill that queue until this is fixed.
bool FillsErrorQueue(uv_handle_type type, int level, int optname) {
#if defined(__linux__)
  static constexpr Option kOptions[] = {
      {IPPROTO_IP, IP_RECVERR},
      {IPPROTO_IPV6, IPV6_RECVERR},
#ifdef SO_TIMESTAMPING
      {SOL_SOCKET, SO_TIMESTAMPING},
#endif
#ifdef SO_TIMESTAMPING_NEW
      {SOL_SOCKET, SO_TIMESTAMPING_OLD},
      {SOL_SOCKET, SO_TIMESTAMPING_NEW},
#endif
#ifdef SO_TXTIME
      {SOL_SOCKET, SO_TXTIME},
#endif
#ifdef SO_WIFI_STATUS
      {SOL_SOCKET, SO_WIFI_STATUS},
#endif
  };
  return type == UV_UDP && Contains(kOptions, level, optname);
#else
  return false;
#endif
}

// Returns 0 or a Refusal.
int Refuse(uv_handle_type type, int level, int optname) {
  if (HoldsPointers(level, optname)) return kHoldsPointers;
  return FillsErrorQueue(type, level, optname) ? kUnserved : 0;
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
  int refusal = Refuse(type, level, optname);
  return refusal != 0 ? refusal : err;
}

// Reads the option into |value|, whose |*length| bytes must be zero: some
// options take a count or an address as input there, and must not get any.
int Get(HandleWrap* wrap,
        int level,
        int optname,
        void* value,
        socket_length_t* length) {
  if (HoldsPointers(level, optname)) return kHoldsPointers;
  socket_t socket;
  int err = GetSocket(wrap, &socket);
  if (err != 0) return err;
#ifdef _WIN32
  err = getsockopt(socket, level, optname, static_cast<char*>(value), length);
#else
  err = getsockopt(socket, level, optname, value, length);
#endif
  return err == 0 ? 0 : LastError();
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
  int copy = value;
  return Set(wrap, level, optname, &copy, sizeof(copy));
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

// The registries of older lines take the address and the signature separately.
// The last parameter makes overload resolution prefer the first template.
template <typename Registry>
auto RegisterFast(Registry* registry, const CFunction& fast, int)
    -> decltype(registry->Register(fast)) {
  registry->Register(fast);
}

template <typename Registry>
void RegisterFast(Registry* registry,
                  const CFunction& fast,
                  long) {  // NOLINT(runtime/int)
  registry->Register(
      reinterpret_cast<FunctionCallback>(const_cast<void*>(fast.GetAddress())));
  registry->Register(fast.GetTypeInfo());
}

// Like SetProtoMethod(), but with a fast call in addition to the slow one. The
// signature rejects receivers of other classes.
void SetFastProtoMethod(Isolate* isolate,
                        Local<FunctionTemplate> tmpl,
                        const char* name,
                        FunctionCallback slow,
                        SideEffectType side_effect,
                        const CFunction* fast) {
  Local<FunctionTemplate> method =
      FunctionTemplate::New(isolate,
                            slow,
                            Local<Value>(),
                            Signature::New(isolate, tmpl),
                            0,
                            ConstructorBehavior::kThrow,
                            side_effect,
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
  uv_os_fd_t fd;
  int err = uv_fileno(handle, &fd);
  if (err == UV_EBADF) return kNoSocket;
  if (err != 0) return err;
#ifdef _WIN32
  *out = reinterpret_cast<socket_t>(fd);
#else
  *out = fd;
#endif
  return 0;
}

int SetOption(uv_handle_type type,
              socket_t socket,
              int level,
              int optname,
              const void* value,
              size_t length) {
  int refusal = Refuse(type, level, optname);
  if (refusal != 0) return refusal;
  if (length > INT32_MAX) return UV_EINVAL;
#ifdef _WIN32
  int err = setsockopt(socket,
                       level,
                       optname,
                       static_cast<const char*>(value),
                       static_cast<socket_length_t>(length));
#else
  int err = setsockopt(
      socket, level, optname, value, static_cast<socket_length_t>(length));
#endif
  return err == 0 ? 0 : LastError();
}

void AddMethods(Isolate* isolate, Local<FunctionTemplate> tmpl) {
  SetFastProtoMethod(isolate,
                     tmpl,
                     "setSocketOption",
                     SetSocketOption,
                     SideEffectType::kHasSideEffect,
                     &fast_set_socket_option);
  // Reading has a side effect: reading SO_ERROR clears it.
  SetFastProtoMethod(isolate,
                     tmpl,
                     "getSocketOption",
                     GetSocketOption,
                     SideEffectType::kHasSideEffect,
                     &fast_get_socket_option);
  SetProtoMethod(isolate, tmpl, "setSocketOptionBytes", SetSocketOptionBytes);
  SetProtoMethod(isolate, tmpl, "getSocketOptionBytes", GetSocketOptionBytes);
  socket_creation::AddMethods(isolate, tmpl);
}

int SetInt(HandleWrap* wrap, int level, int optname, int value) {
  int err = Set(wrap, level, optname, &value, sizeof(value));
  switch (err) {
    case kNoSocket:
    case kClosed:
      return UV_EBADF;
    case kHoldsPointers:
    case kUnserved:
      return UV_EINVAL;
    default:
      return err;
  }
}

void DefineConstants(Local<Context> context, Local<Object> target) {
  Isolate* isolate = Isolate::GetCurrent();
  Local<Object> constants =
      Object::New(isolate, Null(isolate), nullptr, nullptr, 0);

  // On some systems the levels are enumerators, and those systems have all of
  // them, so #ifdef is not needed.
  NODE_DEFINE_CONSTANT(constants, SOL_SOCKET);
  NODE_DEFINE_CONSTANT(constants, IPPROTO_IP);
  NODE_DEFINE_CONSTANT(constants, IPPROTO_IPV6);
  NODE_DEFINE_CONSTANT(constants, IPPROTO_TCP);
  NODE_DEFINE_CONSTANT(constants, IPPROTO_UDP);

#ifdef SO_REUSEADDR
  NODE_DEFINE_CONSTANT(constants, SO_REUSEADDR);
#endif
#ifdef SO_REUSEPORT
  NODE_DEFINE_CONSTANT(constants, SO_REUSEPORT);
#endif
#ifdef SO_KEEPALIVE
  NODE_DEFINE_CONSTANT(constants, SO_KEEPALIVE);
#endif
#ifdef SO_BROADCAST
  NODE_DEFINE_CONSTANT(constants, SO_BROADCAST);
#endif
#ifdef SO_LINGER
  NODE_DEFINE_CONSTANT(constants, SO_LINGER);
#endif
#ifdef SO_RCVBUF
  NODE_DEFINE_CONSTANT(constants, SO_RCVBUF);
#endif
#ifdef SO_SNDBUF
  NODE_DEFINE_CONSTANT(constants, SO_SNDBUF);
#endif
#ifdef SO_RCVBUFFORCE
  NODE_DEFINE_CONSTANT(constants, SO_RCVBUFFORCE);
#endif
#ifdef SO_SNDBUFFORCE
  NODE_DEFINE_CONSTANT(constants, SO_SNDBUFFORCE);
#endif
#ifdef SO_RCVLOWAT
  NODE_DEFINE_CONSTANT(constants, SO_RCVLOWAT);
#endif
#ifdef SO_SNDLOWAT
  NODE_DEFINE_CONSTANT(constants, SO_SNDLOWAT);
#endif
#ifdef SO_RCVTIMEO
  NODE_DEFINE_CONSTANT(constants, SO_RCVTIMEO);
#endif
#ifdef SO_SNDTIMEO
  NODE_DEFINE_CONSTANT(constants, SO_SNDTIMEO);
#endif
#ifdef SO_ERROR
  NODE_DEFINE_CONSTANT(constants, SO_ERROR);
#endif
#ifdef SO_TYPE
  NODE_DEFINE_CONSTANT(constants, SO_TYPE);
#endif
#ifdef SO_DOMAIN
  NODE_DEFINE_CONSTANT(constants, SO_DOMAIN);
#endif
#ifdef SO_PROTOCOL
  NODE_DEFINE_CONSTANT(constants, SO_PROTOCOL);
#endif
#ifdef SO_ACCEPTCONN
  NODE_DEFINE_CONSTANT(constants, SO_ACCEPTCONN);
#endif
#ifdef SO_BINDTODEVICE
  NODE_DEFINE_CONSTANT(constants, SO_BINDTODEVICE);
#endif
#ifdef SO_BINDTOIFINDEX
  NODE_DEFINE_CONSTANT(constants, SO_BINDTOIFINDEX);
#endif
#ifdef SO_MARK
  NODE_DEFINE_CONSTANT(constants, SO_MARK);
#endif
#ifdef SO_PRIORITY
  NODE_DEFINE_CONSTANT(constants, SO_PRIORITY);
#endif
#ifdef SO_MAX_PACING_RATE
  NODE_DEFINE_CONSTANT(constants, SO_MAX_PACING_RATE);
#endif
#ifdef SO_INCOMING_CPU
  NODE_DEFINE_CONSTANT(constants, SO_INCOMING_CPU);
#endif
#ifdef SO_INCOMING_NAPI_ID
  NODE_DEFINE_CONSTANT(constants, SO_INCOMING_NAPI_ID);
#endif
#ifdef SO_BUSY_POLL
  NODE_DEFINE_CONSTANT(constants, SO_BUSY_POLL);
#endif
#ifdef SO_BUSY_POLL_BUDGET
  NODE_DEFINE_CONSTANT(constants, SO_BUSY_POLL_BUDGET);
#endif
#ifdef SO_PREFER_BUSY_POLL
  NODE_DEFINE_CONSTANT(constants, SO_PREFER_BUSY_POLL);
#endif
#ifdef SO_ZEROCOPY
  NODE_DEFINE_CONSTANT(constants, SO_ZEROCOPY);
#endif
#ifdef SO_PEERCRED
  NODE_DEFINE_CONSTANT(constants, SO_PEERCRED);
#endif
#ifdef SO_PEERGROUPS
  NODE_DEFINE_CONSTANT(constants, SO_PEERGROUPS);
#endif
#ifdef SO_PEERSEC
  NODE_DEFINE_CONSTANT(constants, SO_PEERSEC);
#endif
#ifdef SO_PASSCRED
  NODE_DEFINE_CONSTANT(constants, SO_PASSCRED);
#endif
#ifdef SO_TIMESTAMP
  NODE_DEFINE_CONSTANT(constants, SO_TIMESTAMP);
#endif
#ifdef SO_TIMESTAMPNS
  NODE_DEFINE_CONSTANT(constants, SO_TIMESTAMPNS);
#endif
#ifdef SO_RXQ_OVFL
  NODE_DEFINE_CONSTANT(constants, SO_RXQ_OVFL);
#endif
#ifdef SO_COOKIE
  NODE_DEFINE_CONSTANT(constants, SO_COOKIE);
#endif
#ifdef SO_MEMINFO
  NODE_DEFINE_CONSTANT(constants, SO_MEMINFO);
#endif
#ifdef SO_OOBINLINE
  NODE_DEFINE_CONSTANT(constants, SO_OOBINLINE);
#endif
#ifdef SO_DONTROUTE
  NODE_DEFINE_CONSTANT(constants, SO_DONTROUTE);
#endif
#ifdef SO_NOSIGPIPE
  NODE_DEFINE_CONSTANT(constants, SO_NOSIGPIPE);
#endif
#ifdef SO_LINGER_SEC
  NODE_DEFINE_CONSTANT(constants, SO_LINGER_SEC);
#endif
#ifdef SO_REUSEPORT_LB
  NODE_DEFINE_CONSTANT(constants, SO_REUSEPORT_LB);
#endif
#ifdef SO_EXCLUSIVEADDRUSE
  NODE_DEFINE_CONSTANT(constants, SO_EXCLUSIVEADDRUSE);
#endif
#ifdef SO_USER_COOKIE
  NODE_DEFINE_CONSTANT(constants, SO_USER_COOKIE);
#endif
#ifdef TCP_NODELAY
  NODE_DEFINE_CONSTANT(constants, TCP_NODELAY);
#endif
#ifdef TCP_CORK
  NODE_DEFINE_CONSTANT(constants, TCP_CORK);
#endif
#ifdef TCP_NOPUSH
  NODE_DEFINE_CONSTANT(constants, TCP_NOPUSH);
#endif
#ifdef TCP_QUICKACK
  NODE_DEFINE_CONSTANT(constants, TCP_QUICKACK);
#endif
#ifdef TCP_KEEPIDLE
  NODE_DEFINE_CONSTANT(constants, TCP_KEEPIDLE);
#endif
#ifdef TCP_KEEPALIVE
  NODE_DEFINE_CONSTANT(constants, TCP_KEEPALIVE);
#endif
#ifdef TCP_KEEPINTVL
  NODE_DEFINE_CONSTANT(constants, TCP_KEEPINTVL);
#endif
#ifdef TCP_KEEPCNT
  NODE_DEFINE_CONSTANT(constants, TCP_KEEPCNT);
#endif
#ifdef TCP_USER_TIMEOUT
  NODE_DEFINE_CONSTANT(constants, TCP_USER_TIMEOUT);
#endif
#ifdef TCP_RXT_CONNDROPTIME
  NODE_DEFINE_CONSTANT(constants, TCP_RXT_CONNDROPTIME);
#endif
#ifdef TCP_CONNECTIONTIMEOUT
  NODE_DEFINE_CONSTANT(constants, TCP_CONNECTIONTIMEOUT);
#endif
#ifdef TCP_CONNECTION_INFO
  NODE_DEFINE_CONSTANT(constants, TCP_CONNECTION_INFO);
#endif
#ifdef TCP_MAXSEG
  NODE_DEFINE_CONSTANT(constants, TCP_MAXSEG);
#endif
#ifdef TCP_MAXRT
  NODE_DEFINE_CONSTANT(constants, TCP_MAXRT);
#endif
#ifdef TCP_SYNCNT
  NODE_DEFINE_CONSTANT(constants, TCP_SYNCNT);
#endif
#ifdef TCP_LINGER2
  NODE_DEFINE_CONSTANT(constants, TCP_LINGER2);
#endif
#ifdef TCP_DEFER_ACCEPT
  NODE_DEFINE_CONSTANT(constants, TCP_DEFER_ACCEPT);
#endif
#ifdef TCP_WINDOW_CLAMP
  NODE_DEFINE_CONSTANT(constants, TCP_WINDOW_CLAMP);
#endif
#ifdef TCP_CONGESTION
  NODE_DEFINE_CONSTANT(constants, TCP_CONGESTION);
#endif
#ifdef TCP_FASTOPEN
  NODE_DEFINE_CONSTANT(constants, TCP_FASTOPEN);
#endif
#ifdef TCP_FASTOPEN_CONNECT
  NODE_DEFINE_CONSTANT(constants, TCP_FASTOPEN_CONNECT);
#endif
#ifdef TCP_FASTOPEN_KEY
  NODE_DEFINE_CONSTANT(constants, TCP_FASTOPEN_KEY);
#endif
#ifdef TCP_FASTOPEN_NO_COOKIE
  NODE_DEFINE_CONSTANT(constants, TCP_FASTOPEN_NO_COOKIE);
#endif
#ifdef TCP_INFO
  NODE_DEFINE_CONSTANT(constants, TCP_INFO);
#endif
#ifdef TCP_CC_INFO
  NODE_DEFINE_CONSTANT(constants, TCP_CC_INFO);
#endif
#ifdef TCP_SAVE_SYN
  NODE_DEFINE_CONSTANT(constants, TCP_SAVE_SYN);
#endif
#ifdef TCP_SAVED_SYN
  NODE_DEFINE_CONSTANT(constants, TCP_SAVED_SYN);
#endif
#ifdef TCP_NOTSENT_LOWAT
  NODE_DEFINE_CONSTANT(constants, TCP_NOTSENT_LOWAT);
#endif
#ifdef TCP_TX_DELAY
  NODE_DEFINE_CONSTANT(constants, TCP_TX_DELAY);
#endif
#ifdef TCP_ULP
  NODE_DEFINE_CONSTANT(constants, TCP_ULP);
#endif
#ifdef TCP_MD5SIG
  NODE_DEFINE_CONSTANT(constants, TCP_MD5SIG);
#endif
#ifdef IP_TOS
  NODE_DEFINE_CONSTANT(constants, IP_TOS);
#endif
#ifdef IP_TTL
  NODE_DEFINE_CONSTANT(constants, IP_TTL);
#endif
#ifdef IP_MINTTL
  NODE_DEFINE_CONSTANT(constants, IP_MINTTL);
#endif
#ifdef IP_MULTICAST_IF
  NODE_DEFINE_CONSTANT(constants, IP_MULTICAST_IF);
#endif
#ifdef IP_MULTICAST_TTL
  NODE_DEFINE_CONSTANT(constants, IP_MULTICAST_TTL);
#endif
#ifdef IP_MULTICAST_LOOP
  NODE_DEFINE_CONSTANT(constants, IP_MULTICAST_LOOP);
#endif
#ifdef IP_ADD_MEMBERSHIP
  NODE_DEFINE_CONSTANT(constants, IP_ADD_MEMBERSHIP);
#endif
#ifdef IP_DROP_MEMBERSHIP
  NODE_DEFINE_CONSTANT(constants, IP_DROP_MEMBERSHIP);
#endif
#ifdef IP_ADD_SOURCE_MEMBERSHIP
  NODE_DEFINE_CONSTANT(constants, IP_ADD_SOURCE_MEMBERSHIP);
#endif
#ifdef IP_DROP_SOURCE_MEMBERSHIP
  NODE_DEFINE_CONSTANT(constants, IP_DROP_SOURCE_MEMBERSHIP);
#endif
#ifdef IP_FREEBIND
  NODE_DEFINE_CONSTANT(constants, IP_FREEBIND);
#endif
#ifdef IP_TRANSPARENT
  NODE_DEFINE_CONSTANT(constants, IP_TRANSPARENT);
#endif
#ifdef IP_BIND_ADDRESS_NO_PORT
  NODE_DEFINE_CONSTANT(constants, IP_BIND_ADDRESS_NO_PORT);
#endif
#ifdef IP_LOCAL_PORT_RANGE
  NODE_DEFINE_CONSTANT(constants, IP_LOCAL_PORT_RANGE);
#endif
#ifdef IP_MTU
  NODE_DEFINE_CONSTANT(constants, IP_MTU);
#endif
#ifdef IP_MTU_DISCOVER
  NODE_DEFINE_CONSTANT(constants, IP_MTU_DISCOVER);
#endif
#ifdef IP_PKTINFO
  NODE_DEFINE_CONSTANT(constants, IP_PKTINFO);
#endif
#ifdef IP_RECVTOS
  NODE_DEFINE_CONSTANT(constants, IP_RECVTOS);
#endif
#ifdef IP_RECVTTL
  NODE_DEFINE_CONSTANT(constants, IP_RECVTTL);
#endif
#ifdef IP_RECVERR
  NODE_DEFINE_CONSTANT(constants, IP_RECVERR);
#endif
#ifdef IP_MULTICAST_ALL
  NODE_DEFINE_CONSTANT(constants, IP_MULTICAST_ALL);
#endif
#ifdef IP_BOUND_IF
  NODE_DEFINE_CONSTANT(constants, IP_BOUND_IF);
#endif
#ifdef IP_UNICAST_IF
  NODE_DEFINE_CONSTANT(constants, IP_UNICAST_IF);
#endif
#ifdef IP_BINDANY
  NODE_DEFINE_CONSTANT(constants, IP_BINDANY);
#endif
#ifdef IP_DONTFRAG
  NODE_DEFINE_CONSTANT(constants, IP_DONTFRAG);
#endif
#ifdef IP_DONTFRAGMENT
  NODE_DEFINE_CONSTANT(constants, IP_DONTFRAGMENT);
#endif
#ifdef IPV6_V6ONLY
  NODE_DEFINE_CONSTANT(constants, IPV6_V6ONLY);
#endif
#ifdef IPV6_UNICAST_HOPS
  NODE_DEFINE_CONSTANT(constants, IPV6_UNICAST_HOPS);
#endif
#ifdef IPV6_MINHOPCOUNT
  NODE_DEFINE_CONSTANT(constants, IPV6_MINHOPCOUNT);
#endif
#ifdef IPV6_MULTICAST_IF
  NODE_DEFINE_CONSTANT(constants, IPV6_MULTICAST_IF);
#endif
#ifdef IPV6_MULTICAST_HOPS
  NODE_DEFINE_CONSTANT(constants, IPV6_MULTICAST_HOPS);
#endif
#ifdef IPV6_MULTICAST_LOOP
  NODE_DEFINE_CONSTANT(constants, IPV6_MULTICAST_LOOP);
#endif
#ifdef IPV6_MULTICAST_ALL
  NODE_DEFINE_CONSTANT(constants, IPV6_MULTICAST_ALL);
#endif
#ifdef IPV6_JOIN_GROUP
  NODE_DEFINE_CONSTANT(constants, IPV6_JOIN_GROUP);
#endif
#ifdef IPV6_LEAVE_GROUP
  NODE_DEFINE_CONSTANT(constants, IPV6_LEAVE_GROUP);
#endif
#ifdef IPV6_TCLASS
  NODE_DEFINE_CONSTANT(constants, IPV6_TCLASS);
#endif
#ifdef IPV6_AUTOFLOWLABEL
  NODE_DEFINE_CONSTANT(constants, IPV6_AUTOFLOWLABEL);
#endif
#ifdef IPV6_MTU
  NODE_DEFINE_CONSTANT(constants, IPV6_MTU);
#endif
#ifdef IPV6_MTU_DISCOVER
  NODE_DEFINE_CONSTANT(constants, IPV6_MTU_DISCOVER);
#endif
#ifdef IPV6_RECVPKTINFO
  NODE_DEFINE_CONSTANT(constants, IPV6_RECVPKTINFO);
#endif
#ifdef IPV6_RECVHOPLIMIT
  NODE_DEFINE_CONSTANT(constants, IPV6_RECVHOPLIMIT);
#endif
#ifdef IPV6_RECVTCLASS
  NODE_DEFINE_CONSTANT(constants, IPV6_RECVTCLASS);
#endif
#ifdef IPV6_RECVERR
  NODE_DEFINE_CONSTANT(constants, IPV6_RECVERR);
#endif
#ifdef IPV6_FREEBIND
  NODE_DEFINE_CONSTANT(constants, IPV6_FREEBIND);
#endif
#ifdef IPV6_TRANSPARENT
  NODE_DEFINE_CONSTANT(constants, IPV6_TRANSPARENT);
#endif
#ifdef IPV6_DONTFRAG
  NODE_DEFINE_CONSTANT(constants, IPV6_DONTFRAG);
#endif
#ifdef IPV6_BOUND_IF
  NODE_DEFINE_CONSTANT(constants, IPV6_BOUND_IF);
#endif
#ifdef IPV6_UNICAST_IF
  NODE_DEFINE_CONSTANT(constants, IPV6_UNICAST_IF);
#endif
#ifdef UDP_SEGMENT
  NODE_DEFINE_CONSTANT(constants, UDP_SEGMENT);
#endif
#ifdef UDP_GRO
  NODE_DEFINE_CONSTANT(constants, UDP_GRO);
#endif
#ifdef UDP_CORK
  NODE_DEFINE_CONSTANT(constants, UDP_CORK);
#endif

  // Freeze the object, because programs can reach the binding before net.js
  // does.
  constants->SetIntegrityLevel(context, IntegrityLevel::kFrozen).Check();
  target
      ->DefineOwnProperty(context,
                          FIXED_ONE_BYTE_STRING(isolate, "socketConstants"),
                          constants,
                          static_cast<PropertyAttribute>(ReadOnly | DontDelete))
      .Check();

  socket_structs::Initialize(context, target);
}

void RegisterExternalReferences(ExternalReferenceRegistry* registry) {
  registry->Register(SetSocketOption);
  registry->Register(SetSocketOptionBytes);
  registry->Register(GetSocketOption);
  registry->Register(GetSocketOptionBytes);
  RegisterFast(registry, fast_set_socket_option, 0);
  RegisterFast(registry, fast_get_socket_option, 0);
  socket_creation::RegisterExternalReferences(registry);
  socket_structs::RegisterExternalReferences(registry);
}

}  // namespace socket_options
}  // namespace node
