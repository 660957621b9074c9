#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "common/config.h"

namespace mon::processor {

/// An application that another one calls, by itself or through others.
struct Callee {
  std::string name;
  std::string caller;  ///< through which it was reached; the asked one itself where it calls it
  bool operator==(const Callee&) const = default;
};

/// Who calls whom, as `depends_on` says. Circles are no harm.
class CallGraph {
 public:
  CallGraph() = default;
  explicit CallGraph(std::span<const ApplicationConfig> applications);

  /// All that calls of `application` lead to, the nearest first, at most `most`; never itself.
  [[nodiscard]] std::vector<Callee> CalleesOf(const std::string& application,
                                              std::size_t most) const;

  /// True where calls lead from `caller` to `callee`, and not back.
  [[nodiscard]] bool StandsOn(const std::string& caller, const std::string& callee) const;

 private:
  [[nodiscard]] bool Leads(const std::string& from, const std::string& to) const;

  std::map<std::string, std::vector<std::string>, std::less<>> callees_;
  std::map<std::string, std::set<std::string>, std::less<>> reached_;
};

}  // namespace mon::processor
