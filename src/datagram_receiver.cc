#include "datagram_receiver.h"
#include "datagram_messages.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>
#include "async_wrap-inl.h"
#include "env-inl.h"
#include "node_external_reference.h"
#include "socket_constants.h"
#include "socket_options.h"
#include "udp_wrap.h"
#include "util-inl.h"
#include "uv.h"

#ifndef _WIN32
#include <net/if.h>
#include <netinet/udp.h>
#include <sys/time.h>
#if !defined(IP_PKTINFO) && defined(IP_RECVIF)
#include <net/if_dl.h>
#endif
#endif

#ifdef __linux__
#include <linux/errqueue.h>
#endif

namespace node {
namespace datagram_receiver {

using datagram_messages::GetUdp;
using socket_constants::DefineFrozen;
using socket_options::GetSocket;
using socket_options::kClosed;
using socket_options::kUnserved;
using system_socket::socket_t;
using v8::Array;
using v8::ArrayBuffer;
using v8::ArrayBufferView;
using v8::BackingStore;
using v8::Context;
using v8::Float64Array;
using v8::Function;
using v8::FunctionCallbackInfo;
using v8::FunctionTemplate;
using v8::Global;
using v8::HandleScope;
using v8::Int32;
using v8::Integer;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::String;
using v8::Uint32;
using v8::Undefined;
using v8::Value;

namespace {

// What can be asked for. Keep the order in sync with kItemNames.
enum Item : uint32_t {
  kLocalAddress = 1,
  kInterfaceIndex = 2,
  kTtl = 4,
  kTos = 8,
  kTimestamp = 16,
  kSegmentSize = 32,
  kDropped = 64,
  kTruncated = 128,
  kErrors = 256,
};

constexpr const char* kItemNames[] = {
    "localAddress",
    "interfaceIndex",
    "ttl",
    "tos",
    "timestamp",
    "segmentSize",
    "dropped",
    "truncated",
    "errors",
};

#ifndef _WIN32

using datagram_messages::Address;
using datagram_messages::Message;
using system_socket::LastError;

// Linux has an option for each address family that a socket serves. The BSDs
// have no structure with both the address and the interface for IPv4.
struct ItemOption {
  uint32_t items;
  int family;
  int level;
  int optname;
};

constexpr ItemOption kItemOptions[] = {
#ifdef IP_PKTINFO
#ifdef IP_RECVPKTINFO
    {kLocalAddress | kInterfaceIndex, AF_INET, IPPROTO_IP, IP_RECVPKTINFO},
#else
    {kLocalAddress | kInterfaceIndex, AF_INET, IPPROTO_IP, IP_PKTINFO},
#endif
#else
#ifdef IP_RECVDSTADDR
    {kLocalAddress, AF_INET, IPPROTO_IP, IP_RECVDSTADDR},
#endif
#ifdef IP_RECVIF
    {kInterfaceIndex, AF_INET, IPPROTO_IP, IP_RECVIF},
#endif
#endif
    {kLocalAddress | kInterfaceIndex, AF_INET6, IPPROTO_IPV6, IPV6_RECVPKTINFO},
#ifdef IP_RECVTTL
    {kTtl, AF_INET, IPPROTO_IP, IP_RECVTTL},
#endif
    {kTtl, AF_INET6, IPPROTO_IPV6, IPV6_RECVHOPLIMIT},
#ifdef IP_RECVTOS
    {kTos, AF_INET, IPPROTO_IP, IP_RECVTOS},
#endif
    {kTos, AF_INET6, IPPROTO_IPV6, IPV6_RECVTCLASS},
#ifdef SO_TIMESTAMPNS
    {kTimestamp, AF_UNSPEC, SOL_SOCKET, SO_TIMESTAMPNS},
#else
    {kTimestamp, AF_UNSPEC, SOL_SOCKET, SO_TIMESTAMP},
#endif
#ifdef __linux__
    {kSegmentSize, AF_UNSPEC, IPPROTO_UDP, datagram_messages::kUdpGro},
    {kErrors, AF_INET, IPPROTO_IP, IP_RECVERR},
    {kErrors, AF_INET6, IPPROTO_IPV6, IPV6_RECVERR},
#endif
#ifdef SO_RXQ_OVFL
    {kDropped, AF_UNSPEC, SOL_SOCKET, SO_RXQ_OVFL},
#endif
};

constexpr uint32_t SupportedItems() {
  // Every system says what it has cut off.
  uint32_t ipv4 = kTruncated;
  for (const ItemOption& option : kItemOptions) {
    if (option.family != AF_INET6) ipv4 |= option.items;
  }
  return ipv4;
}

// Turns the options for |items| on. They stay on: other handles, threads and
// processes may have the socket as well. A socket for IPv6 may receive IPv4 as
// well, whose options need not exist for it.
int RequestItems(socket_t socket, int family, uint32_t items) {
  constexpr int kOn = 1;
  for (const ItemOption& option : kItemOptions) {
    if ((option.items & items) == 0) continue;
    if (option.family == AF_INET6 && family == AF_INET) continue;
    // IPV6_RECVPKTINFO is for IPv4, too.
    if (option.family == AF_INET && family == AF_INET6 &&
        (option.items & (kLocalAddress | kInterfaceIndex)) != 0) {
      continue;
    }
    bool is_needed = option.family == AF_UNSPEC || option.family == family;
    if (setsockopt(socket, option.level, option.optname, &kOn, sizeof(kOn)) !=
            0 &&
        is_needed) {
      return LastError();
    }
  }
  return 0;
}

constexpr size_t kBatch = 32;
constexpr size_t kLargest = 65536;
constexpr size_t kControlSize = 512;

struct Control {
  alignas(cmsghdr) char data[kControlSize];
};

// What the kernel writes to. Only pages that it has written to take memory.
struct Batch {
  Message messages[kBatch] = {};
  iovec vectors[kBatch];
  Address peers[kBatch];
  Control controls[kBatch];
  char data[kBatch][kLargest];
  size_t used = kBatch;

