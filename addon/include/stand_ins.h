#ifndef ADDON_INCLUDE_STAND_INS_H_
#define ADDON_INCLUDE_STAND_INS_H_

// What our C++ uses of Node's internal headers, which official releases do not
// have. This takes nothing for granted about the objects of the binary beyond
// what it has checked, see Environment::Start().

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include "node.h"
#include "shared_sockets.h"
#include "uv.h"
#include "v8.h"

#ifndef CHECK
#define CHECK(condition)                                                       \
  do {                                                                         \
    if (!(condition)) {                                                        \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);          \
      abort();                                                                 \
    }                                                                          \
  } while (0)
#define CHECK_EQ(a, b) CHECK((a) == (b))
#endif

#define FIXED_ONE_BYTE_STRING(isolate, text)                                   \
  ::node::OneByteString(isolate, text)

#define ASSIGN_OR_RETURN_UNWRAP(pointer, value, ...)                           \
  do {                                                                         \
    ::node::Unwrap(pointer, value);                                            \
    if (*(pointer) == nullptr) return __VA_ARGS__;                             \
  } while (0)

constexpr int64_t kMaxSafeJsInteger = 9007199254740991;

template <typename T, size_t N>
constexpr size_t arraysize(const T (&)[N]) {
  return N;
}

#define SET_NO_MEMORY_INFO()
#define SET_MEMORY_INFO_NAME(name)
#define SET_SELF_SIZE(name)

namespace node {

// node_mutex.h

class Mutex {
 public:
  Mutex() { CHECK_EQ(uv_mutex_init(&mutex_), 0); }
  ~Mutex() { uv_mutex_destroy(&mutex_); }
  Mutex(const Mutex&) = delete;

  class ScopedLock {
   public:
    explicit ScopedLock(Mutex& mutex) : mutex_(&mutex.mutex_) {
      uv_mutex_lock(mutex_);
    }
    ~ScopedLock() { uv_mutex_unlock(mutex_); }
    ScopedLock(const ScopedLock&) = delete;

   private:
    friend class ConditionVariable;
    uv_mutex_t* mutex_;
  };

 private:
  uv_mutex_t mutex_;
};

class ConditionVariable {
 public:
  ConditionVariable() { CHECK_EQ(uv_cond_init(&cond_), 0); }
  ~ConditionVariable() { uv_cond_destroy(&cond_); }
  ConditionVariable(const ConditionVariable&) = delete;
  void Broadcast(const Mutex::ScopedLock&) { uv_cond_broadcast(&cond_); }
  void Wait(const Mutex::ScopedLock& lock) {
    uv_cond_wait(&cond_, lock.mutex_);
  }

 private:
  uv_cond_t cond_;
};

// util-inl.h

inline v8::Local<v8::String> OneByteString(v8::Isolate* isolate,
                                           const char* text) {
  return v8::String::NewFromOneByte(isolate,
                                    reinterpret_cast<const uint8_t*>(text),
                                    v8::NewStringType::kNormal)
      .ToLocalChecked();
}

class Utf8Value {
 public:
  Utf8Value(v8::Isolate* isolate, v8::Local<v8::Value> value) {
    v8::String::Utf8Value text(isolate, value);
    if (*text != nullptr) text_.assign(*text, text.length());
  }
  const char* operator*() const { return text_.c_str(); }
  size_t length() const { return text_.length(); }

 private:
  std::string text_;
};

template <typename T>
class ArrayBufferViewContents {
 public:
  explicit ArrayBufferViewContents(v8::Local<v8::ArrayBufferView> view)
      : length_(view->ByteLength()) {
    if (length_ == 0) return;
    data_ = static_cast<T*>(view->Buffer()->Data()) + view->ByteOffset();
  }
  const T* data() const { return data_; }
  size_t length() const { return length_; }

 private:
  const T* data_ = nullptr;
  size_t length_;
};

template <typename T>
class MaybeStackBuffer {
 public:
  explicit MaybeStackBuffer(size_t size)
      : buffer_(size > kSize ? new T[size] : nullptr) {}
  T* operator*() { return buffer_ ? buffer_.get() : stack_; }

