#ifndef TOOLS_VERIFY_SANITIZE_HELD_H_
#define TOOLS_VERIFY_SANITIZE_HELD_H_

#include <sys/socket.h>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include "shared_sockets.h"

namespace registry {

using node::shared_sockets::OwnedSocket;
using node::shared_sockets::Share;

// What a thread is doing, for the message of a failure.
struct Doing {
  int round = 0;
  int thread = 0;
  int act = 0;
  const char* name = "start";
};
extern thread_local Doing doing;

// Ends the program because the registry is not in the expected state.
[[noreturn]] __attribute__((format(printf, 1, 2))) void Fail(const char* format,
                                                             ...);

// "0", the name of a libuv error, or the number of a mismatch.
std::string NameOf(int outcome);

// A TCP address, and its text for comparison.
class Address {
 public:
  Address() = default;
  Address(const char* ip, int port);

  static Address Of(int socket);

  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage_);
  }
  bool is_ipv6() const { return storage_.ss_family == AF_INET6; }
  // Whether it is the wildcard address.
  bool is_any() const;
  const std::string& text() const { return text_; }

 private:
  void SetText();

  sockaddr_storage storage_ = {};
  std::string text_;
};

// The path of a Unix domain socket, and what must become of it when it has no
// holder left. The relaxed accesses here are ordered by the registry's own
// lock. If that is missing, nothing else must hide it from ThreadSanitizer.
struct Path {
  // The state is set before the action that it names, and again afterwards.
  enum State { kNamed, kInheriting, kInherited, kReplacing, kReplaced };

  explicit Path(std::string&& name) : name(std::move(name)) {}

  State Get() const { return state.load(std::memory_order_relaxed); }
  void Set(State now) { state.store(now, std::memory_order_relaxed); }
  // Leaves the state kNamed, or returns false if another thread has already.
  bool Claim(State now);
  // Ends the program if the path does not match the state. There must be no
  // holder left.
  void CheckEnd() const;

  const std::string name;
  // What another process would have of the socket, once it was inherited.
  OwnedSocket other;
  std::atomic<int> holders = 1;
  std::atomic<State> state = kNamed;
};

// Whether a file of that name exists.
bool Exists(const std::string& path);

// How an address is shared.
struct Terms {
  bool ipv6_only = false;
  bool exclusive = false;
  bool balanced = false;

  // As the registry takes them.
  uint32_t For(const Address& address) const;
};

// What the model knows about a group that has an address.
struct Known {
  Address address;
  Terms terms;
  // The kernel's number for the socket that all holders have. 0 if each has a
  // different one.
  uint64_t cookie = 0;
  bool connected = false;
};

// The kernel's number for a socket.
uint64_t CookieOf(int socket);

// What one of Node's handles would have: a share, a socket, and what the model
// knows about them.
struct Held {
  Held() = default;
  Held(Held&&) = default;
  ~Held();

  // Another share, and another descriptor for the socket if there is one.
  std::unique_ptr<Held> Copy() const;
  // Compares what is known with what the kernel and the registry say.
  void Check() const;
  bool has_address() const { return path == nullptr; }

  // The socket is closed first, so it is declared last.
  std::shared_ptr<Path> path;
  Known known;
  Share share;
  OwnedSocket socket;
};

// What Share::Get() must return if an address is shared already: 0, or the term
// that differs.
int Expected(const Terms& asked, const Known& had);

}  // namespace registry

#endif  // TOOLS_VERIFY_SANITIZE_HELD_H_