  Batch() {
    for (size_t i = 0; i < kBatch; i++) {
      vectors[i] = {data[i], kLargest};
      msghdr& header = messages[i].msg_hdr;
      header.msg_name = &peers[i];
      header.msg_iov = &vectors[i];
      header.msg_iovlen = 1;
      header.msg_control = controls[i].data;
    }
  }

  // Returns the number of datagrams or a libuv error code.
  int Receive(socket_t socket) {
    // The kernel has written to these.
    for (size_t i = 0; i < used; i++) {
      msghdr& header = messages[i].msg_hdr;
      header.msg_namelen = sizeof(peers[i]);
      header.msg_controllen = kControlSize;
      header.msg_flags = 0;
    }
    int count = datagram_messages::Receive(socket, messages, kBatch);
    used = std::max(count, 0);
    return count;
  }
};

// Every datagram that is received in a thread passes through this. It is empty
// while in use, in case that a callback runs the event loop.
thread_local std::unique_ptr<Batch> spare_batch;

// What is passed to JavaScript in an array. Keep this list in sync with
// lib/internal/dgram_message_info.js.
enum Field {
  kItemsField,
  kPortField,
  kFamilyField,
  kInterfaceIndexField,
  kTtlField,
  kTosField,
  kTimestampField,  // An int64.
  kSegmentSizeField,
  kDroppedField,
  kTruncatedField,
  kMtuField,
  kFieldCount,
};

// What control messages say of a datagram.
struct Info {
  Address local = {};
  int interface_index = -1;
  int ttl = -1;
  int tos = -1;
  int64_t timestamp = -1;
  size_t segment_size = 0;
  uint32_t dropped = 0;
#ifdef __linux__
  sock_extended_err error = {};
  Address offender = {};
#endif
};

template <typename T>
bool Load(const cmsghdr* message, T* out) {
  if (message->cmsg_len < CMSG_LEN(sizeof(*out))) return false;
  memcpy(out, CMSG_DATA(message), sizeof(*out));
  return true;
}

// Systems differ in the size of small numbers.
void LoadNumber(const cmsghdr* message, int* out) {
  unsigned char byte;
  if (!Load(message, out) && Load(message, &byte)) *out = byte;
}

void LoadTime(const timespec& time, int64_t* out) {
  *out = int64_t{time.tv_sec} * 1000000000 + time.tv_nsec;
}

#ifdef __linux__
void LoadError(const cmsghdr* message, Info* info) {
  if (!Load(message, &info->error)) return;
  // The address of who has sent the error comes after it.
  size_t length = message->cmsg_len - CMSG_LEN(sizeof(info->error));
  memcpy(&info->offender,
         CMSG_DATA(message) + sizeof(info->error),
         std::min(length, sizeof(info->offender)));
}
#endif

void LoadIPv4(const cmsghdr* message, Info* info) {
  switch (message->cmsg_type) {
#ifdef IP_PKTINFO
    case IP_PKTINFO: {
      in_pktinfo packet;
      if (!Load(message, &packet)) break;
      info->local.v4.sin_family = AF_INET;
      info->local.v4.sin_addr = packet.ipi_addr;
      info->interface_index = packet.ipi_ifindex;
      break;
    }
#else
#ifdef IP_RECVDSTADDR
    case IP_RECVDSTADDR:
      if (Load(message, &info->local.v4.sin_addr)) {
        info->local.v4.sin_family = AF_INET;
      }
      break;
#endif
#ifdef IP_RECVIF
    case IP_RECVIF: {
      // The name that follows in it is of any length.
      auto link = reinterpret_cast<const sockaddr_dl*>(CMSG_DATA(message));
      info->interface_index = link->sdl_index;
      break;
    }
#endif
#endif
#ifdef __linux__
    case IP_TTL:
      LoadNumber(message, &info->ttl);
      break;
    case IP_TOS:
      LoadNumber(message, &info->tos);
      break;
    case IP_RECVERR:
      LoadError(message, info);
      break;
#else
#ifdef IP_RECVTTL
    case IP_RECVTTL:
      LoadNumber(message, &info->ttl);
      break;
#endif
#ifdef IP_RECVTOS
    case IP_RECVTOS:
      LoadNumber(message, &info->tos);
      break;
#endif
#endif
  }
}

void LoadIPv6(const cmsghdr* message, Info* info) {
  switch (message->cmsg_type) {
    case IPV6_PKTINFO: {
      in6_pktinfo packet;
      if (!Load(message, &packet)) break;
      info->local.v6.sin6_family = AF_INET6;
      info->local.v6.sin6_addr = packet.ipi6_addr;
      info->local.v6.sin6_scope_id = packet.ipi6_ifindex;
      info->interface_index = static_cast<int>(packet.ipi6_ifindex);
      break;
    }
    case IPV6_HOPLIMIT:
      LoadNumber(message, &info->ttl);
      break;
    case IPV6_TCLASS:
      LoadNumber(message, &info->tos);
      break;
#ifdef __linux__
    case IPV6_RECVERR:
      LoadError(message, info);
      break;
#endif
  }
}

void LoadSocket(const cmsghdr* message, Info* info) {
  switch (message->cmsg_type) {
#ifdef SCM_TIMESTAMPNS
    case SCM_TIMESTAMPNS: {
      timespec time;
      if (Load(message, &time)) LoadTime(time, &info->timestamp);
      break;
    }
#endif
    case SCM_TIMESTAMP: {
      timeval time;
      if (!Load(message, &time)) break;
      LoadTime({time.tv_sec, time.tv_usec * 1000}, &info->timestamp);
      break;
    }
#ifdef SCM_TIMESTAMPING
    case SCM_TIMESTAMPING: {
      // Of software, which comes first. Zero means that there is none.
      timespec time;
      if (info->timestamp < 0 && Load(message, &time) && time.tv_sec != 0) {
        LoadTime(time, &info->timestamp);
      }
      break;
    }
#endif
#ifdef SO_RXQ_OVFL
    case SO_RXQ_OVFL:
      Load(message, &info->dropped);
      break;
#endif
  }
}

Info LoadInfo(msghdr* header) {
  Info info;
  for (cmsghdr* message = CMSG_FIRSTHDR(header); message != nullptr;
       message = CMSG_NXTHDR(header, message)) {
    switch (message->cmsg_level) {
      case IPPROTO_IP:
        LoadIPv4(message, &info);
        break;
      case IPPROTO_IPV6:
        LoadIPv6(message, &info);
        break;
      case SOL_SOCKET:
        LoadSocket(message, &info);
        break;
#ifdef __linux__
      case IPPROTO_UDP: {
        int size = 0;
        // Other programs may set it, too.
        if (message->cmsg_type == datagram_messages::kUdpGro &&
            Load(message, &size) && size > 0) {
          info.segment_size = size;
        }
        break;
      }
#endif
    }
  }
  return info;
}

int FamilyOf(const Address& address) {
  return address.any.sa_family == AF_INET ? 4 : 6;
}

int PortOf(const Address& address) {
  return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port
                                                : address.v6.sin6_port);
}

// A message, or a segment of one.
struct Piece {
  const char* data;
  size_t size;
  const Address* peer;
  bool is_truncated;
};

// What is left of the batch that is being passed to JavaScript, and what the
// control messages of its present message say.
struct Rest {
  Batch* batch = nullptr;
  size_t count = 0;
  size_t index = 0;
  size_t offset = 0;
  Info info = {};