 private:
  static constexpr size_t kSize = 1024;
  T stack_[kSize];
  std::unique_ptr<T[]> buffer_;
};

inline v8::Local<v8::FunctionTemplate> NewFunctionTemplate(
    v8::Isolate* isolate,
    v8::FunctionCallback callback,
    v8::ConstructorBehavior behavior = v8::ConstructorBehavior::kAllow,
    v8::SideEffectType effect = v8::SideEffectType::kHasSideEffect) {
  return v8::FunctionTemplate::New(
      isolate, callback, {}, {}, 0, behavior, effect);
}

inline void SetProtoMethod(v8::Isolate* isolate,
                           v8::Local<v8::FunctionTemplate> that,
                           const char* name,
                           v8::FunctionCallback callback) {
  v8::Local<v8::FunctionTemplate> method =
      NewFunctionTemplate(isolate, callback, v8::ConstructorBehavior::kThrow);
  method->SetClassName(OneByteString(isolate, name));
  that->PrototypeTemplate()->Set(OneByteString(isolate, name), method);
}

inline void SetMethod(
    v8::Local<v8::Context> context,
    v8::Local<v8::Object> that,
    const char* name,
    v8::FunctionCallback callback,
    v8::SideEffectType effect = v8::SideEffectType::kHasSideEffect) {
  v8::Isolate* isolate = v8::Isolate::GetCurrent();
  v8::Local<v8::String> key = OneByteString(isolate, name);
  v8::Local<v8::Function> function =
      NewFunctionTemplate(
          isolate, callback, v8::ConstructorBehavior::kThrow, effect)
          ->GetFunction(context)
          .ToLocalChecked();
  function->SetName(key);
  that->Set(context, key, function).Check();
}

inline void SetMethodNoSideEffect(v8::Local<v8::Context> context,
                                  v8::Local<v8::Object> that,
                                  const char* name,
                                  v8::FunctionCallback callback) {
  SetMethod(
      context, that, name, callback, v8::SideEffectType::kHasNoSideEffect);
}

// node_external_reference.h: an addon is never part of a snapshot.

class ExternalReferenceRegistry {
 public:
  template <typename T>
  void Register(const T&) {}
};

class BaseObject;
class Environment;

// node_messaging.h

template <typename T>
class BaseObjectPtr;

namespace worker {

class TransferData {
 public:
  virtual ~TransferData() = default;
  virtual BaseObjectPtr<BaseObject> Deserialize(
      Environment* env,
      v8::Local<v8::Context> context,
      std::unique_ptr<TransferData> self) = 0;
};

}  // namespace worker

// base_object-inl.h: objects of the addon's own classes, and what it keeps for
// each handle of the binary.

class BaseObject {
 public:
  enum InternalFields { kEmbedderType, kSlot, kInternalFieldCount };
  enum class TransferMode { kDisallowCloneAndTransfer, kCloneable };

  BaseObject(Environment* env, v8::Local<v8::Object> object);
  virtual ~BaseObject();
  BaseObject(const BaseObject&) = delete;

  Environment* env() const { return env_; }
  v8::Local<v8::Object> object() const;
  // Lets the object be collected, along with this, while no pointer holds it.
  void MakeWeak();

  virtual TransferMode GetTransferMode() const {
    return TransferMode::kDisallowCloneAndTransfer;
  }
  virtual std::unique_ptr<worker::TransferData> CloneForMessaging() const {
    return {};
  }
  virtual bool IsHandle() const { return false; }

  // Returns the object of the addon that a value was made for, or null.
  static BaseObject* FromOwn(v8::Local<v8::Value> value);

 protected:
  // For objects of the binary, whose fields are not the addon's.
  struct Foreign {};
  BaseObject(Environment* env, v8::Local<v8::Object> object, Foreign);

 private:
  template <typename T>
  friend class BaseObjectPtr;
  void Hold();
  void LetGo();
  void SetWeak();

