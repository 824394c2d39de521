#include "holder.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/un.h>
#include <unistd.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <set>
#include <thread>  // NOLINT(build/c++11)
#include <utility>

namespace registry {

using node::shared_sockets::Duplicate;
using node::socket_factory::Bind;

namespace {

// Beyond that, something is released.
constexpr size_t kMostHeld = 16;

}  // namespace

const std::array<const char*, kOutcomes> kOutcomeNames = {
    "shared",
    "ipv6Only differed",
    "exclusive differed",
    "balanced differed",
    "refused",
    "opened",
    "connected",
    "paths",
    "paths inherited",
    "paths replaced",
    "copied",
    "moved",
    "sent",
    "received",
    "replaced",
    "probed",
    "sockets dropped",
    "checked",
    "released",
};

// Sharing is listed most often.
const std::array<Holder::Act, 19> Holder::kActs = {{
    {"share", &Holder::ShareAtPlace},
    {"share", &Holder::ShareAtPlace},
    {"share", &Holder::ShareAtPlace},
    {"share what is taken", &Holder::ShareTaken},
    {"open", &Holder::Open},
    {"connect", &Holder::Connect},
    {"open a path", &Holder::OpenPath},
    {"inherit a path", &Holder::InheritPath},
    {"replace a path", &Holder::ReplacePath},
    {"copy", &Holder::Copy},
    {"move", &Holder::Move},
    {"send", &Holder::Send},
    {"receive", &Holder::Receive},
    {"replace", &Holder::Replace},
    {"probe", &Holder::Probe},
    {"drop the socket", &Holder::DropSocket},
    {"check", &Holder::Check},
    {"count the groups", &Holder::CountGroups},
    {"release", &Holder::Release},
}};

void Holder::Run(int round, int acts) {
  doing.round = round;
  doing.thread = number_;
  for (doing.act = 0; doing.act < acts; doing.act++) {
    const Act& act =
        held_.size() > kMostHeld ? kActs.back() : kActs[Below(kActs.size())];
    doing.name = act.name;
    (this->*act.act)();
    // Unlocked reads and writes are only detected if no other act takes the
    // lock in between.
    if (Below(4) == 0) std::this_thread::yield();
  }
}

void Holder::End() {
  doing.name = "end";
  Receive();
  while (held_.size() > kMostHeld / 2) Release();
  held_.clear();
}

void Holder::ShareAtPlace() {
  const Address& place = world_->places[Below(world_->places.size())];
  const Terms terms = RandomTerms();
  const Held* mine = At(place);
  auto made = std::make_unique<Held>();
  int outcome = Share::Get(
      place.get(), terms.For(place), &made->share, &made->socket);
  CheckOutcome(outcome, terms, mine);
  if (outcome != 0) {
    if (!made->share.empty() || !made->socket.empty()) Fail("something is got");
    return;
  }
  Learn(made.get(), place, terms);
  if (mine != nullptr && mine->known.cookie != made->known.cookie) {
    Fail("%s has two sockets", place.text().c_str());
  }
  held_.push_back(std::move(made));
}

void Holder::ShareTaken() {
  Held made;
  const Address& taken = world_->taken;
  int outcome = Share::Get(
      taken.get(), RandomTerms().For(taken), &made.share, &made.socket);
  if (outcome != UV_EADDRINUSE) Fail("returns %s", NameOf(outcome).c_str());
  if (!made.share.empty() || !made.socket.empty()) Fail("something is got");
  outcomes_[kRefused]++;
}

void Holder::Open() {
  const Address& any = world_->any[Below(world_->any.size())];
  const Terms terms = RandomTerms();
  auto made = std::make_unique<Held>();
  int outcome = Share::Get(
      any.get(), terms.For(any), &made->share, &made->socket);
  if (outcome != 0) Fail("returns %s", NameOf(outcome).c_str());
  Learn(made.get(), Address::Of(made->socket.get()), terms);
  held_.push_back(std::move(made));
  outcomes_[kOpened]++;
}

void Holder::Connect() {
  Terms terms = RandomTerms();
  terms.balanced = false;
  auto made = std::make_unique<Held>();
  const Address& any = world_->any[0];
  int outcome = Share::Get(
      any.get(), terms.For(any), &made->share, &made->socket);
  if (outcome != 0) Fail("returns %s", NameOf(outcome).c_str());
  Learn(made.get(), Address::Of(made->socket.get()), terms);
  // Closing it is a reset, so that the address is free at once.
  const linger abort = {1, 0};
  const int socket = made->socket.get();
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &abort, sizeof(abort));
  const Address to = Address::Of(world_->listener.get());
  if (connect(socket, to.get(), sizeof(sockaddr_in)) != 0) {
    Fail("connect(): %s", strerror(errno));
  }
  // This connection, or that of another thread, which then accepts this one.
  OwnedSocket peer(accept(world_->listener.get(), nullptr, nullptr));
  made->known.connected = true;
  const Address& local = made->known.address;
  outcome = Share::Get(
      local.get(), terms.For(local), &made->share, &made->socket);
  if (outcome != UV_EISCONN) Fail("returns %s", NameOf(outcome).c_str());
  if (made->socket.get() != socket) Fail("the socket was replaced");
  held_.push_back(std::move(made));
  outcomes_[kConnected]++;
}

