#ifndef TOOLS_VERIFY_SANITIZE_HOLDER_H_
#define TOOLS_VERIFY_SANITIZE_HOLDER_H_

#include <array>
#include <atomic>
#include <memory>
#include <mutex>  // NOLINT(build/c++11)
#include <random>
#include <string>
#include <vector>
#include "held.h"

namespace registry {

class Holder;

// What all threads share.
struct World {
  // The addresses that threads share.
  std::vector<Address> places;
  // Those for which the system chooses the port.
  std::vector<Address> any;
  // An address that another socket has.
  Address taken;
  // Connections are made to it.
  OwnedSocket listener;
  // The folder for paths.
  std::string folder;
  std::atomic<int> paths = 0;
  std::vector<std::unique_ptr<Holder>> holders;
};

// The outcomes of acts. Each must have occurred by the end.
enum Outcome {
  kShared,
  kIpv6OnlyDiffered,
  kExclusiveDiffered,
  kBalancedDiffered,
  kRefused,
  kOpened,
  kConnected,
  kPathOpened,
  kPathInherited,
  kPathReplaced,
  kCopied,
  kMoved,
  kSent,
  kReceived,
  kReplaced,
  kProbed,
  kSocketDropped,
  kChecked,
  kReleased,
  kOutcomes,
};
extern const std::array<const char*, kOutcomes> kOutcomeNames;

// What one thread holds, and the acts that it performs at random.
class Holder {
 public:
  Holder(World* world, int number, uint64_t seed)
      : world_(world), number_(number), random_(seed) {}

  void Run(int round, int acts);
  // Releases everything, each in one of the possible ways.
  void End();

  // The threads are idle when these are read.
  const std::vector<std::unique_ptr<Held>>& held() const { return held_; }
  const std::vector<std::unique_ptr<Held>>& waiting() const { return mailbox_; }
  const std::array<int, kOutcomes>& outcomes() const { return outcomes_; }

 private:
  struct Act {
    const char* name;
    void (Holder::*act)();
  };
  static const std::array<Act, 19> kActs;

  void ShareAtPlace();
  void ShareTaken();
  void Open();
  void Connect();
  void OpenPath();
  void InheritPath();
  void ReplacePath();
  void Copy();
  void Move();
  void Send();
  void Receive();
  void Replace();
  void Probe();
  void DropSocket();
  void Check();
  void CountGroups();
  void Release();

  int Below(int limit);
  Terms RandomTerms();
  // Any of those held, or null.
  Held* Any();
  std::unique_ptr<Held> TakeAny();
  // To any thread, including this one.
  void Pass(std::unique_ptr<Held> held);
  // The one held for that address, or null.
  const Held* At(const Address& address) const;
  // The new socket must match the model, which learns the rest from it.
  void Learn(Held* held, const Address& address, const Terms& terms);
  void CheckOutcome(int outcome, const Terms& asked, const Held* mine);

  World* const world_;
  const int number_;
  std::mt19937_64 random_;
  std::vector<std::unique_ptr<Held>> held_;
  std::array<int, kOutcomes> outcomes_ = {};

  std::mutex mutex_;
  std::vector<std::unique_ptr<Held>> mailbox_;
};

}  // namespace registry

#endif  // TOOLS_VERIFY_SANITIZE_HOLDER_H_