  Environment* env_;
  v8::Global<v8::Object> object_;
  int pointers_ = 0;
  bool is_weak_ = false;
};

template <typename T>
class BaseObjectPtr {
 public:
  BaseObjectPtr() = default;
  explicit BaseObjectPtr(T* target) { reset(target); }
  BaseObjectPtr(BaseObjectPtr&& other) noexcept
      : target_(std::exchange(other.target_, nullptr)) {}
  BaseObjectPtr(const BaseObjectPtr&) = delete;
  ~BaseObjectPtr() { reset(); }

  void reset(T* target = nullptr) {
    if (target != nullptr) target->Hold();
    if (target_ != nullptr) target_->LetGo();
    target_ = target;
  }
  T* get() const { return target_; }
  T* operator->() const { return target_; }
  explicit operator bool() const { return target_ != nullptr; }

 private:
  T* target_ = nullptr;
};

// async_wrap-inl.h

// This one is the binary's own, and begins where its BaseObject does.
class NODE_EXTERN AsyncWrap {
 public:
  v8::MaybeLocal<v8::Value> MakeCallback(const v8::Local<v8::Function> callback,
                                         int argc,
                                         v8::Local<v8::Value>* argv);
};

// handle_wrap.h, tcp_wrap.h and pipe_wrap.h

// Stands for a handle of the binary, and keeps what our C++ needs for it.
class HandleWrap : public BaseObject {
 public:
  struct Template {
    Environment* env;
    bool HasInstance(v8::Local<v8::Value> value) const;
    const Template* operator->() const { return this; }
  };
  static Template GetConstructorTemplate(Environment* env) { return {env}; }

  HandleWrap(Environment* env, v8::Local<v8::Object> object, void* base);
  ~HandleWrap() override;

  // Returns libuv's handle, or one that is closed if it is gone.
  uv_handle_t* GetHandle() const;
  void Close();
  bool IsHandle() const override { return true; }

  // Calls a function in the handle's asynchronous context.
  v8::MaybeLocal<v8::Value> MakeCallback(v8::Local<v8::Function> callback,
                                         int argc,
                                         v8::Local<v8::Value>* argv);
  // Calls the method of that name, if there is one.
  v8::MaybeLocal<v8::Value> MakeCallback(v8::Local<v8::String> name,
                                         int argc,
                                         v8::Local<v8::Value>* argv);

  shared_sockets::Share share;

 private:
  void* base_;
};

using TCPWrap = HandleWrap;
using PipeWrap = HandleWrap;

// udp_wrap.h

template <typename T>
class ReqWrap;

class UDPListener {
 public:
  virtual ~UDPListener() = default;
  virtual uv_buf_t OnAlloc(size_t suggested_size) { return {}; }
  virtual void OnRecv(ssize_t nread,
                      const uv_buf_t& buf,
                      const sockaddr* addr,
                      unsigned int flags) {}
  virtual ReqWrap<uv_udp_send_t>* CreateSendWrap(size_t msg_size) {
    return nullptr;
  }
  virtual void OnSendDone(ReqWrap<uv_udp_send_t>* wrap, int status) {}
};

// While it is its own listener, the binary's functions receive. They send in
// any case.
class UDPWrap final : public HandleWrap, public UDPListener {
 public:
  using HandleWrap::HandleWrap;

  uv_udp_t* GetLibuvHandle() const;
  UDPListener* listener() const { return listener_; }
  void set_listener(UDPListener* listener);
  // To be called when the binary has made libuv receive.
  void OnReceiving();

  std::unique_ptr<UDPListener> receiver;

 private:
  UDPListener* listener_ = this;
  uv_alloc_cb allocate_ = nullptr;
  uv_udp_recv_cb receive_ = nullptr;
};

// permission/permission.h

namespace permission {

enum class PermissionScope { kPermissionsRoot, kNetwork };

class Permission {
 public:
  explicit Permission(Environment* env) : env_(env) {}
  bool enabled() const;
  // Throws a JavaScript error if not.
  bool IsGranted(std::string_view resource) const;
  static PermissionScope StringToPermission(std::string_view) {
    return PermissionScope::kNetwork;
  }