  // Goes on to the next message, or segment of one. Returns false at the end.
  bool Next(Piece* piece, bool is_split) {
    if (index == count) return false;
    Message& message = batch->messages[index];
    if (offset == 0) info = LoadInfo(&message.msg_hdr);
    piece->data = batch->data[index] + offset;
    piece->size = message.msg_len - offset;
    piece->peer = &batch->peers[index];
    piece->is_truncated = (message.msg_hdr.msg_flags & MSG_TRUNC) != 0;
    if (is_split && info.segment_size > 0) {
      piece->size = std::min(piece->size, info.segment_size);
    }
    offset += piece->size;
    if (offset == message.msg_len) {
      index++;
      offset = 0;
    }
    return true;
  }
};

// Reads the datagrams of a UDPWrap in its place.
class Receiver final : public UDPListener {
 public:
  Receiver(UDPWrap* udp,
           std::shared_ptr<BackingStore> fields,
           Local<Function> on_message,
           Local<Function> on_error)
      : udp_(udp),
        fields_(std::move(fields)),
        on_message_(udp->env()->isolate(), on_message),
        on_error_(udp->env()->isolate(), on_error) {}

  void set_items(uint32_t items) { items_ = items; }
  uint32_t items() const { return items_; }

  // libuv asks for memory when there is something to read. Without any, it
  // calls OnRecv() once and reads nothing.
  uv_buf_t OnAlloc(size_t suggested_size) override {
    return uv_buf_init(nullptr, 0);
  }