void Holder::OpenPath() {
  sockaddr_un addr = {};
  addr.sun_family = AF_UNIX;
  std::string name = world_->folder + "/" + std::to_string(world_->paths++);
  snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", name.c_str());
  auto made = std::make_unique<Held>();
  made->socket.reset(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (bind(made->socket.get(),
           reinterpret_cast<const sockaddr*>(&addr),
           sizeof(addr)) != 0) {
    Fail("%s: %s", name.c_str(), strerror(errno));
  }
  made->share = Share::OfPath(std::string(name));
  made->path = std::make_shared<Path>(std::move(name));
  // No thread can find a path unless it is passed one.
  for (int i = 0; i < 2; i++) Pass(made->Copy());
  held_.push_back(std::move(made));
  outcomes_[kPathOpened]++;
}

void Holder::InheritPath() {
  Held* held = Any();
  if (held == nullptr || held->has_address() || held->socket.empty() ||
      !held->path->Claim(Path::kInheriting)) {
    return;
  }
  Path* path = held->path.get();
  int err = Duplicate(held->socket.get(), &path->other);
  if (err != 0) Fail("%s: %s", path->name.c_str(), NameOf(err).c_str());
  held->share.HandOn();
  path->Set(Path::kInherited);
  outcomes_[kPathInherited]++;
}

void Holder::ReplacePath() {
  Held* held = Any();
  if (held == nullptr || held->has_address() ||
      !held->path->Claim(Path::kReplacing)) {
    return;
  }
  const std::string& name = held->path->name;
  const std::string other = name + ".file";
  OwnedSocket file(open(other.c_str(), O_CREAT | O_CLOEXEC, 0600));
  if (file.empty() || rename(other.c_str(), name.c_str()) != 0) {
    Fail("%s: %s", other.c_str(), strerror(errno));
  }
  held->path->Set(Path::kReplaced);
  outcomes_[kPathReplaced]++;
}

void Holder::Copy() {
  const Held* held = Any();
  if (held == nullptr) return;
  held_.push_back(held->Copy());
  outcomes_[kCopied]++;
}

void Holder::Move() {
  auto from = TakeAny();
  if (from == nullptr) return;
  auto to = std::make_unique<Held>(std::move(*from));
  if (!from->share.empty() || !from->socket.empty())
    Fail("it is in two places");
  if (!from->share.Copy().empty()) Fail("nothing has a copy");
  // To another one, to itself, and back.
  Share share;
  share = std::move(to->share);
  Share& same = share;
  share = std::move(same);
  if (!to->share.empty() || share.empty()) Fail("it is at the wrong place");
  to->share = std::move(share);
  OwnedSocket socket;
  socket = std::move(to->socket);
  to->socket = std::move(socket);
  to->Check();
  held_.push_back(std::move(to));
  outcomes_[kMoved]++;
}

void Holder::Send() {
  auto held = TakeAny();
  if (held == nullptr) return;
  Pass(std::move(held));
}

void Holder::Receive() {
  std::vector<std::unique_ptr<Held>> received;
  {
    std::lock_guard lock(mutex_);
    received.swap(mailbox_);
  }
  for (auto& held : received) {
    held->Check();
    held_.push_back(std::move(held));
    outcomes_[kReceived]++;
  }
}

void Holder::Replace() {
  Held* held = Any();
  if (held == nullptr || !held->has_address()) return;
  const Address& place = world_->places[Below(world_->places.size())];
  const Terms terms = RandomTerms();
  const Held* mine = At(place);
  int outcome = Share::Get(
      place.get(), terms.For(place), &held->share, &held->socket);
  CheckOutcome(outcome, terms, mine);
  if (outcome != 0) return held->Check();
  Learn(held, place, terms);
  outcomes_[kReplaced]++;
}

void Holder::Probe() {
  const Held* held = Any();
  // A connection keeps nobody out.
  if (held == nullptr || !held->has_address() || held->known.connected) return;
  Terms terms = held->known.terms;
  terms.balanced = false;
  terms.exclusive = true;
  OwnedSocket socket;
  const Address& address = held->known.address;
  int err = Bind(address.get(), terms.For(address), &socket);
  if (err != UV_EADDRINUSE) {
    Fail("%s: %s", address.text().c_str(), NameOf(err).c_str());
  }
  outcomes_[kProbed]++;
}

void Holder::DropSocket() {
  Held* held = Any();
  if (held == nullptr || held->socket.empty()) return;
  // The system may then give the port of such a group to another one.
  if (held->known.terms.balanced) return;
  held->socket.reset();
  outcomes_[kSocketDropped]++;
}

void Holder::Check() {
  const Held* held = Any();
  if (held == nullptr) return;
  held->Check();
  if (held->has_address()) {
    Terms terms = RandomTerms();
    const Known& known = held->known;
    Held made;
    int outcome = Share::Get(known.address.get(),
                             terms.For(known.address),
                             &made.share,
                             &made.socket);
    int expected = Expected(terms, known);
    if (expected == 0 && known.connected) expected = UV_EISCONN;
    if (outcome != expected) {
      Fail("%s: %s, not %s",
           known.address.text().c_str(),
           NameOf(outcome).c_str(),
           NameOf(expected).c_str());
    }
  }
  outcomes_[kChecked]++;
}

void Holder::CountGroups() {
  std::set<std::string> mine;
  for (const auto& held : held_) {
    if (held->has_address()) mine.insert(held->known.address.text());
  }
  const int count = node::shared_sockets::CountGroups();
  if (count < static_cast<int>(mine.size())) {
    Fail("there are %d groups, and %zu are held here", count, mine.size());
  }
}

void Holder::Release() {
  auto held = TakeAny();
  if (held == nullptr) return;
  if (Below(2) == 0) {
    held->socket.reset();
    held->share.Release();
    held->share.Release();
    if (!held->share.empty()) Fail("a share that was released is not empty");
  }
  outcomes_[kReleased]++;
}

void Holder::Pass(std::unique_ptr<Held> held) {
  Holder* to = world_->holders[Below(world_->holders.size())].get();
  std::lock_guard lock(to->mutex_);
  to->mailbox_.push_back(std::move(held));
  outcomes_[kSent]++;
}

int Holder::Below(int limit) {
  return std::uniform_int_distribution(0, limit - 1)(random_);
}

Terms Holder::RandomTerms() {
  Terms terms;
  // Most terms match, or hardly anything would be shared.
  terms.ipv6_only = Below(4) == 0;
  terms.exclusive = Below(4) == 0;
  terms.balanced = Below(3) == 0;
  return terms;
}

Held* Holder::Any() {
  return held_.empty() ? nullptr : held_[Below(held_.size())].get();
}

std::unique_ptr<Held> Holder::TakeAny() {
  if (held_.empty()) return nullptr;
  std::swap(held_[Below(held_.size())], held_.back());
  auto held = std::move(held_.back());
  held_.pop_back();
  return held;
}

const Held* Holder::At(const Address& address) const {
  for (const auto& held : held_) {
    if (held->has_address() && held->known.address.text() == address.text()) {
      return held.get();
    }
  }
  return nullptr;
}

void Holder::Learn(Held* held, const Address& address, const Terms& terms) {
  if (held->share.empty() || held->socket.empty()) Fail("nothing is got");
  const uint64_t cookie = terms.balanced ? 0 : CookieOf(held->socket.get());
  held->known = {address, terms, cookie};
  held->Check();
}

void Holder::CheckOutcome(int outcome, const Terms& asked, const Held* mine) {
  if (mine != nullptr) {
    int expected = Expected(asked, mine->known);
    if (outcome != expected) Fail("returns %d, not %d", outcome, expected);
  }
  // A thread that holds nothing there cannot know the terms of the others.
  switch (outcome) {
    case 0:
      outcomes_[kShared]++;
      break;
    case node::socket_factory::kIpv6Only:
      outcomes_[kIpv6OnlyDiffered]++;
      break;
    case node::socket_factory::kExclusive:
      outcomes_[kExclusiveDiffered]++;
      break;
    case node::socket_factory::kReusePort:
      outcomes_[kBalancedDiffered]++;
      break;
    default:
      Fail("returns %s", NameOf(outcome).c_str());
  }
}

}  // namespace registry
