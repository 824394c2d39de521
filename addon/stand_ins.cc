#include "stand_ins.h"

#include <cstdint>
#include <vector>

namespace node {

using v8::Context;
using v8::Function;
using v8::HandleScope;
using v8::Isolate;
using v8::Local;
using v8::MaybeLocal;
using v8::NewStringType;
using v8::Object;
using v8::String;
using v8::TryCatch;
using v8::Undefined;
using v8::Value;
using v8::WeakCallbackInfo;

namespace {

thread_local Environment* current = nullptr;

// Its address tells objects of the addon's own classes apart.
uint16_t own_tag;

// Node's own tag and its objects are not tagged otherwise than by default.
void* PointerIn(Local<Object> object, int index) {
#if V8_MAJOR_VERSION >= 14
  return object->GetAlignedPointerFromInternalField(
      index, v8::kEmbedderDataTypeTagDefault);
#else
  return object->GetAlignedPointerFromInternalField(index);
#endif
}

void SetPointerIn(Local<Object> object, int index, void* pointer) {
#if V8_MAJOR_VERSION >= 14
  object->SetAlignedPointerInInternalField(
      index, pointer, v8::kEmbedderDataTypeTagDefault);
#else
  object->SetAlignedPointerInInternalField(index, pointer);
#endif
}

// libuv's flags of a handle that is closed, which are the same in all its
// versions so far. Start() checks them.
uv_handle_t* Closed() {
  static uv_handle_t closed = [] {
    uv_handle_t handle = {};
    handle.flags = 1 | 2;
    return handle;
  }();
  return &closed;
}

}  // namespace

BaseObject::BaseObject(Environment* env, Local<Object> object, Foreign)
    : env_(env), object_(env->isolate(), object) {
  env->objects_.insert(this);
}

BaseObject::BaseObject(Environment* env, Local<Object> object)
    : BaseObject(env, object, Foreign()) {
  SetPointerIn(object, kEmbedderType, &own_tag);
  SetPointerIn(object, kSlot, this);
}

BaseObject::~BaseObject() {
  env_->objects_.erase(this);
}

Local<Object> BaseObject::object() const {
  return object_.Get(env_->isolate());
}

BaseObject* BaseObject::FromOwn(Local<Value> value) {
  if (!value->IsObject()) return nullptr;
  Local<Object> object = value.As<Object>();
  if (object->InternalFieldCount() != kInternalFieldCount ||
      PointerIn(object, kEmbedderType) != &own_tag) {
    return nullptr;
  }
  return static_cast<BaseObject*>(PointerIn(object, kSlot));
}

void BaseObject::MakeWeak() {
  is_weak_ = true;
  if (pointers_ == 0) SetWeak();
}

void BaseObject::SetWeak() {
  object_.SetWeak(
      this,
      [](const WeakCallbackInfo<BaseObject>& info) {
        info.GetParameter()->object_.Reset();
        // Closing a socket and what follows from it has to wait until then. By
        // that time, the thread may have ended and deleted its objects.
        info.SetSecondPassCallback(
            [](const WeakCallbackInfo<BaseObject>& info) {
              BaseObject* object = info.GetParameter();
              if (current != nullptr && current->objects_.count(object) != 0) {
                delete object;
              }
            });
      },
      v8::WeakCallbackType::kParameter);
}

void BaseObject::Hold() {
  if (pointers_++ == 0 && is_weak_) object_.ClearWeak();
}

void BaseObject::LetGo() {
  if (--pointers_ == 0 && is_weak_) SetWeak();
}

HandleWrap::HandleWrap(Environment* env, Local<Object> object, void* base)
    : BaseObject(env, object, Foreign()), base_(base) {
  env->handles_[base] = this;
  MakeWeak();
}

HandleWrap::~HandleWrap() {
  auto found = env()->handles_.find(base_);
  if (found != env()->handles_.end() && found->second == this) {
    env()->handles_.erase(found);
  }
}

bool HandleWrap::Template::HasInstance(Local<Value> value) const {
  return env->ToHandle(value) != nullptr;
}

uv_handle_t* HandleWrap::GetHandle() const {
  HandleScope scope(env()->isolate());
  // The binary's object is gone once the handle is closed.
  if (PointerIn(object(), kSlot) != base_) return Closed();
  return env()->HandleAt(base_, env()->offset_);
}

void HandleWrap::Close() {
  Isolate* isolate = env()->isolate();
  HandleScope scope(isolate);
  Local<Function> close = env()->close_.Get(isolate);
  MaybeLocal<Value> closed =
      close->Call(env()->context(), object(), 0, nullptr);
  if (!closed.IsEmpty()) share.Release();
}

MaybeLocal<Value> HandleWrap::MakeCallback(Local<Function> callback,
                                           int argc,
                                           Local<Value>* argv) {
  return static_cast<AsyncWrap*>(base_)->MakeCallback(callback, argc, argv);
}

MaybeLocal<Value> HandleWrap::MakeCallback(Local<String> name,
                                           int argc,
                                           Local<Value>* argv) {
  Local<Value> method;
  if (!object()->Get(env()->context(), name).ToLocal(&method) ||
      !method->IsFunction()) {
    return {};
  }
  return MakeCallback(method.As<Function>(), argc, argv);
}

namespace {

UDPListener* ListenerOf(const uv_handle_t* handle) {
  HandleWrap* wrap = current == nullptr ? nullptr : current->Find(handle);
  return wrap == nullptr ? nullptr : static_cast<UDPWrap*>(wrap)->listener();
}

void AllocateForListener(uv_handle_t* handle, size_t size, uv_buf_t* buf) {
  UDPListener* listener = ListenerOf(handle);
  *buf = listener == nullptr ? uv_buf_t() : listener->OnAlloc(size);
}

void ReceiveForListener(uv_udp_t* handle,
                        ssize_t nread,
                        const uv_buf_t* buf,
                        const sockaddr* addr,
                        unsigned int flags) {
  UDPListener* listener =
      ListenerOf(reinterpret_cast<const uv_handle_t*>(handle));
  if (listener != nullptr) listener->OnRecv(nread, *buf, addr, flags);
}

}  // namespace

uv_udp_t* UDPWrap::GetLibuvHandle() const {
  return reinterpret_cast<uv_udp_t*>(GetHandle());
}

void UDPWrap::set_listener(UDPListener* listener) {
  listener_ = listener;
  uv_udp_t* handle = GetLibuvHandle();
  if (listener != this) {
    OnReceiving();
  } else if (handle->recv_cb == ReceiveForListener) {
    handle->alloc_cb = allocate_;
    handle->recv_cb = receive_;
  }
}

void UDPWrap::OnReceiving() {
  uv_udp_t* handle = GetLibuvHandle();
  if (listener_ == this || handle->recv_cb == nullptr ||
      handle->recv_cb == ReceiveForListener) {
    return;
  }
  allocate_ = std::exchange(handle->alloc_cb, AllocateForListener);
  receive_ = std::exchange(handle->recv_cb, ReceiveForListener);
}

namespace permission {

bool Permission::enabled() const {
  return !env_->assert_net_.IsEmpty();
}

bool Permission::IsGranted(std::string_view resource) const {
  Isolate* isolate = env_->isolate();
  Local<String> text;
  if (!String::NewFromUtf8(isolate,
                           resource.data(),
                           NewStringType::kNormal,
                           static_cast<int>(resource.size()))
           .ToLocal(&text)) {
    return false;
  }
  Local<Value> argument = text;
  Local<Function> assert_net = env_->assert_net_.Get(isolate);
  return !assert_net->Call(env_->context(), Undefined(isolate), 1, &argument)
              .IsEmpty();
}

}  // namespace permission

Environment* Environment::GetCurrent(Isolate* isolate) {
  if (current == nullptr) {
    current = new Environment(isolate);
    AddEnvironmentCleanupHook(isolate, Stop, current);
  }
  return current;
}

void Environment::Stop(void* arg) {
  auto env = static_cast<Environment*>(arg);
  // Node.js has closed all handles by now. The addon's own objects may hold
  // what is kept for handles.
  for (bool is_handle : {false, true}) {
    std::vector<BaseObject*> objects(env->objects_.begin(),
                                     env->objects_.end());
    for (BaseObject* object : objects) {
      if (object->IsHandle() == is_handle) delete object;
    }
  }
  current = nullptr;
  delete env;
}

uv_handle_t* Environment::HandleAt(void* base, size_t offset) const {
  auto at = static_cast<char*>(base) + offset;
  return *reinterpret_cast<uv_handle_t**>(at);
}

// Returns the first place in the object that has the address of libuv's handle,
// or 0 if there is none, or more than one handle.
size_t Environment::FindOffset(Local<Object> handle,
                               uv_handle_type type) const {
  // Every handle of libuv's that is asked about is larger than the first, and
  // is a part of the object itself.
  constexpr size_t kSearched = 32 * sizeof(void*);
  constexpr uintptr_t kLargest = 1024;
  if (handle->InternalFieldCount() <= BaseObject::kSlot) return 0;
  void* base = PointerIn(handle, BaseObject::kSlot);
  auto start = reinterpret_cast<uintptr_t>(base);
  if (start == 0) return 0;
  size_t found = 0;
  for (size_t at = sizeof(void*); at < kSearched; at += sizeof(void*)) {
    uv_handle_t* candidate = HandleAt(base, at);
    auto address = reinterpret_cast<uintptr_t>(candidate);
    if (address % alignof(uv_handle_t) != 0 || address <= start + at ||
        address >= start + kLargest) {
      continue;
    }
    if (candidate->data != base || candidate->loop != event_loop() ||
        candidate->type != type) {
      continue;
    }
    if (found == 0) found = at;
    if (candidate != HandleAt(base, found)) return 0;
  }
  return found;
}

const char* Environment::Start(Local<Object> tcp,
                               Local<Object> pipe,
                               Local<Object> udp,
                               Local<Function> has_ref,
                               Local<Function> close,
                               Local<Value> assert_net) {
  if (!uv_is_closing(Closed())) return "libuv marks closed handles otherwise";
  size_t offset = FindOffset(tcp, UV_TCP);
  if (offset == 0) return "the libuv handle of a TCP handle is not found";
  if (FindOffset(pipe, UV_NAMED_PIPE) != offset) {
    return "the libuv handle of a pipe is not where that of a TCP handle is";
  }
  if (FindOffset(udp, UV_UDP) != offset) {
    return "the libuv handle of a UDP handle is not where that of a TCP handle "
           "is";
  }
  has_ref_.Reset(isolate_, has_ref);
  close_.Reset(isolate_, close);
  if (assert_net->IsFunction()) {
    assert_net_.Reset(isolate_, assert_net.As<Function>());
  }
  if (IsHandle(Object::New(isolate_)) || !IsHandle(tcp)) {
    return "hasRef() takes what is no handle, or does not take what is one";
  }
  offset_ = offset;
  return nullptr;
}

// A method of the binary checks that it has been called on a handle.
bool Environment::IsHandle(Local<Object> object) const {
  TryCatch try_catch(isolate_);
  return !has_ref_.Get(isolate_)->Call(context(), object, 0, nullptr).IsEmpty();
}

HandleWrap* Environment::Find(const uv_handle_t* handle) const {
  auto found = handles_.find(handle->data);
  return found == handles_.end() ? nullptr : found->second;
}

HandleWrap* Environment::ToHandle(Local<Value> value) {
  if (offset_ == 0 || !value->IsObject()) return nullptr;
  Local<Object> object = value.As<Object>();
  if (object->InternalFieldCount() <= BaseObject::kSlot) return nullptr;
  void* base = PointerIn(object, BaseObject::kSlot);
  if (base == nullptr) return nullptr;
  auto found = handles_.find(base);
  if (found != handles_.end() && found->second->object() == object) {
    return found->second;
  }
  if (!IsHandle(object)) return nullptr;
  uv_handle_t* handle = HandleAt(base, offset_);
  if (handle == nullptr || handle->data != base) return nullptr;
  // What may be there is of an object that was at the same place, and stays
  // only for those that hold it.
  if (found != handles_.end()) found->second->share.Release();
  if (handle->type == UV_UDP) return new UDPWrap(this, object, base);
  return new HandleWrap(this, object, base);
}

}  // namespace node
