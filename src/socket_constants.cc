#if defined(__APPLE__)
// Otherwise <netinet6/in6.h> hides IPV6_RECVPKTINFO and others.
#define __APPLE_USE_RFC_3542
#endif

#include "socket_constants.h"

#include "socket_option_list.h"
#include "util-inl.h"

namespace node {
namespace socket_constants {

using socket_options::kSocketLevels;
using socket_options::kSocketOptions;
using socket_options::kUnlisted;
using socket_options::SocketLevel;
using socket_options::SocketOption;
using v8::Context;
using v8::DontDelete;
using v8::Integer;
using v8::IntegrityLevel;
using v8::Isolate;
using v8::Local;
using v8::Name;
using v8::Null;
using v8::Object;
using v8::PropertyAttribute;
using v8::ReadOnly;
using v8::String;
using v8::Value;

void Define(Local<Context> context, Local<Object> target) {
  Isolate* isolate = Isolate::GetCurrent();
  Local<Object> constants = NewTable();
  auto define = [&](const char* name, int value) {
    Add(context, constants, name, Integer::New(isolate, value));
  };
  for (const SocketLevel& level : kSocketLevels)
    define(level.name, level.level);
  for (const SocketOption& option : kSocketOptions) {
    if ((option.flags & kUnlisted) == 0) define(option.name, option.optname);
  }

  DefineFrozen(context, target, "socketConstants", constants);
}

void Add(Local<Context> context,
         Local<Object> table,
         const char* name,
         Local<Value> value) {
  Local<Name> key = OneByteString(Isolate::GetCurrent(), name);
  table->CreateDataProperty(context, key, value).Check();
}

Local<Object> NewTable() {
  Isolate* isolate = Isolate::GetCurrent();
  return Object::New(isolate, Null(isolate), nullptr, nullptr, 0);
}

void DefineFrozen(Local<Context> context,
                  Local<Object> target,
                  const char* name,
                  Local<Object> object) {
  object->SetIntegrityLevel(context, IntegrityLevel::kFrozen).Check();
  auto fixed = static_cast<PropertyAttribute>(ReadOnly | DontDelete);
  Local<String> key = OneByteString(Isolate::GetCurrent(), name);
  target->DefineOwnProperty(context, key, object, fixed).Check();
}

}  // namespace socket_constants
}  // namespace node