  void OnRecv(ssize_t nread,
              const uv_buf_t& buf,
              const sockaddr* addr,
              unsigned int flags) override {
    socket_t socket;
    if (GetSocket(udp_, &socket) != 0) return;
    Isolate* isolate = udp_->env()->isolate();
    HandleScope handle_scope(isolate);
    Context::Scope context_scope(udp_->env()->context());
    BaseObjectPtr<UDPWrap> keep(udp_);
    std::unique_ptr<Batch> batch = std::move(spare_batch);
    if (batch == nullptr) batch.reset(new Batch);
    int count = batch->Receive(socket);
    // A callback may run the event loop.
    Rest outer = std::exchange(
        rest_, {batch.get(), static_cast<size_t>(std::max(count, 0))});
    // Without a datagram, the error queue is why the loop has woken up.
    bool has_errors =
        (count < 0 || (items_ & kErrors) != 0) && ReadErrorQueue(socket);
    if (count >= 0) {
      EmitRest();
    } else if (count != UV_EAGAIN && !has_errors) {
      Local<Value> argv[] = {Integer::New(isolate, count), udp_->object()};
      udp_->MakeCallback(
          udp_->env()->onmessage_string(), arraysize(argv), argv);
    }
    rest_ = outer;
    spare_batch = std::move(batch);
#ifdef __linux__
    // libuv 1.53.0 may ask once more, for the error queue, after the socket has
    // been closed in a callback. It then must not find a null pointer.
    uv_udp_t* handle = udp_->GetLibuvHandle();
    if (handle->recv_cb == nullptr) {
      handle->alloc_cb = [](uv_handle_t*, size_t, uv_buf_t* buf) {
        *buf = uv_buf_init(nullptr, 0);
      };
      handle->recv_cb = [](uv_udp_t*,
                           ssize_t,
                           const uv_buf_t*,
                           const sockaddr*,
                           unsigned int){};
    }
#endif
  }

