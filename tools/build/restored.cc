// Debian's library was compiled without amaro, and with an undici outside of
// it. Here, both are builtins like in official binaries. The option that turns
// them on has its default in node_options.cc, and the two other files list the
// versions. They are compiled as one unit, which takes less time.
//
// The library's own code shares the structure with the versions. Therefore it
// keeps the members that it has there, and the list is made longer instead.

#define NODE_SHARED_BUILTIN_AMARO_DIST_INDEX_PATH
#define NODE_SHARED_BUILTIN_UNDICI_UNDICI_PATH

#include <string_view>
#include <utility>
#include <vector>

// Declares a second function beside the library's pairs().
#define pairs                                                                  \
  pairs() const;                                                               \
  std::vector<std::pair<std::string_view, std::string_view>> all_pairs
#include "node_metadata.h"
#undef pairs

#include "amaro_version.h"
#include "undici_version.h"

#include <algorithm>

namespace node {

static_assert(sizeof(Metadata) == BINDERY_METADATA_SIZE,
              "node::Metadata has another layout in the library");

std::vector<std::pair<std::string_view, std::string_view>>
Metadata::Versions::all_pairs() const {
  const auto known = pairs();
  std::vector<std::pair<std::string_view, std::string_view>> all(known.begin(),
                                                                 known.end());
  all.emplace_back("amaro", AMARO_VERSION);
  all.emplace_back("undici", UNDICI_VERSION);
  std::ranges::sort(all, {}, [](const auto& pair) { return pair.first; });
  return all;
}

}  // namespace node

#define pairs all_pairs
#include "node_process_object.cc"  // NOLINT(build/include)
#include "node_report.cc"          // NOLINT(build/include)
#undef pairs
#include "node_options.cc"  // NOLINT(build/include)

namespace node {

// The library's node_worker.cc calls this constructor for the options of a
// thread. It is only emitted here where it is not inlined.
[[gnu::used, gnu::optimize("O0")]] static PerIsolateOptions* EmitDefaults() {
  return new PerIsolateOptions();
}

}  // namespace node