 private:
  Environment* env_;
};

}  // namespace permission

#define THROW_IF_INSUFFICIENT_PERMISSIONS(env, scope, resource, ...)           \
  do {                                                                         \
    if (!(env)->permission()->IsGranted(resource)) return __VA_ARGS__;         \
  } while (0)

// env-inl.h: what there is once in each thread.

class Environment {
 public:
  explicit Environment(v8::Isolate* isolate) : isolate_(isolate) {}

  static Environment* GetCurrent(v8::Isolate* isolate);
  static Environment* GetCurrent(
      const v8::FunctionCallbackInfo<v8::Value>& args) {
    return GetCurrent(args.GetIsolate());
  }
  // Forgets the environment of this thread, and all that is kept for it.
  static void Stop(void* env);

  // Finds out where handles have libuv's. The functions are those of the
  // binary; |assert_net| is undefined if the permission model is off. Returns
  // null, or what does not check out.
  const char* Start(v8::Local<v8::Object> tcp,
                    v8::Local<v8::Object> pipe,
                    v8::Local<v8::Object> udp,
                    v8::Local<v8::Function> has_ref,
                    v8::Local<v8::Function> close,
                    v8::Local<v8::Value> assert_net);

  v8::Isolate* isolate() const { return isolate_; }
  v8::Local<v8::Context> context() const {
    return isolate_->GetCurrentContext();
  }
  uv_loop_t* event_loop() const { return GetCurrentEventLoop(isolate_); }
  const permission::Permission* permission() const { return &permission_; }
  void ThrowUVException(int err, const char* syscall) const {
    isolate_->ThrowException(UVException(isolate_, err, syscall));
  }
  bool can_call_into_js() const { return !isolate_->IsExecutionTerminating(); }
  v8::Local<v8::String> onmessage_string() const {
    return OneByteString(isolate_, "onmessage");
  }

  v8::Local<v8::FunctionTemplate> tcp_constructor_template() const {
    return tcp_template_.Get(isolate_);
  }
  void set_tcp_constructor_template(v8::Local<v8::FunctionTemplate> tmpl) {
    tcp_template_.Reset(isolate_, tmpl);
  }

  // Returns what is kept for a handle, or null. Accepts any value.
  HandleWrap* ToHandle(v8::Local<v8::Value> value);
  // Returns what is kept for one of libuv's handles, or null.
  HandleWrap* Find(const uv_handle_t* handle) const;

 private:
  friend class BaseObject;
  friend class HandleWrap;
  friend class permission::Permission;

  uv_handle_t* HandleAt(void* base, size_t offset) const;
  size_t FindOffset(v8::Local<v8::Object> handle, uv_handle_type type) const;
  bool IsHandle(v8::Local<v8::Object> object) const;

  v8::Isolate* isolate_;
  permission::Permission permission_{this};
  // Where an object of the binary has the address of libuv's handle.
  size_t offset_ = 0;
  v8::Global<v8::Function> has_ref_;
  v8::Global<v8::Function> close_;
  v8::Global<v8::Function> assert_net_;
  v8::Global<v8::FunctionTemplate> tcp_template_;
  std::set<BaseObject*> objects_;
  std::map<void*, HandleWrap*> handles_;
};

// Sets |*out| to null if the value is none of that class.
template <typename T>
void Unwrap(T** out, v8::Local<v8::Value> value) {
  if constexpr (std::is_base_of_v<HandleWrap, T>) {
    HandleWrap* wrap =
        Environment::GetCurrent(v8::Isolate::GetCurrent())->ToHandle(value);
    if constexpr (std::is_same_v<T, UDPWrap>) {
      if (wrap != nullptr && wrap->GetHandle()->type != UV_UDP) wrap = nullptr;
    }
    *out = static_cast<T*>(wrap);
  } else {
    *out = static_cast<T*>(BaseObject::FromOwn(value));
  }
}

}  // namespace node

#endif  // ADDON_INCLUDE_STAND_INS_H_