  // Returns what has been read and was not passed to JavaScript yet, for a
  // socket that has asked for nothing: memory, address, family and port of each
  // message.
  Local<Array> GetUnread() {
    Isolate* isolate = udp_->env()->isolate();
    std::vector<Local<Value>> values;
    Rest rest = rest_;
    Piece piece;
    while (rest.Next(&piece, true)) {
      values.insert(values.end(),
                    {ToMemory(piece),
                     ToString(*piece.peer),
                     Integer::New(isolate, FamilyOf(*piece.peer)),
                     Integer::New(isolate, PortOf(*piece.peer))});
    }
    return Array::New(isolate, values.data(), values.size());
  }

  ReqWrap<uv_udp_send_t>* CreateSendWrap(size_t msg_size) override {
    return udp_->CreateSendWrap(msg_size);
  }

  void OnSendDone(ReqWrap<uv_udp_send_t>* wrap, int status) override {
    udp_->OnSendDone(wrap, status);
  }

 private:
  bool CanEmit() const {
    return !uv_is_closing(udp_->GetHandle()) && udp_->env()->can_call_into_js();
  }

  void SetField(Field field, double value) {
    static_cast<double*>(fields_->Data())[field] = value;
  }

  // Returns undefined if the family is unknown. Servers get many datagrams from
  // few addresses, so that some strings are kept.
  Local<Value> ToString(const Address& address) {
    Isolate* isolate = udp_->env()->isolate();
    std::array<unsigned char, sizeof(in6_addr) + sizeof(uint32_t)> key = {};
    int family = address.any.sa_family;
    uint32_t scope = 0;
    if (family == AF_INET) {
      // No IPv6 address has this scope.
      scope = UINT32_MAX;
      memcpy(key.data(), &address.v4.sin_addr, sizeof(in_addr));
    } else if (family == AF_INET6) {
      if (IN6_IS_ADDR_LINKLOCAL(&address.v6.sin6_addr)) {
        scope = address.v6.sin6_scope_id;
      }
      memcpy(key.data(), &address.v6.sin6_addr, sizeof(in6_addr));
    } else {
      return Undefined(isolate);
    }
    memcpy(key.data() + sizeof(in6_addr), &scope, sizeof(scope));
    uint32_t hash = 0;
    for (unsigned char byte : key) hash = hash * 31 + byte;
    Kept& kept = kept_[hash % kept_.size()];
    if (!kept.text.IsEmpty() && kept.key == key) return kept.text.Get(isolate);

    char text[INET6_ADDRSTRLEN + 1 + UV_IF_NAMESIZE];
    const void* bytes = &address.v4.sin_addr;
    if (family == AF_INET6) bytes = &address.v6.sin6_addr;
    uv_inet_ntop(family, bytes, text, sizeof(text));
    if (family == AF_INET6 && scope > 0) {
      size_t length = strlen(text);
      text[length++] = '%';
      size_t rest = sizeof(text) - length;
      // The interface may be gone.
      if (uv_if_indextoiid(scope, text + length, &rest) != 0) {
        text[length - 1] = '\0';
      }
    }
    Local<String> string = OneByteString(isolate, text);
    kept.key = key;
    kept.text.Reset(isolate, string);
    return string;
  }

  void SetPeer(const Address& peer) {
    SetField(kPortField, PortOf(peer));
    SetField(kFamilyField, FamilyOf(peer));
  }

  void SetInfo(const Info& info, bool is_truncated) {
    SetField(kInterfaceIndexField, info.interface_index);
    SetField(kTtlField, info.ttl);
    SetField(kTosField, info.tos);
    memcpy(static_cast<double*>(fields_->Data()) + kTimestampField,
           &info.timestamp,
           sizeof(info.timestamp));
    SetField(kDroppedField, info.dropped);
    SetField(kTruncatedField, is_truncated);
  }

  // Each message has memory of its own, which can be transferred. JavaScript
  // makes a Buffer of it in a fraction of the time.
  Local<ArrayBuffer> ToMemory(const Piece& piece) {
    Local<ArrayBuffer> memory =
        ArrayBuffer::New(udp_->env()->isolate(), piece.size);
    if (piece.size > 0) memcpy(memory->Data(), piece.data, piece.size);
    return memory;
  }

