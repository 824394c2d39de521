#ifndef SRC_DATAGRAM_MESSAGES_H_
#define SRC_DATAGRAM_MESSAGES_H_

#if defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#ifdef __APPLE__
// Otherwise <netinet6/in6.h> hides IPV6_PKTINFO and others. This file has to
// come before any that includes it.
#define __APPLE_USE_RFC_3542
#endif

#include <cerrno>
#include <cstddef>
#include "base_object-inl.h"
#include "socket_options.h"
#include "system_socket.h"
#include "udp_wrap.h"
#include "uv.h"
#include "v8.h"

#ifndef _WIN32
#include <netinet/in.h>
#include <sys/socket.h>
#endif

namespace node {

// What receiving and sending datagrams with control messages have in common.
namespace datagram_messages {

using system_socket::LastError;
using system_socket::socket_t;

// Gets what a method of UDPWrap was called on. If there is no such socket,
// returns false, and the method returns an error code to JavaScript.
inline bool GetUdp(const v8::FunctionCallbackInfo<v8::Value>& args,
                   UDPWrap** udp,
                   socket_t* socket) {
  ASSIGN_OR_RETURN_UNWRAP(
      udp, args.This(), (args.GetReturnValue().Set(UV_EBADF), false));
#ifdef _WIN32
  args.GetReturnValue().Set(UV_ENOTSUP);
  return false;
#else
  if (socket_options::GetSocket(*udp, socket) == 0) return true;
  args.GetReturnValue().Set(UV_EBADF);
  return false;
#endif
}

#ifndef _WIN32

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

#ifdef __linux__

// Older headers have neither UDP_SEGMENT nor UDP_GRO.
constexpr int kUdpSegment = 103;
constexpr int kUdpGro = 104;

using Message = mmsghdr;

template <typename Call>
int UntilUninterrupted(Call call) {
  int result;
  do {
    result = call();
  } while (result < 0 && errno == EINTR);
  return result < 0 ? LastError() : result;
}

#else

struct Message {
  msghdr msg_hdr;
  size_t msg_len;
};

template <typename Call>
int OneByOne(Message* messages, size_t count, Call call) {
  size_t done = 0;
  while (done < count) {
    ssize_t length = call(&messages[done].msg_hdr);
    if (length >= 0) {
      messages[done++].msg_len = length;
    } else if (errno != EINTR) {
      if (done == 0) return LastError();
      break;
    }
  }
  return static_cast<int>(done);
}

#endif  // __linux__

// Both return how many messages were received or sent, at least one, or a
// libuv error code.
inline int Receive(socket_t socket, Message* messages, size_t count) {
#ifdef __linux__
  return UntilUninterrupted(
      [=] { return recvmmsg(socket, messages, count, MSG_DONTWAIT, nullptr); });
#else
  return OneByOne(messages, count, [=](msghdr* header) {
    return recvmsg(socket, header, MSG_DONTWAIT);
  });
#endif
}

inline int Send(socket_t socket, Message* messages, size_t count) {
#ifdef __linux__
  return UntilUninterrupted(
      [=] { return sendmmsg(socket, messages, count, MSG_DONTWAIT); });
#else
  return OneByOne(messages, count, [=](msghdr* header) {
    return sendmsg(socket, header, MSG_DONTWAIT);
  });
#endif
}

#endif  // _WIN32

}  // namespace datagram_messages
}  // namespace node

#endif  // defined(NODE_WANT_INTERNALS) && NODE_WANT_INTERNALS

#endif  // SRC_DATAGRAM_MESSAGES_H_
