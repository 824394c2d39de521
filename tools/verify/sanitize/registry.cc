// Threads share, copy, move, send and release sockets at random through the
// registry in src/shared_sockets.cc, and compare the results with a model and
// the kernel. This needs neither Node nor V8, so that sanitizers see all of it.
//
//   registry <seed> <rounds>

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>  // NOLINT(build/c++11)
#include <utility>
#include <vector>
#include "holder.h"

namespace node {

struct AssertionInfo;

// Called when a CHECK in Node's headers fails.
[[noreturn]] void Assert(const AssertionInfo&) {
  registry::Fail("a CHECK of Node's own headers fails");
}

}  // namespace node

namespace registry {
namespace {

using node::shared_sockets::CountGroups;
using node::socket_factory::Bind;

constexpr int kThreads = 8;
constexpr int kActs = 200;

std::set<int> Descriptors() {
  std::set<int> descriptors;
  DIR* folder = opendir("/proc/self/fd");
  if (folder == nullptr) Fail("/proc/self/fd: %s", strerror(errno));
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') descriptors.insert(atoi(entry->d_name));
  }
  descriptors.erase(dirfd(folder));
  closedir(folder);
  return descriptors;
}

int TryBind(const Address& address) {
  Terms terms;
  terms.exclusive = true;
  OwnedSocket socket;
  return Bind(address.get(), terms.For(address), &socket);
}

// A port that is free at all of the addresses. It is not in the range that
// systems assign at random, and depends on the process.
int FreePort(const std::vector<std::string>& ips) {
  static int port = 10000 + getpid() % 10000;
  for (int tries = 0; tries < 1000; tries++) {
    port++;
    auto is_free = [](const std::string& ip) {
      return TryBind(Address(ip.c_str(), port)) == 0;
    };
    if (std::all_of(ips.begin(), ips.end(), is_free)) return port;
  }
  Fail("no port of %s is free", ips[0].c_str());
}

// A loopback address that no other process uses.
std::string OwnLoopback(int first) {
  const unsigned pid = getpid();
  char ip[INET_ADDRSTRLEN];
  snprintf(ip,
           sizeof(ip),
           "127.%u.%u.%u",
           first + (pid >> 16 & 63),
           pid >> 8 & 255,
           pid & 255);
  return ip;
}

OwnedSocket BoundSocket(const Address& address) {
  Terms terms;
  terms.exclusive = true;
  OwnedSocket socket;
  int err = Bind(address.get(), terms.For(address), &socket);
  if (err != 0) Fail("%s: %s", address.text().c_str(), NameOf(err).c_str());
  return socket;
}

void MakeWorld(World* world, uint64_t seed, bool has_ipv6) {
  const std::string own = OwnLoopback(64);
  // One port everywhere: addresses differ in everything else.
  std::vector<std::string> ips = {own, OwnLoopback(128)};
  if (has_ipv6) ips.push_back("::1");
  const int port = FreePort(ips);
  for (const std::string& ip : ips)
    world->places.emplace_back(ip.c_str(), port);
  world->any.emplace_back(own.c_str(), 0);
  if (has_ipv6) {
    world->places.emplace_back("::", FreePort({"::"}));
    world->any.emplace_back("::1", 0);
  }
  world->taken = Address(own.c_str(), FreePort({own}));
  world->listener = BoundSocket(Address(own.c_str(), FreePort({own})));
  listen(world->listener.get(), kThreads);
  const char* parent = getenv("TMPDIR");
  world->folder =
      std::string(parent == nullptr ? "/tmp" : parent) + "/registry-XXXXXX";
  if (mkdtemp(world->folder.data()) == nullptr) {
    Fail("%s: %s", world->folder.c_str(), strerror(errno));
  }
  for (int i = 0; i < kThreads; i++) {
    world->holders.push_back(
        std::make_unique<Holder>(world, i, seed * kThreads + i));
  }
}

// Calls `work` for every holder, each in a separate thread.
template <typename Work>
void InThreads(const World& world, Work work) {
  std::vector<std::thread> threads;
  for (const auto& holder : world.holders) {
    threads.emplace_back(work, holder.get());
  }
  for (std::thread& thread : threads) thread.join();
}

// The exact number of groups and descriptors follows from what the threads
// hold. All of them are idle.
void CheckSums(const World& world, size_t descriptors_before) {
  std::map<std::string, const Known*> groups;
  std::set<const Path*> paths;
  size_t descriptors = descriptors_before;
  auto count = [&](const Held& held) {
    held.Check();
    if (!held.socket.empty()) descriptors++;
    if (!held.has_address()) {
      const Path* path = held.path.get();
      if (paths.insert(path).second && !path->other.empty()) descriptors++;
      return;
    }
    const Known& known = held.known;
    auto [group, fresh] = groups.emplace(known.address.text(), &known);
    // The group has one itself.
    if (fresh && !known.terms.balanced) descriptors++;
    if (group->second->cookie != known.cookie ||
        Expected(group->second->terms, known) != 0) {
      Fail("%s is held in two ways", known.address.text().c_str());
    }
  };
  for (const auto& holder : world.holders) {
    for (const auto& held : holder->held()) count(*held);
    for (const auto& held : holder->waiting()) count(*held);
  }
  if (CountGroups() != static_cast<int>(groups.size())) {
    Fail("%d groups, not %zu", CountGroups(), groups.size());
  }
  if (Descriptors().size() != descriptors) {
    Fail("%zu descriptors, not %zu", Descriptors().size(), descriptors);
  }
}

// Leaves the process no descriptor, or one, while `work` runs.
template <typename Work>
void WithDescriptors(int free, Work work) {
  rlimit before;
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit limit = before;
  const int lowest = open("/dev/null", O_RDONLY | O_CLOEXEC);
  close(lowest);
  limit.rlim_cur = lowest + free;
  setrlimit(RLIMIT_NOFILE, &limit);
  work();
  setrlimit(RLIMIT_NOFILE, &before);
}

void ExpectExhausted(const Address& address) {
  Held made;
  int outcome = Share::Get(address.get(), {}, &made.share, &made.socket);
  if (outcome != UV_EMFILE) Fail("returns %s", NameOf(outcome).c_str());
}

// When there are no descriptors left, a failed call must leave nothing behind.
void Exhaust(const Address& address) {
  doing.name = "no descriptors";
  const std::set<int> before = Descriptors();
  // Too few for the socket of a new group, and then for the group itself.
  for (int free = 0; free < 2; free++) {
    WithDescriptors(free, [&] { ExpectExhausted(address); });
    if (CountGroups() != 0) Fail("there is a group");
    if (Descriptors() != before) Fail("a descriptor is left");
    if (int err = TryBind(address)) Fail("%s", NameOf(err).c_str());
  }
  {
    Held first;
    int err = Share::Get(address.get(), {}, &first.share, &first.socket);
    if (err != 0) Fail("returns %s", NameOf(err).c_str());
    WithDescriptors(0, [&] { ExpectExhausted(address); });
  }
  if (CountGroups() != 0) Fail("a group is left");
  if (Descriptors() != before) Fail("a descriptor of the group is left");
}

Held Opened(const Address& any, const Terms& terms) {
  Held held;
  int err =
      Share::Get(any.get(), terms.For(any), &held.share, &held.socket);
  if (err != 0) Fail("returns %s", NameOf(err).c_str());
  held.known = {Address::Of(held.socket.get()), terms};
  return held;
}

// When the sockets of a load-balanced group are closed but not released yet,
// the system may give its port to another group. From then on, the registry
// knows the new one.
void TakePlace(const Address& any) {
  doing.name = "take the place of a group";
  Terms terms;
  terms.balanced = true;
  std::map<std::string, Held> closed;
  for (int tries = 0; tries < 100000; tries++) {
    Held opened = Opened(any, terms);
    const Address address = opened.known.address;
    auto old = closed.find(address.text());
    if (old == closed.end()) {
      opened.socket.reset();
      if (closed.size() < 500)
        closed.emplace(address.text(), std::move(opened));
      continue;
    }
    const int count = closed.size();
    if (CountGroups() != count) Fail("%d groups, not %d", CountGroups(), count);
    closed.erase(old);
    if (CountGroups() != count) Fail("the new group went with the old one");
    Opened(address, terms);
    if (CountGroups() != count) Fail("the new group is not known");
    opened.socket.reset();
    opened.share.Release();
    if (CountGroups() != count - 1) Fail("the new group is left");
    return;
  }
  Fail("the system never gives a port again");
}

void CheckEnd(const World& world) {
  doing.name = "end";
  if (CountGroups() != 0) Fail("%d groups are left", CountGroups());
  for (const Address& place : world.places) {
    int err = TryBind(place);
    if (err != 0) Fail("%s: %s", place.text().c_str(), NameOf(err).c_str());
  }
  if (rmdir(world.folder.c_str()) != 0) {
    Fail("%s: %s", world.folder.c_str(), strerror(errno));
  }
}

void PrintOutcomes(const World& world) {
  std::array<int, kOutcomes> sums = {};
  for (const auto& holder : world.holders) {
    for (int i = 0; i < kOutcomes; i++) sums[i] += holder->outcomes()[i];
  }
  std::string text;
  for (int i = 0; i < kOutcomes; i++) {
    if (sums[i] == 0) Fail("it never came to: %s", kOutcomeNames[i]);
    if (i > 0) text += ", ";
    text += std::to_string(sums[i]) + " " + kOutcomeNames[i];
  }
  printf("%s\n", text.c_str());
}

void Main(uint64_t seed, int rounds) {
  const std::set<int> before = Descriptors();
  const bool has_ipv6 = TryBind(Address("::1", 0)) == 0;
  {
    World world;
    MakeWorld(&world, seed, has_ipv6);
    OwnedSocket elsewhere = BoundSocket(world.taken);
    const size_t resting = Descriptors().size();
    for (int round = 1; round <= rounds; round++) {
      InThreads(world, [=](Holder* holder) { holder->Run(round, kActs); });
      doing = {round, -1, 0, "all rest"};
      CheckSums(world, resting);
    }
    // The recipient gets what was sent when it ends.
    InThreads(world, [](Holder* holder) { holder->End(); });
    Exhaust(world.places[0]);
    TakePlace(world.any[0]);
    CheckEnd(world);
    PrintOutcomes(world);
  }
  doing.name = "end";
  if (Descriptors() != before) Fail("other descriptors than at the start");
  printf("seed %lu: %d threads, %d acts%s; nothing is left\n",
         static_cast<unsigned long>(seed),  // NOLINT(runtime/int)
         kThreads,
         kThreads * kActs * rounds,
         has_ipv6 ? "" : " without IPv6, which this system lacks");
}

}  // namespace
}  // namespace registry

int main(int argc, char** argv) {
  if (argc != 3) registry::Fail("usage: registry <seed> <rounds>");
  registry::Main(strtoull(argv[1], nullptr, 10), atoi(argv[2]));
  return 0;
}
