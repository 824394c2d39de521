#include "datagram_sender.h"
#include "datagram_messages.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>
#include "env-inl.h"
#include "node_buffer.h"
#include "node_external_reference.h"
#include "socket_creation.h"
#include "udp_wrap.h"
#include "util-inl.h"
#include "uv.h"

namespace node {
namespace datagram_sender {

using datagram_messages::GetUdp;
using socket_creation::IsNetworkDenied;
using system_socket::socket_t;
using v8::Array;
using v8::Context;
using v8::Float64Array;
using v8::FunctionCallbackInfo;
using v8::FunctionTemplate;
using v8::Int32Array;
using v8::Isolate;
using v8::Local;
using v8::Value;

namespace {

#ifndef _WIN32

using datagram_messages::Address;
using datagram_messages::Message;
using system_socket::LastError;

// The numbers of a message, of which those that are not given are -1. Keep this
// list in sync with lib/internal/dgram_batches.js.
enum Field {
  kPort,
  kPeer,   // An index in the list of addresses.
  kLocal,  // The same.
  kInterfaceIndex,
  kTos,
  kTtl,
  kSegmentSize,
  kDontFragment,
  kFieldCount,
};

socklen_t LengthOf(const Address& address) {
  return address.any.sa_family == AF_INET ? sizeof(address.v4)
                                          : sizeof(address.v6);
}

bool IsIPv4(const Address& address) {
  return address.any.sa_family == AF_INET ||
         IN6_IS_ADDR_V4MAPPED(&address.v6.sin6_addr);
}

int ToAddress(Isolate* isolate, Local<Value> text, Address* out) {
  Utf8Value address(isolate, text);
  if (uv_ip4_addr(*address, 0, &out->v4) == 0) return 0;
  return uv_ip6_addr(*address, 0, &out->v6);
}

struct Item {
  char* data = nullptr;
  size_t length = 0;
  bool has_peer = false;
  bool has_local = false;
  Address peer = {};
  Address local = {};
  int fields[kFieldCount] = {};
};

// Whether what the kernel is told of an item depends on the family.
bool NeedsPeer(const Item& item) {
  return item.has_local || item.fields[kInterfaceIndex] >= 0 ||
         item.fields[kTos] >= 0 || item.fields[kTtl] >= 0 ||
         item.fields[kDontFragment] >= 0;
}

// More than all control messages of a datagram take.
constexpr size_t kControlSize = 256;

class Control {
 public:
  void Clear() { size_ = 0; }

  // |T| is the type that the kernel takes.
  template <typename T>
  void Add(int level, int type, const T& value) {
    cmsghdr header = {};
    memset(data_ + size_, 0, CMSG_SPACE(sizeof(value)));
    header.cmsg_len = CMSG_LEN(sizeof(value));
    header.cmsg_level = level;
    header.cmsg_type = type;
    memcpy(data_ + size_, &header, sizeof(header));
    memcpy(data_ + size_ + CMSG_LEN(0), &value, sizeof(value));
    size_ += CMSG_SPACE(sizeof(value));
  }

  void AddTo(msghdr* header) {
    if (size_ == 0) return;
    header->msg_control = data_;
    header->msg_controllen = size_;
  }

