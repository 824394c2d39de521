#ifndef TOOLS_SANITIZE_HELD_H_
#define TOOLS_SANITIZE_HELD_H_

#include <sys/socket.h>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include "shared_sockets.h"

namespace registry {

using node::shared_sockets::OwnedSocket;
using node::shared_sockets::Share;
using node::shared_sockets::Terms;

// What a thread is doing, for the message of a failure.
struct Doing {
  int round = 0;
  int thread = 0;
  int act = 0;
  const char* name = "start";
};
extern thread_local Doing doing;

// Ends the program: what holds of the registry does not.
[[noreturn]] __attribute__((format(printf, 1, 2))) void Fail(const char* format,
                                                             ...);

// "0", the name of a libuv error, or the number of a mismatch.
std::string NameOf(int outcome);

// A TCP address, and its text, by which it is compared.
class Address {
 public:
  Address() = default;
  Address(const char* ip, int port);

  static Address Of(int socket);

  const sockaddr* get() const {
    return reinterpret_cast<const sockaddr*>(&storage_);
  }
  bool is_ipv6() const { return storage_.ss_family == AF_INET6; }
  // The address for all that a system has.
  bool is_any() const;
  const std::string& text() const { return text_; }

 private:
  void SetText();

  sockaddr_storage storage_ = {};
  std::string text_;
};

// The path of a Unix domain socket, and what is to become of it when nobody
// holds it. What is relaxed here is ordered by the registry's own lock; where
// that is missing, nothing else must hide it from ThreadSanitizer.
struct Path {
  // The state is said before what it names is begun, and again afterwards.
  enum State { kNamed, kForgetting, kForgotten, kReplacing, kReplaced };

  explicit Path(std::string&& name) : name(std::move(name)) {}

  State Get() const { return state.load(std::memory_order_relaxed); }
  void Set(State now) { state.store(now, std::memory_order_relaxed); }
  // Leaves the state kNamed, or returns false where another thread has.
  bool Claim(State now);
  // Ends the program where the path is not as the state says; nobody may hold
  // it any more.
  void CheckEnd() const;

  const std::string name;
  std::atomic<int> holders = 1;
  std::atomic<State> state = kNamed;
};

// Whether there is anything of that name.
bool Exists(const std::string& path);

// What the model knows of a group that has an address.
struct Known {
  Address address;
  Terms terms;
  // The kernel's own number for the socket that all holders have. 0 where each
  // has another one.
  uint64_t cookie = 0;
  bool connected = false;
};

// The kernel's number for a socket.
uint64_t CookieOf(int socket);

// What a handle of Node's would have: a share, a socket, and what the model
// knows of them.
struct Held {
  Held() = default;
  Held(Held&&) = default;
  ~Held();

  // Another share, and another descriptor of the socket if there is one.
  std::unique_ptr<Held> Copy() const;
  // Holds what is known against what the kernel and the registry say.
  void Check() const;
  bool has_address() const { return path == nullptr; }

  // The socket is closed first: it is declared last.
  std::shared_ptr<Path> path;
  Known known;
  Share share;
  OwnedSocket socket;
};

// What Share::Get() must return where the address is shared by other terms.
int Expected(const Terms& asked, const Terms& had);

}  // namespace registry

#endif  // TOOLS_SANITIZE_HELD_H_
