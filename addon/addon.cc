// Our C++ for an official binary, as a native addon. lib/ gets to it by
// load.cjs, which does for the classes of the binary what the hooks in src/ do.

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include "bound_handle.h"
#include "bound_handle_sharing.h"
#include "datagram_receiver.h"
#include "datagram_sender.h"
#include "keep_alive.h"
#include "node.h"
#include "node_mutex.h"
#include "socket_constants.h"
#include "socket_creation.h"
#include "socket_descriptors.h"
#include "socket_options.h"
#include "socket_structs.h"
#include "stand_ins.h"
#include "system_socket.h"
#include "uv.h"
#include "v8.h"

namespace node {
namespace addon {

using v8::BackingStore;
using v8::BigInt;
using v8::Context;
using v8::Exception;
using v8::Function;
using v8::FunctionCallbackInfo;
using v8::FunctionTemplate;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::SharedArrayBuffer;
using v8::String;
using v8::Uint32;
using v8::Value;
using worker::TransferData;

namespace {

// What is on its way between threads, by number. Node.js itself carries only
// the number, in memory that is freed with the message if nobody receives it.
struct Claims {
  Mutex mutex;
  uint64_t last = 0;
  std::map<uint64_t, std::unique_ptr<TransferData>> data;

  std::unique_ptr<TransferData> Take(uint64_t number) {
    Mutex::ScopedLock lock(mutex);
    auto found = data.find(number);
    if (found == data.end()) return nullptr;
    std::unique_ptr<TransferData> taken = std::move(found->second);
    data.erase(found);
    return taken;
  }
};

Claims* GetClaims() {
  static Claims* claims = new Claims();
  return claims;
}

// send(transit): returns a buffer that stands for what the transit had.
void Send(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  BaseObject* transit = BaseObject::FromOwn(args[0]);
  if (transit == nullptr) return;
  std::unique_ptr<TransferData> data = transit->CloneForMessaging();
  if (data == nullptr) return;
  Claims* claims = GetClaims();
  auto number = std::make_unique<uint64_t>();
  {
    Mutex::ScopedLock lock(claims->mutex);
    *number = ++claims->last;
    claims->data[*number] = std::move(data);
  }
  std::unique_ptr<BackingStore> store = SharedArrayBuffer::NewBackingStore(
      number.get(),
      sizeof(*number),
      [](void* memory, size_t, void* number) {
        delete static_cast<uint64_t*>(memory);
        GetClaims()->Take(reinterpret_cast<uintptr_t>(number));
      },
      reinterpret_cast<void*>(static_cast<uintptr_t>(*number)));
  number.release();
  args.GetReturnValue().Set(SharedArrayBuffer::New(isolate, std::move(store)));
}

// receive(number): returns a transit with what the sender's had, or undefined.
void Receive(const FunctionCallbackInfo<Value>& args) {
  if (!args[0]->IsBigInt()) return;
  std::unique_ptr<TransferData> data =
      GetClaims()->Take(args[0].As<BigInt>()->Uint64Value());
  if (data == nullptr) return;
  Environment* env = Environment::GetCurrent(args);
  TransferData* receiver = data.get();
  BaseObjectPtr<BaseObject> transit =
      receiver->Deserialize(env, env->context(), std::move(data));
  if (transit) args.GetReturnValue().Set(transit->object());
}

// setKeepAlive(enable, delay, interval, count), on a TCP handle
void SetKeepAlive(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(
      &wrap, args.This(), args.GetReturnValue().Set(UV_EBADF));
  Local<Context> context = wrap->env()->context();
  int enable;
  uint32_t delay;
  if (!args[0]->Int32Value(context).To(&enable) ||
      !args[1]->Uint32Value(context).To(&delay)) {
    return;
  }
  int idle = static_cast<int>(delay);
  args.GetReturnValue().Set(
      keep_alive::Set(wrap, enable != 0, idle, args[2], args[3]));
}

// beforeListen(handle)
void BeforeListen(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(&wrap, args[0]);
  bound_handle_sharing::BeforeListen(wrap);
}

// release(handle): to be called once the handle closes.
void Release(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(&wrap, args[0]);
  if (uv_is_closing(wrap->GetHandle())) wrap->share.Release();
}

// clearErrorQueue(handle): to be called for a UDP handle that was opened.
void ClearErrorQueue(const FunctionCallbackInfo<Value>& args) {
  HandleWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(&wrap, args[0]);
  system_socket::socket_t socket;
  if (system_socket::GetSocket(wrap->GetHandle(), &socket) == 0) {
    socket_options::ClearErrorQueue(socket);
  }
}

// There is one function in a binary that libuv calls for datagrams.
std::atomic<uv_udp_recv_cb> on_receive{nullptr};

void OnReceive(uv_udp_t* handle,
               ssize_t nread,
               const uv_buf_t* buf,
               const sockaddr* addr,
               unsigned int flags) {
  nread = socket_options::CheckReceived(handle, nread, buf);
  on_receive.load()(handle, nread, buf, addr, flags);
}

// checkReceived(handle): to be called for a UDP handle that receives.
void CheckReceived(const FunctionCallbackInfo<Value>& args) {
  UDPWrap* wrap;
  ASSIGN_OR_RETURN_UNWRAP(&wrap, args[0]);
  uv_udp_t* handle = wrap->GetLibuvHandle();
  if (handle->recv_cb == nullptr || handle->recv_cb == OnReceive) return;
  uv_udp_recv_cb expected = nullptr;
  on_receive.compare_exchange_strong(expected, handle->recv_cb);
  if (on_receive == handle->recv_cb) handle->recv_cb = OnReceive;
  wrap->OnReceiving();
}

// The methods that the hooks add to a class of handles, as an object.
void AddMethods(Local<Context> context,
                Local<Object> target,
                const char* name,
                Local<FunctionTemplate> tmpl) {
  Isolate* isolate = Isolate::GetCurrent();
  socket_options::AddMethods(isolate, tmpl);
  socket_creation::AddMethods(isolate, tmpl);
  Local<Function> constructor = tmpl->GetFunction(context).ToLocalChecked();
  Local<Value> methods =
      constructor->Get(context, OneByteString(isolate, "prototype"))
          .ToLocalChecked();
  target->Set(context, OneByteString(isolate, name), methods).Check();
}

// start(exports, tcpTarget, udpTarget, tcp, pipe, udp, hasRef, close,
// assertNet): adds to the targets, the objects of the bindings, what lib/ finds
// there, and to |exports| the methods of handles. Throws if the binary is none
// that the addon can serve.
void Start(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  for (int i = 0; i < 8; i++) {
    if (!args[i]->IsObject()) return;
  }
  if (!args[6]->IsFunction() || !args[7]->IsFunction()) return;
  Environment* env = Environment::GetCurrent(args);
  Local<Context> context = env->context();
  const char* problem = env->Start(args[3].As<Object>(),
                                   args[4].As<Object>(),
                                   args[5].As<Object>(),
                                   args[6].As<Function>(),
                                   args[7].As<Function>(),
                                   args[8]);
  if (problem != nullptr) {
    isolate->ThrowException(Exception::Error(OneByteString(isolate, problem)));
    return;
  }
  Local<Object> exports = args[0].As<Object>();
  Local<Object> target = args[1].As<Object>();
  socket_constants::Define(context, target);
  socket_structs::Initialize(context, target);
  socket_descriptors::Initialize(context, target);

  Local<FunctionTemplate> tcp = FunctionTemplate::New(isolate);
  Local<FunctionTemplate> pipe = FunctionTemplate::New(isolate);
  Local<FunctionTemplate> udp = FunctionTemplate::New(isolate);
  bound_handle_sharing::Initialize(env, context, target, tcp);
  env->set_tcp_constructor_template(tcp);
  SetProtoMethod(isolate, tcp, "setKeepAlive", SetKeepAlive);
  bound_handle::AddTCPMethods(isolate, tcp);
  bound_handle::AddPipeMethods(isolate, pipe);
  datagram_receiver::Initialize(context, args[2].As<Object>(), udp);
  datagram_sender::AddMethods(isolate, udp);
  AddMethods(context, exports, "tcp", tcp);
  AddMethods(context, exports, "pipe", pipe);
  AddMethods(context, exports, "udp", udp);
  Local<Value> transit = tcp->GetFunction(context)
                             .ToLocalChecked()
                             ->Get(context, OneByteString(isolate, "Transit"))
                             .ToLocalChecked();
  exports->Set(context, OneByteString(isolate, "Transit"), transit).Check();
}

}  // namespace

void Initialize(Local<Object> exports, Local<Context> context) {
  SetMethod(context, exports, "start", Start);
  SetMethod(context, exports, "send", Send);
  SetMethod(context, exports, "receive", Receive);
  SetMethod(context, exports, "beforeListen", BeforeListen);
  SetMethod(context, exports, "release", Release);
  SetMethod(context, exports, "clearErrorQueue", ClearErrorQueue);
  SetMethod(context, exports, "checkReceived", CheckReceived);
}

}  // namespace addon
}  // namespace node

NODE_MODULE_INIT(/* exports, module, context */) {
  node::addon::Initialize(exports.As<v8::Object>(), context);
}
