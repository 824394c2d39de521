// Faults, one of which is triggered if SANITIZER_FAULT names it. This shows
// that what a sanitizer finds in this binary reaches its log.

#include <climits>
#include <cstdlib>
#include <cstring>
#include <thread>  // NOLINT(build/c++11)

namespace {

volatile int number = INT_MAX;
char* volatile memory = nullptr;

void Overflow() {
  number = number + 1;
}

void UseAfterFree() {
  memory = new char[1];
  delete[] memory;
  number = memory[0];
}

void Leak() {
  memory = new char[1];
  memory = nullptr;
}

void Race() {
  std::thread other([] { number = 1; });
  number = 2;
  other.join();
}

__attribute__((constructor)) void CommitFault() {
  const char* name = getenv("SANITIZER_FAULT");
  if (name == nullptr) return;
  if (strcmp(name, "overflow") == 0) Overflow();
  if (strcmp(name, "use after free") == 0) UseAfterFree();
  if (strcmp(name, "leak") == 0) Leak();
  if (strcmp(name, "race") == 0) Race();
}

}  // namespace