 private:
  alignas(cmsghdr) char data_[kControlSize];
  size_t size_;
};

// Returns 0 or a libuv error code: a system may have no such message.
int AddSource(const Item& item, const Address& peer, Control* control) {
  int index = item.fields[kInterfaceIndex];
  if (!item.has_local && index < 0) return 0;
  if (peer.any.sa_family == AF_INET) {
#ifdef IP_PKTINFO
    in_pktinfo info = {};
    if (index > 0) info.ipi_ifindex = index;
    if (item.has_local) info.ipi_spec_dst = item.local.v4.sin_addr;
    control->Add(IPPROTO_IP, IP_PKTINFO, info);
    return 0;
#elif defined(IP_SENDSRCADDR)
    if (index > 0) return UV_ENOTSUP;
    control->Add(IPPROTO_IP, IP_SENDSRCADDR, item.local.v4.sin_addr);
    return 0;
#else
    return UV_ENOTSUP;
#endif
  }
  in6_pktinfo info = {};
  if (index > 0) info.ipi6_ifindex = index;
  if (item.has_local) info.ipi6_addr = item.local.v6.sin6_addr;
  control->Add(IPPROTO_IPV6, IPV6_PKTINFO, info);
  return 0;
}

int AddControl(const Item& item, const Address& peer, Control* control) {
  int err = AddSource(item, peer, control);
  int tos = item.fields[kTos];
  int ttl = item.fields[kTtl];
  if (IsIPv4(peer)) {
#ifdef __linux__
    if (tos >= 0) control->Add(IPPROTO_IP, IP_TOS, tos);
    if (ttl >= 0) control->Add(IPPROTO_IP, IP_TTL, ttl);
#else
    if (tos >= 0 || ttl >= 0) return UV_ENOTSUP;
#endif
  } else {
    if (tos >= 0) control->Add(IPPROTO_IPV6, IPV6_TCLASS, tos);
    if (ttl >= 0) control->Add(IPPROTO_IPV6, IPV6_HOPLIMIT, ttl);
  }
  return err;
}

// Sets whether datagrams to IPv4 or IPv6 may be fragmented, and gets what was
// set before.
int SetDontFragment(socket_t socket, bool is_ipv4, int value, int* former) {
#ifdef __linux__
  int level = is_ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
  int optname = is_ipv4 ? IP_MTU_DISCOVER : IPV6_MTU_DISCOVER;
#elif defined(IP_DONTFRAG)
  int level = is_ipv4 ? IPPROTO_IP : IPPROTO_IPV6;
  int optname = is_ipv4 ? IP_DONTFRAG : IPV6_DONTFRAG;
#else
  if (is_ipv4) return UV_ENOTSUP;
  int level = IPPROTO_IPV6;
  int optname = IPV6_DONTFRAG;
#endif
  socklen_t length = sizeof(*former);
  if (former != nullptr &&
      getsockopt(socket, level, optname, former, &length) != 0) {
    return LastError();
  }
  return setsockopt(socket, level, optname, &value, sizeof(value)) == 0
             ? 0
             : LastError();
}

int DontFragmentValue(bool is_on) {
#ifdef __linux__
  return is_on ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT;
#else
  return is_on;
#endif
}

#ifdef __linux__
constexpr bool kHasSegments = true;
#else
constexpr bool kHasSegments = false;
#endif

// What all kernels that have UDP_SEGMENT take at once.
constexpr size_t kMostSegments = 64;
constexpr size_t kLargest = 65000;
constexpr size_t kBatch = 64;

// Sends messages in order, from the one at |index| and its byte at |offset| on.
class Sender {
 public:
  Sender(socket_t socket, const std::vector<Item>& items, const Address& peer)
      : socket_(socket), items_(items), peer_(peer) {}

  // Returns 0 or the libuv error code of the message at index.
  int Send(bool can_segment) {
    can_segment_ = can_segment && kHasSegments;
    while (index < items_.size()) {
      int err = SendBatch();
      if (err == 0) continue;
      // A device can be unable to do it, and the kernel segments no message
      // whose segments would be fragments.
      bool is_segmented =
          can_segment_ && items_[index].fields[kSegmentSize] > 0;
      if (!is_segmented ||
          (err != UV_EIO && err != UV_EINVAL && err != UV_EMSGSIZE)) {
        return err;
      }
      can_segment_ = false;
    }
    return 0;
  }

  size_t index = 0;
  size_t offset = 0;
  size_t bytes = 0;

 private:
  const Address& PeerOf(const Item& item) const {
    return item.has_peer ? item.peer : peer_;
  }

