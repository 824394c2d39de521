/* A native addon that uses Node-API, which is independent of V8. */

#include <node_api.h>
#include <stddef.h>

static napi_value Add(napi_env env, napi_callback_info info) {
  size_t count = 2;
  napi_value values[2];
  double one = 0;
  double other = 0;
  napi_value sum = NULL;
  napi_get_cb_info(env, info, &count, values, NULL, NULL);
  if (count == 2 && napi_get_value_double(env, values[0], &one) == napi_ok &&
      napi_get_value_double(env, values[1], &other) == napi_ok) {
    napi_create_double(env, one + other, &sum);
  } else {
    napi_throw_type_error(env, NULL, "two numbers are expected");
  }
  return sum;
}

NAPI_MODULE_INIT() {
  napi_value add = NULL;
  napi_create_function(env, "add", NAPI_AUTO_LENGTH, Add, NULL, &add);
  napi_set_named_property(env, exports, "add", add);
  return exports;
}