  void EmitRest() {
    Isolate* isolate = udp_->env()->isolate();
    Local<Function> callback = on_message_.Get(isolate);
    Piece piece;
    while (CanEmit() && rest_.Next(&piece, (items_ & kSegmentSize) == 0)) {
      HandleScope handle_scope(isolate);
      const Info& info = rest_.info;
      Local<Value> address = ToString(*piece.peer);
      Local<Value> local = Undefined(isolate);
      if (items_ & kLocalAddress) local = ToString(info.local);
      // A callback may make other sockets use the fields.
      SetPeer(*piece.peer);
      SetInfo(info, piece.is_truncated);
      SetField(kSegmentSizeField,
               info.segment_size > 0 ? info.segment_size : piece.size);
      SetField(kItemsField, items_);
      Local<Value> argv[] = {ToMemory(piece), address, local};
      udp_->MakeCallback(callback, arraysize(argv), argv);
    }
  }

  // Empties the queue. Returns whether an entry was of an error.
  bool ReadErrorQueue(socket_t socket) {
    bool has_errors = false;
#ifdef __linux__
    Isolate* isolate = udp_->env()->isolate();
    while (CanEmit()) {
      Address peer = {};
      Control control;
      msghdr header = {};
      header.msg_name = &peer;
      header.msg_namelen = sizeof(peer);
      header.msg_control = control.data;
      header.msg_controllen = kControlSize;
      ssize_t length = recvmsg(socket, &header, MSG_ERRQUEUE | MSG_DONTWAIT);
      if (length < 0 && errno == EINTR) continue;
      if (length < 0) break;
      Info info = LoadInfo(&header);
      // Entries of other options, such as timestamps of what was sent, are no
      // errors.
      const sock_extended_err& error = info.error;
      if (error.ee_origin != SO_EE_ORIGIN_LOCAL &&
          error.ee_origin != SO_EE_ORIGIN_ICMP &&
          error.ee_origin != SO_EE_ORIGIN_ICMP6) {
        continue;
      }
      has_errors = true;
      if ((items_ & kErrors) == 0) continue;
      HandleScope handle_scope(isolate);
      bool is_local = error.ee_origin == SO_EE_ORIGIN_LOCAL;
      SetPeer(peer);
      SetField(kMtuField, error.ee_errno == EMSGSIZE ? error.ee_info : 0);
      Local<Value> offender = Undefined(isolate);
      if (!is_local) offender = ToString(info.offender);
      int code = -static_cast<int>(error.ee_errno);
      Local<Value> argv[] = {
          Integer::New(isolate, code), ToString(peer), offender};
      udp_->MakeCallback(on_error_.Get(isolate), arraysize(argv), argv);
    }
#endif
    return has_errors;
  }

  struct Kept {
    std::array<unsigned char, sizeof(in6_addr) + sizeof(uint32_t)> key;
    Global<String> text;
  };

