// A native addon that uses the C++ interfaces of V8, Node, libuv, OpenSSL and
// zlib. All of them must match the binary that loads it.

#include <node.h>
#include <openssl/crypto.h>
#include <uv.h>
#include <v8.h>
#include <zlib.h>

#include <string>

namespace {

using v8::Array;
using v8::FunctionCallbackInfo;
using v8::Isolate;
using v8::Local;
using v8::Object;
using v8::String;
using v8::Value;

// The versions at run time, each beside the one it was compiled against.
void Versions(const FunctionCallbackInfo<Value>& args) {
  Isolate* isolate = args.GetIsolate();
  const std::string names[] = {std::to_string(uv_version()),
                               std::to_string(UV_VERSION_HEX),
                               OpenSSL_version(OPENSSL_VERSION_STRING),
                               OPENSSL_VERSION_STR,
                               zlibVersion(),
                               ZLIB_VERSION};
  constexpr int kCount = sizeof(names) / sizeof(names[0]);
  Local<Value> values[kCount];
  for (int i = 0; i < kCount; i++) {
    values[i] = String::NewFromUtf8(isolate, names[i].c_str()).ToLocalChecked();
  }
  args.GetReturnValue().Set(Array::New(isolate, values, kCount));
}

void Initialize(Local<Object> exports) {
  NODE_SET_METHOD(exports, "versions", Versions);
}

}  // namespace

NODE_MODULE(NODE_GYP_MODULE_NAME, Initialize)
