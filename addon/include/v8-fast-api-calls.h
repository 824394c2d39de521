#ifndef ADDON_INCLUDE_V8_FAST_API_CALLS_H_
#define ADDON_INCLUDE_V8_FAST_API_CALLS_H_

#include "v8.h"

// Official releases come without this header of V8.
namespace v8 {

// Its address is null, so that there are only ordinary calls.
class CFunction {
 public:
  template <typename Function>
  static CFunction Make(Function*) {
    return {};
  }
  const CFunction* operator&() const {  // NOLINT(runtime/operator)
    return nullptr;
  }
  const void* GetAddress() const { return nullptr; }
  const void* GetTypeInfo() const { return nullptr; }
};

// Handles are no instances of the templates that the addon has. Methods check
// their receivers without the help of V8.
struct NoSignature {
  static Local<Signature> New(Isolate*, Local<FunctionTemplate>) { return {}; }
};

}  // namespace v8

#define Signature NoSignature

#endif  // ADDON_INCLUDE_V8_FAST_API_CALLS_H_