  UDPWrap* udp_;
  std::shared_ptr<BackingStore> fields_;
  Global<Function> on_message_;
  Global<Function> on_error_;
  uint32_t items_ = 0;
  Rest rest_;
  std::array<Kept, 64> kept_;
};

// A socket that has a Receiver keeps it.
Receiver* ReceiverOf(UDPWrap* udp) {
  return static_cast<Receiver*>(udp->receiver.get());
}

#else

constexpr uint32_t SupportedItems() {
  return 0;
}

#endif  // _WIN32

// setMessageInfo(items, fields, onMessage, onError): all but the items are kept
// from the first call. Returns 0 or an error code.
void SetMessageInfo(const FunctionCallbackInfo<Value>& args) {
#ifdef _WIN32
  // There are no items.
  args.GetReturnValue().Set(0);
#else
  UDPWrap* udp;
  socket_t socket;
  if (!GetUdp(args, &udp, &socket)) return;
  if (!args[0]->IsUint32() || !args[1]->IsFloat64Array() ||
      args[1].As<Float64Array>()->Length() < kFieldCount ||
      args[1].As<Float64Array>()->ByteOffset() != 0 || !args[2]->IsFunction() ||
      !args[3]->IsFunction()) {
    return args.GetReturnValue().Set(UV_EINVAL);
  }
  std::shared_ptr<BackingStore> fields =
      args[1].As<Float64Array>()->Buffer()->GetBackingStore();
  // It is written to at any time.
  if (fields->IsResizableByUserJavaScript()) {
    return args.GetReturnValue().Set(UV_EINVAL);
  }
  uint32_t items = args[0].As<Uint32>()->Value() & SupportedItems();
  Address address = {};
  socklen_t length = sizeof(address);
  if (getsockname(socket, &address.any, &length) != 0) {
    return args.GetReturnValue().Set(LastError());
  }
  Receiver* receiver = ReceiverOf(udp);
  if (receiver == nullptr) {
    receiver = new Receiver(
        udp, std::move(fields), args[2].As<Function>(), args[3].As<Function>());
    udp->receiver.reset(receiver);
    udp->set_listener(receiver);
  }
  int err = RequestItems(socket, address.any.sa_family, items);
  if (err == 0) {
    // An error that nobody reads would be the result of the next send.
    if ((receiver->items() & ~items & kErrors) != 0) {
      socket_options::ClearErrorQueue(socket);
    }
    receiver->set_items(items);
  }
  args.GetReturnValue().Set(err);
#endif
}

// getUnread(): returns what Receiver::GetUnread() does, or undefined.
void GetUnread(const FunctionCallbackInfo<Value>& args) {
#ifndef _WIN32
  UDPWrap* udp;
  ASSIGN_OR_RETURN_UNWRAP(&udp, args.This());
  Receiver* receiver = ReceiverOf(udp);
  if (receiver != nullptr) args.GetReturnValue().Set(receiver->GetUnread());
#endif
}

// setQueuedOption(level, optname, value): sets an option that fills the error
// queue, if the queue is read. |value| is an int32 or a view.
void SetQueuedOption(const FunctionCallbackInfo<Value>& args) {
  UDPWrap* udp;
  ASSIGN_OR_RETURN_UNWRAP(
      &udp, args.This(), args.GetReturnValue().Set(kClosed));
#ifndef _WIN32
  socket_t socket;
  Receiver* receiver = ReceiverOf(udp);
  if (args[0]->IsInt32() && args[1]->IsInt32() && receiver != nullptr &&
      (receiver->items() & kErrors) != 0 && GetSocket(udp, &socket) == 0) {
    // Any type but UV_UDP may have such options.
    auto set = [&](const void* value, size_t length) {
      args.GetReturnValue().Set(
          socket_options::SetOption(UV_UNKNOWN_HANDLE,
                                    socket,
                                    args[0].As<Int32>()->Value(),
                                    args[1].As<Int32>()->Value(),
                                    value,
                                    length));
    };
    if (args[2]->IsInt32()) {
      int value = args[2].As<Int32>()->Value();
      return set(&value, sizeof(value));
    }
    if (args[2]->IsArrayBufferView()) {
      ArrayBufferViewContents<char> value(args[2].As<ArrayBufferView>());
      return set(value.data(), value.length());
    }
  }
#endif
  args.GetReturnValue().Set(kUnserved);
}

}  // namespace

void Initialize(Local<Context> context,
                Local<Object> target,
                Local<FunctionTemplate> tmpl) {
  Isolate* isolate = Isolate::GetCurrent();
  SetProtoMethod(isolate, tmpl, "setMessageInfo", SetMessageInfo);
  SetProtoMethod(isolate, tmpl, "setQueuedOption", SetQueuedOption);
  SetProtoMethod(isolate, tmpl, "getUnread", GetUnread);
  // The bit of each item, or 0 if the system lacks it.
  Local<Object> items = socket_constants::NewTable();
  uint32_t bit = 1;
  for (const char* item : kItemNames) {
    uint32_t number = bit & SupportedItems();
    socket_constants::Add(
        context, items, item, Integer::NewFromUnsigned(isolate, number));
    bit <<= 1;
  }
  DefineFrozen(context, target, "messageInfo", items);
}

void RegisterExternalReferences(ExternalReferenceRegistry* registry) {
  registry->Register(SetMessageInfo);
  registry->Register(SetQueuedOption);
  registry->Register(GetUnread);
}

}  // namespace datagram_receiver
}  // namespace node
