// libFuzzer inside Node.js. Runs a JavaScript function with one input after the
// other, and tells the engine which parts of our C++ each input has reached.
// With g++, every block calls __sanitizer_cov_trace_pc(), which the engine no
// longer supports. Compared values are passed to the engine's own functions.

#include <node_api.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

struct uv_loop_s;

extern "C" {
int LLVMFuzzerRunDriver(int* argc,
                        char*** argv,
                        int (*run)(const uint8_t* data, size_t size));
void __sanitizer_cov_8bit_counters_init(uint8_t* start, uint8_t* stop);
void __sanitizer_cov_pcs_init(const uintptr_t* start, const uintptr_t* stop);
int uv_run(uv_loop_s* loop, int mode);
extern char __executable_start;
}

namespace {

constexpr size_t kCounters = 1 << 16;
// UV_RUN_NOWAIT in uv.h.
constexpr int kNoWait = 2;
// Handles are freed in the loop iteration after the one that closed them.
constexpr int kInputsPerTurn = 32;

uint8_t counters[kCounters];

napi_env fuzz_env;
napi_ref fuzz_function;
uv_loop_s* fuzz_loop;

// The control: a fault that is only found by a search that is guided by
// compared values.
void CommitFault(const uint8_t* data, size_t size) {
  constexpr uint32_t kRight = 0x5a5a5546;
  uint32_t value;
  if (size < sizeof(value)) return;
  memcpy(&value, data, sizeof(value));
  if (value != kRight) return;
  volatile char* memory = new char[1];
  delete[] memory;
  memory[0] = 1;
}

// An exception is a fault in native.cjs.
void Check(napi_status status) {
  if (status == napi_ok) return;
  napi_value error;
  napi_get_and_clear_last_exception(fuzz_env, &error);
  abort();
}

int RunInput(const uint8_t* data, size_t size) {
  static const bool is_control = getenv("FUZZ_CONTROL") != nullptr;
  static int inputs = 0;
  if (is_control) CommitFault(data, size);
  napi_handle_scope scope;
  napi_value function;
  napi_value global;
  napi_value bytes;
  Check(napi_open_handle_scope(fuzz_env, &scope));
  Check(napi_get_reference_value(fuzz_env, fuzz_function, &function));
  Check(napi_get_global(fuzz_env, &global));
  Check(napi_create_buffer_copy(fuzz_env, size, data, nullptr, &bytes));
  Check(napi_call_function(fuzz_env, global, function, 1, &bytes, nullptr));
  Check(napi_close_handle_scope(fuzz_env, scope));
  if (++inputs % kInputsPerTurn == 0) {
    uv_run(fuzz_loop, kNoWait);
    uv_run(fuzz_loop, kNoWait);
  }
  return 0;
}

// run(function, ...args): never returns, as the engine exits the process.
napi_value Run(napi_env env, napi_callback_info info) {
  size_t count = 16;
  napi_value values[16];
  napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  fuzz_env = env;
  Check(napi_create_reference(env, values[0], 1, &fuzz_function));
  Check(napi_get_uv_event_loop(env, &fuzz_loop));
  static std::vector<std::string> texts(1, "fuzz");
  for (size_t i = 1; i < count; i++) {
    char text[4096];
    size_t length;
    Check(napi_get_value_string_utf8(
        env, values[i], text, sizeof(text), &length));
    texts.emplace_back(text, length);
  }
  static std::vector<char*> args;
  for (std::string& text : texts) args.push_back(text.data());
  args.push_back(nullptr);
  static uintptr_t places[2 * kCounters];
  for (size_t i = 0; i < kCounters; i++) places[2 * i] = i + 1;
  __sanitizer_cov_8bit_counters_init(counters, counters + kCounters);
  __sanitizer_cov_pcs_init(places, places + 2 * kCounters);
  // The engine exits the process from within a call, where Node.js cannot be
  // torn down.
  on_exit([](int status, void*) { _exit(status); }, nullptr);
  int argc = static_cast<int>(texts.size());
  char** argv = args.data();
  LLVMFuzzerRunDriver(&argc, &argv, RunInput);
  return nullptr;
}

napi_value Initialize(napi_env env, napi_value exports) {
  napi_value run;
  napi_create_function(env, "run", NAPI_AUTO_LENGTH, Run, nullptr, &run);
  napi_set_named_property(env, exports, "run", run);
  return exports;
}

// Part of the binary, where process._linkedBinding() finds it.
constexpr unsigned kLinked = 2;
napi_module fuzz_module = {
    1, kLinked, __FILE__, Initialize, "bindery_fuzz", nullptr, {nullptr}};

__attribute__((constructor)) void Register() {
  napi_module_register(&fuzz_module);
}

}  // namespace

extern "C" {

// Overrides the engine's function, which does nothing. It must not count
// itself.
__attribute__((no_sanitize_coverage, no_sanitize("address", "undefined"))) void
__wrap___sanitizer_cov_trace_pc() {
  uintptr_t place = reinterpret_cast<uintptr_t>(__builtin_return_address(0)) -
                    reinterpret_cast<uintptr_t>(&__executable_start);
  uint8_t& counter = counters[(place * 0x9e3779b1u >> 8) % kCounters];
  // Overflow must not make a block look as if it was not reached.
  if (counter < 255) counter++;
}

// Floating-point values tell the engine nothing.
void __sanitizer_cov_trace_cmpf(float, float) {}
void __sanitizer_cov_trace_cmpd(double, double) {}
}
