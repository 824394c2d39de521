#include "socket_factory.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#ifndef _WIN32
#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>
#endif

#ifdef __linux__
#include <sched.h>
#include "socket_diag.h"
#endif

namespace node {
namespace socket_factory {

#ifdef __linux__
using socket_diag::FindInactive;
#endif

namespace {

// Like libuv: SO_REUSEPORT only where the system distributes connections. On
// other systems, one socket would get all of them.
#if defined(__FreeBSD__) && defined(SO_REUSEPORT_LB)
#define BALANCING_OPTION SO_REUSEPORT_LB
#elif defined(SO_REUSEPORT) &&                                                 \
    (defined(__linux__) || defined(__DragonFly__) || defined(_AIX) ||          \
     defined(__sun))
#define BALANCING_OPTION SO_REUSEPORT
#endif

int SetFlag(socket_t socket, int level, int optname, int value) {
  return system_socket::SetOption(
      socket, level, optname, &value, sizeof(value));
}

// Sets what |terms| asks for, before bind(2).
int SetTerms(socket_t socket, int type, uint32_t terms) {
  int err = 0;
#ifdef _WIN32
  // On Windows, SO_REUSEADDR would take addresses away from other sockets.
  if (terms & kExclusive) {
    err = SetFlag(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, 1);
  }
#else
  if (terms & kReuseAddress) {
    int optname = SO_REUSEADDR;
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) ||       \
    defined(__OpenBSD__)
    // On these systems, SO_REUSEPORT is the option that lets datagram sockets
    // share an address, see setsockopt(2).
    if (type == SOCK_DGRAM) optname = SO_REUSEPORT;
#endif
    err = SetFlag(socket, SOL_SOCKET, optname, 1);
  }
#endif
  if (err == 0 && (terms & kReusePort) != 0) {
#ifdef BALANCING_OPTION
    err = SetFlag(socket, SOL_SOCKET, BALANCING_OPTION, 1);
#else
    err = UV_ENOTSUP;
#endif
  }
  // OpenBSD has no dual-stack sockets and, according to ip6(4), does not allow
  // setting the option.
#ifndef __OpenBSD__
  if (err == 0 && (terms & (kIpv6Only | kDualStack)) != 0) {
    int value = (terms & kIpv6Only) != 0;
    err = SetFlag(socket, IPPROTO_IPV6, IPV6_V6ONLY, value);
  }
#endif
  return err;
}

// uv_udp_open() sets SO_REUSEADDR, or SO_REUSEPORT on macOS and most BSDs, so
// that others could bind the address. Restore the previous values.
int OpenDatagram(uv_udp_t* handle, socket_t socket) {
#ifdef _WIN32
  return uv_udp_open(handle, socket);
#else
  static constexpr int kNames[] = {SO_REUSEADDR, SO_REUSEPORT};
  constexpr size_t kCount = sizeof(kNames) / sizeof(kNames[0]);
  int values[kCount];
  for (size_t i = 0; i < kCount; i++) {
    socklen_t length = sizeof(values[i]);
    if (getsockopt(socket, SOL_SOCKET, kNames[i], &values[i], &length) != 0) {
      return LastError();
    }
  }
  int err = uv_udp_open(handle, socket);
  if (err != 0) return err;
  for (size_t i = 0; i < kCount; i++) {
    if (values[i] == 0) SetFlag(socket, SOL_SOCKET, kNames[i], 0);
  }
  return 0;
#endif
}

int BindTo(socket_t socket, const sockaddr* addr) {
  socklen_t length = sizeof(sockaddr_in);
  if (addr->sa_family == AF_INET6) length = sizeof(sockaddr_in6);
  int result = ::bind(socket, addr, length);
  return result == 0 ? 0 : LastError();
}

#ifdef __linux__
// Binds to an address that former connections still have, as a server can. The
// system lets one socket listen, and from then on, nobody can be bound; but
// somebody who does not listen may be bound already, and must not be kept from
// listening either. Whoever connects in that instant is reset.
int BindOverConnections(socket_t socket, const sockaddr* addr) {
  if (FindInactive(socket, addr).has_other) return UV_EADDRINUSE;
  int err = SetFlag(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  if (err == 0) err = BindTo(socket, addr);
  if (err == 0 && !FindInactive(socket, addr).has_own) err = UV_EADDRINUSE;
  if (err == 0 && listen(socket, 0) != 0) err = LastError();
  if (err == 0) err = SetFlag(socket, SOL_SOCKET, SO_REUSEADDR, 0);
  if (err == 0 && shutdown(socket, SHUT_RD) != 0) err = LastError();
  if (err != 0) return err;
  // Others that have got as far as that can only fail, and are about to close.
  for (int tries = 0; tries < 50; tries++) {
    if (!FindInactive(socket, addr).has_other) return 0;
    sched_yield();
  }
  return UV_EADDRINUSE;
}
#endif

}  // namespace

void OwnedSocket::reset(socket_t socket) {
  if (socket_ != kNoSocket) {
#ifdef _WIN32
    closesocket(socket_);
#else
    close(socket_);
#endif
  }
  socket_ = socket;
}

int Create(int family, int type, uint32_t terms, OwnedSocket* out) {
#ifdef _WIN32
  OwnedSocket socket(
      WSASocketW(family,
                 type,
                 0,
                 nullptr,
                 0,
                 WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
  if (socket.empty()) return LastError();
#elif defined(SOCK_CLOEXEC)
  OwnedSocket socket(::socket(family, type | SOCK_CLOEXEC, 0));
  if (socket.empty()) return LastError();
#else
  OwnedSocket socket(::socket(family, type, 0));
  if (socket.empty()) return LastError();
  if (fcntl(socket.get(), F_SETFD, FD_CLOEXEC) == -1) return LastError();
#endif
#ifdef SO_NOSIGPIPE
  int err = SetFlag(socket.get(), SOL_SOCKET, SO_NOSIGPIPE, 1);
  if (err != 0) return err;
#endif
  *out = std::move(socket);
  return SetTerms(out->get(), type, terms);
}

int BindOnTerms(socket_t socket,
                int type,
                const sockaddr* addr,
                uint32_t terms) {
  int err = BindTo(socket, addr);
#ifdef __linux__
  if (err == UV_EADDRINUSE && type == SOCK_STREAM && (terms & kExclusive)) {
    err = BindOverConnections(socket, addr);
  }
#endif
  return err;
}

void PrepareListen(socket_t socket) {
#ifdef __linux__
  // With SO_REUSEADDR, only a socket that listens keeps others out, so it comes
  // second. Where former connections remain, this listen(2) fails.
  listen(socket, 0);
  SetFlag(socket, SOL_SOCKET, SO_REUSEADDR, 1);
#endif
}

int Bind(int type, const sockaddr* addr, uint32_t terms, OwnedSocket* out) {
  OwnedSocket socket;
  int err = Create(addr->sa_family, type, terms, &socket);
  if (err == 0) err = BindOnTerms(socket.get(), type, addr, terms);
  if (err == 0) *out = std::move(socket);
  return err;
}

int Duplicate(socket_t socket, OwnedSocket* out) {
#ifdef _WIN32
  WSAPROTOCOL_INFOW info;
  if (WSADuplicateSocketW(socket, GetCurrentProcessId(), &info) != 0) {
    return LastError();
  }
  OwnedSocket duplicate(
      WSASocketW(FROM_PROTOCOL_INFO,
                 FROM_PROTOCOL_INFO,
                 FROM_PROTOCOL_INFO,
                 &info,
                 0,
                 WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT));
#else
  OwnedSocket duplicate(fcntl(socket, F_DUPFD_CLOEXEC, 0));
#endif
  if (duplicate.empty()) return LastError();
  *out = std::move(duplicate);
  return 0;
}

int ToAddress(const char* host, int port, sockaddr_storage* out) {
  int err = uv_ip4_addr(host, port, reinterpret_cast<sockaddr_in*>(out));
  if (err == 0) return 0;
  return uv_ip6_addr(host, port, reinterpret_cast<sockaddr_in6*>(out));
}

int Open(uv_handle_t* handle, OwnedSocket* socket) {
  int err;
  switch (handle->type) {
    case UV_TCP:
      err = uv_tcp_open(reinterpret_cast<uv_tcp_t*>(handle), socket->get());
      break;
    case UV_UDP:
      err = OpenDatagram(reinterpret_cast<uv_udp_t*>(handle), socket->get());
      break;
#ifndef _WIN32
    case UV_NAMED_PIPE:
      err = uv_pipe_open(reinterpret_cast<uv_pipe_t*>(handle), socket->get());
      break;
#endif
    default:
      err = UV_ENOTSUP;
  }
  if (err == 0) socket->release();
  return err;
}

}  // namespace socket_factory
}  // namespace node