  int SendBatch() {
    size_t count = 0;
    size_t at = index;
    size_t from = offset;
    int dont_fragment = items_[at].fields[kDontFragment];
    bool is_ipv4 = IsIPv4(PeerOf(items_[at]));
    int former = 0;
    while (count < kBatch && at < items_.size()) {
      const Item& item = items_[at];
      const Address& peer = PeerOf(item);
      // An option of the socket is in force for all of a batch.
      if (item.fields[kDontFragment] != dont_fragment ||
          (dont_fragment >= 0 && IsIPv4(peer) != is_ipv4)) {
        break;
      }
      size_t rest = item.length - from;
      size_t segment = std::max(item.fields[kSegmentSize], 0);
      size_t length = rest;
      controls_[count].Clear();
      int err = AddControl(item, peer, &controls_[count]);
      if (err != 0) {
        if (count > 0) break;
        return err;
      }
      if (segment > 0) {
        size_t most = segment;
        if (can_segment_) {
          most *= std::clamp(kLargest / segment, size_t{1}, kMostSegments);
        }
        length = std::min(rest, most);
#ifdef __linux__
        if (length > segment) {
          controls_[count].Add(IPPROTO_UDP,
                               datagram_messages::kUdpSegment,
                               static_cast<uint16_t>(segment));
        }
#endif
      }
      vectors_[count] = {item.data + from, length};
      msghdr& header = messages_[count].msg_hdr;
      header = {};
      header.msg_iov = &vectors_[count];
      header.msg_iovlen = 1;
      if (item.has_peer) {
        header.msg_name = const_cast<Address*>(&item.peer);
        header.msg_namelen = LengthOf(item.peer);
      }
      controls_[count].AddTo(&header);
      count++;
      from += length;
      if (from == item.length) {
        at++;
        from = 0;
      }
    }
    if (dont_fragment >= 0) {
      int err = SetDontFragment(
          socket_, is_ipv4, DontFragmentValue(dont_fragment), &former);
      if (err != 0) return err;
    }
    int sent = datagram_messages::Send(socket_, messages_, count);
    if (dont_fragment >= 0) SetDontFragment(socket_, is_ipv4, former, nullptr);
    for (int i = 0; i < sent; i++) {
      bytes += vectors_[i].iov_len;
      offset += vectors_[i].iov_len;
      if (offset == items_[index].length) {
        index++;
        offset = 0;
      }
    }
    return sent < 0 ? sent : 0;
  }

