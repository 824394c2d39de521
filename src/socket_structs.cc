#include "socket_structs.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <vector>
#include "node_buffer.h"
#include "node_external_reference.h"
#include "socket_constants.h"
#include "util-inl.h"
#include "uv.h"

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>
#else
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#endif

namespace node {
namespace socket_structs {

using socket_constants::Add;
using socket_constants::DefineFrozen;
using socket_constants::NewTable;
using v8::ArrayBufferView;
using v8::Boolean;
using v8::Context;
using v8::FunctionCallbackInfo;
using v8::Isolate;
using v8::Local;
using v8::Number;
using v8::Object;
using v8::Uint32;
using v8::Value;

namespace {

// The codecs below use the type of the member itself, so that its size and sign
// are not repeated here. Views from JavaScript may be unaligned.

template <typename T>
T Load(const char* from) {
  T value;
  memcpy(&value, from, sizeof(value));
  return value;
}

template <typename T>
void Store(char* to, T value) {
  memcpy(to, &value, sizeof(value));
}

// Some systems report flags that are on as a value other than 1.
template <typename T>
struct FlagCodec {
  static constexpr const char* kKind = "flag";
  static constexpr double kMax = 1;
  static Local<Value> Read(Isolate* isolate, const char* from) {
    return Boolean::New(isolate, Load<T>(from) != 0);
  }
  static bool Write(Isolate* isolate, Local<Value> value, char* to) {
    if (!value->IsBoolean()) return false;
    Store<T>(to, value->IsTrue());
    return true;
  }
};

template <typename T, int64_t most = std::numeric_limits<int64_t>::max()>
struct IntegerCodec {
  static constexpr const char* kKind = "integer";
  static constexpr double kMax =
      std::min({static_cast<double>(std::numeric_limits<T>::max()),
                static_cast<double>(most),
                static_cast<double>(kMaxSafeJsInteger)});
  static Local<Value> Read(Isolate* isolate, const char* from) {
    return Number::New(isolate, static_cast<double>(Load<T>(from)));
  }
  static bool Write(Isolate* isolate, Local<Value> value, char* to) {
    if (!value->IsNumber()) return false;
    double number = value.As<Number>()->Value();
    // Written this way because it has to be false for NaN.
    if (!(number >= 0 && number <= kMax)) return false;
    Store<T>(to, static_cast<T>(number));
    return true;
  }
};

template <typename T>
using MicrosecondsCodec = IntegerCodec<T, 999999>;

template <typename T>
struct AddressCodec {
  static constexpr bool kIsIPv4 = sizeof(T) == sizeof(in_addr);
  static constexpr int kFamily = kIsIPv4 ? AF_INET : AF_INET6;
  static constexpr const char* kKind = kIsIPv4 ? "IPv4" : "IPv6";
  static constexpr double kMax = 0;
  static Local<Value> Read(Isolate* isolate, const char* from) {
    char text[INET6_ADDRSTRLEN];
    CHECK_EQ(uv_inet_ntop(kFamily, from, text, sizeof(text)), 0);
    return OneByteString(isolate, text);
  }
  static bool Write(Isolate* isolate, Local<Value> value, char* to) {
    if (!value->IsString()) return false;
    Utf8Value text(isolate, value);
    // libuv stops at a null byte and ignores a zone.
    if (strcspn(*text, "%") != text.length()) return false;
    return uv_inet_pton(kFamily, *text, to) == 0;
  }
};

struct Member {
  const char* name;
  size_t offset;
  const char* kind;
  // Upper limit of an integer. The lower limit is always 0.
  double max;
  Local<Value> (*read)(Isolate* isolate, const char* from);
  // Returns false if the value is not of the member's kind.
  bool (*write)(Isolate* isolate, Local<Value> value, char* to);
};

template <typename Codec>
constexpr Member MakeMember(const char* name, size_t offset) {
  return {name, offset, Codec::kKind, Codec::kMax, Codec::Read, Codec::Write};
}

#define MEMBER(type, member, name, codec)                                      \
  MakeMember<codec<decltype(type::member)>>(name, offsetof(type, member))

constexpr Member kLinger[] = {
    MEMBER(linger, l_onoff, "onoff", FlagCodec),
    MEMBER(linger, l_linger, "linger", IntegerCodec),
};

// No socket option on Windows takes one: times are in milliseconds there.
#ifndef _WIN32
constexpr Member kTimeval[] = {
    MEMBER(timeval, tv_sec, "sec", IntegerCodec),
    MEMBER(timeval, tv_usec, "usec", MicrosecondsCodec),
};
#endif

constexpr Member kIpMreq[] = {
    MEMBER(ip_mreq, imr_multiaddr, "multiaddr", AddressCodec),
    MEMBER(ip_mreq, imr_interface, "interface", AddressCodec),
};

#if defined(__linux__) || defined(__APPLE__) || defined(__FreeBSD__)
#define HAVE_IP_MREQN 1
constexpr Member kIpMreqn[] = {
    MEMBER(ip_mreqn, imr_multiaddr, "multiaddr", AddressCodec),
    MEMBER(ip_mreqn, imr_address, "address", AddressCodec),
    MEMBER(ip_mreqn, imr_ifindex, "ifindex", IntegerCodec),
};
#endif

constexpr Member kIpv6Mreq[] = {
    MEMBER(ipv6_mreq, ipv6mr_multiaddr, "multiaddr", AddressCodec),
    MEMBER(ipv6_mreq, ipv6mr_interface, "interface", IntegerCodec),
};

#undef MEMBER

struct Struct {
  const char* name;
  size_t size;
  const Member* members;
  size_t count;
};

constexpr Struct kStructs[] = {
    {"linger", sizeof(linger), kLinger, std::size(kLinger)},
#ifndef _WIN32
    {"timeval", sizeof(timeval), kTimeval, std::size(kTimeval)},
#endif
    {"ip_mreq", sizeof(ip_mreq), kIpMreq, std::size(kIpMreq)},
#ifdef HAVE_IP_MREQN
    {"ip_mreqn", sizeof(ip_mreqn), kIpMreqn, std::size(kIpMreqn)},
#endif
    {"ipv6_mreq", sizeof(ipv6_mreq), kIpv6Mreq, std::size(kIpv6Mreq)},
};

// Returns the struct at an index of that list, which socketStructs shares.
const Struct* Find(Local<Value> index) {
  if (!index->IsUint32()) return nullptr;
  uint32_t at = index.As<Uint32>()->Value();
  return at < std::size(kStructs) ? &kStructs[at] : nullptr;
}

// encodeSocketStruct(index, fields): returns the bytes, or the index of the
// member whose value is not of its kind.
void Encode(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  const Struct* type = Find(args[0]);
  if (type == nullptr || !args[1]->IsObject()) return;
  Local<Context> context = isolate->GetCurrentContext();
  std::vector<char> bytes(type->size);
  for (size_t i = 0; i < type->count; i++) {
    const Member& member = type->members[i];
    Local<Value> value;
    if (!args[1]
             .As<Object>()
             ->Get(context, OneByteString(isolate, member.name))
             .ToLocal(&value)) {
      return;
    }
    if (!member.write(isolate, value, bytes.data() + member.offset)) {
      return args.GetReturnValue().Set(static_cast<uint32_t>(i));
    }
  }
  Local<Object> buffer;
  if (Buffer::Copy(isolate, bytes.data(), bytes.size()).ToLocal(&buffer)) {
    args.GetReturnValue().Set(buffer);
  }
}

// decodeSocketStruct(index, view): returns the fields, or the length of the
// view if it differs from that of the struct.
void Decode(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  const Struct* type = Find(args[0]);
  if (type == nullptr || !args[1]->IsArrayBufferView()) return;
  Local<Context> context = isolate->GetCurrentContext();
  ArrayBufferViewContents<char> bytes(args[1].As<ArrayBufferView>());
  if (bytes.length() != type->size) {
    return args.GetReturnValue().Set(static_cast<double>(bytes.length()));
  }
  Local<Object> fields = Object::New(isolate);
  for (size_t i = 0; i < type->count; i++) {
    const Member& member = type->members[i];
    // Set() would call a setter on Object.prototype.
    if (fields
            ->CreateDataProperty(
                context,
                OneByteString(isolate, member.name),
                member.read(isolate, bytes.data() + member.offset))
            .IsNothing()) {
      return;
    }
  }
  args.GetReturnValue().Set(fields);
}

}  // namespace

void Initialize(Local<Context> context, Local<Object> target) {
  Isolate* isolate = Isolate::GetCurrent();
  Local<Object> structs = NewTable();
  for (const Struct& type : kStructs) {
    Local<Object> layout = NewTable();
    Local<Object> members = NewTable();
    for (size_t i = 0; i < type.count; i++) {
      const Member& member = type.members[i];
      Local<Object> table = NewTable();
      Add(context, table, "kind", OneByteString(isolate, member.kind));
      Add(context, table, "max", Number::New(isolate, member.max));
      DefineFrozen(context, members, member.name, table);
    }
    double size = static_cast<double>(type.size);
    Add(context, layout, "size", Number::New(isolate, size));
    DefineFrozen(context, layout, "members", members);
    DefineFrozen(context, structs, type.name, layout);
  }
  DefineFrozen(context, target, "socketStructs", structs);
  SetMethodNoSideEffect(context, target, "encodeSocketStruct", Encode);
  SetMethodNoSideEffect(context, target, "decodeSocketStruct", Decode);
}

void RegisterExternalReferences(ExternalReferenceRegistry* registry) {
  registry->Register(Encode);
  registry->Register(Decode);
}

}  // namespace socket_structs
}  // namespace node