  socket_t socket_;
  const std::vector<Item>& items_;
  const Address& peer_;
  bool can_segment_ = false;
  Message messages_[kBatch];
  iovec vectors_[kBatch];
  Control controls_[kBatch];
};

// Reads all elements at once, because reading one can run JavaScript.
bool ToVector(Local<Context> context,
              Local<Array> array,
              uint32_t first,
              std::vector<Local<Value>>* out) {
  uint32_t end = array->Length();
  out->reserve(end);
  for (uint32_t i = first; i < end; i++) {
    Local<Value> value;
    if (!array->Get(context, i).ToLocal(&value)) return false;
    out->push_back(value);
  }
  return true;
}

// Sets the address that a field is the index of. Returns false if it is none.
bool SetAddress(const std::vector<Address>& addresses,
                int field,
                Address* out,
                bool* has) {
  *has = field >= 0;
  if (!*has) return true;
  if (static_cast<size_t>(field) >= addresses.size()) return false;
  *out = addresses[field];
  return true;
}

// Reads the messages from the one at |first| on.
int Load(const FunctionCallbackInfo<Value>& args,
         uint32_t first,
         std::vector<Item>* items) {
  Isolate* isolate = args.GetIsolate();
  Local<Context> context = isolate->GetCurrentContext();
  std::vector<Local<Value>> views;
  std::vector<Local<Value>> texts;
  if (!ToVector(context, args[0].As<Array>(), first, &views) ||
      !ToVector(context, args[1].As<Array>(), 0, &texts)) {
    return UV_EINVAL;
  }
  std::vector<Address> addresses(texts.size());
  for (size_t i = 0; i < texts.size(); i++) {
    if (!texts[i]->IsString() ||
        ToAddress(isolate, texts[i], &addresses[i]) != 0) {
      return UV_EINVAL;
    }
  }
  Local<Int32Array> array = args[2].As<Int32Array>();
  std::vector<int> numbers(array->Length());
  array->CopyContents(numbers.data(), numbers.size() * sizeof(int));
  if (numbers.size() < (first + views.size()) * kFieldCount) return UV_EINVAL;
  const int* fields = numbers.data() + size_t{first} * kFieldCount;
  items->resize(views.size());
  for (size_t i = 0; i < views.size(); i++, fields += kFieldCount) {
    if (!views[i]->IsArrayBufferView()) return UV_EINVAL;
    Item& item = (*items)[i];
    item.data = Buffer::Data(views[i]);
    item.length = Buffer::Length(views[i]);
    std::copy_n(fields, kFieldCount, item.fields);
    if (!SetAddress(addresses, fields[kPeer], &item.peer, &item.has_peer) ||
        !SetAddress(addresses, fields[kLocal], &item.local, &item.has_local)) {
      return UV_EINVAL;
    }
    // The port is at the same place for both families.
    item.peer.v4.sin_port = htons(static_cast<uint16_t>(fields[kPort]));
  }
  return 0;
}

#endif  // _WIN32

// sendMessages(views, addresses, fields, cursor): sends from the message and
// the byte that the cursor tells. Advances it, adds the number of bytes, and
// returns 0 or an error code.
void SendMessages(const FunctionCallbackInfo<Value>& args) {
  if (IsNetworkDenied(Environment::GetCurrent(args), "")) return;
  UDPWrap* udp;
  socket_t socket;
  if (!GetUdp(args, &udp, &socket)) return;
#ifndef _WIN32
  if (args.Length() < 4 || !args[0]->IsArray() || !args[1]->IsArray() ||
      !args[2]->IsInt32Array() || !args[3]->IsFloat64Array()) {
    return args.GetReturnValue().Set(UV_EINVAL);
  }
  Local<Float64Array> state = args[3].As<Float64Array>();
  double cursor[3] = {-1, -1, 0};
  state->CopyContents(cursor, sizeof(cursor));
  if (!(cursor[0] >= 0 && cursor[0] <= UINT32_MAX && cursor[1] >= 0)) {
    return args.GetReturnValue().Set(UV_EINVAL);
  }
  uint32_t first = static_cast<uint32_t>(cursor[0]);
  std::vector<Item> items;
  Address peer = {};
  int err = Load(args, first, &items);
  if (err == 0 && !items.empty() &&
      cursor[1] > static_cast<double>(items[0].length)) {
    err = UV_EINVAL;
  }
  // All have a peer, or the socket is connected.
  if (err == 0 && !items.empty() && !items[0].has_peer &&
      std::any_of(items.begin(), items.end(), NeedsPeer)) {
    socklen_t length = sizeof(peer);
    if (getpeername(socket, &peer.any, &length) != 0) err = LastError();
  }
  if (err == 0) {
    Sender sender(socket, items, peer);
    sender.offset = static_cast<size_t>(cursor[1]);
    err = sender.Send(true);
    cursor[0] += static_cast<double>(sender.index);
    cursor[1] = static_cast<double>(sender.offset);
    cursor[2] += static_cast<double>(sender.bytes);
    // Reading the messages may have taken its memory.
    if (state->Length() >= arraysize(cursor)) {
      memcpy(static_cast<char*>(state->Buffer()->Data()) + state->ByteOffset(),
             cursor,
             sizeof(cursor));
    }
  }
  args.GetReturnValue().Set(err);
#endif
}

// setDontFragment(isIPv4, isOn): returns 0 or an error code.
void SetFragmentation(const FunctionCallbackInfo<Value>& args) {
  UDPWrap* udp;
  socket_t socket;
  if (!GetUdp(args, &udp, &socket)) return;
#ifndef _WIN32
  args.GetReturnValue().Set(
      SetDontFragment(socket,
                      args[0]->IsTrue(),
                      DontFragmentValue(args[1]->IsTrue()),
                      nullptr));
#endif
}

}  // namespace

void AddMethods(Isolate* isolate, Local<FunctionTemplate> tmpl) {
  SetProtoMethod(isolate, tmpl, "sendMessages", SendMessages);
  SetProtoMethod(isolate, tmpl, "setDontFragment", SetFragmentation);
}

void RegisterExternalReferences(ExternalReferenceRegistry* registry) {
  registry->Register(SendMessages);
  registry->Register(SetFragmentation);
}

}  // namespace datagram_sender
}  // namespace node
