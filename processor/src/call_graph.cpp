#include "call_graph.h"

#include <limits>

namespace mon::processor {

CallGraph::CallGraph(std::span<const ApplicationConfig> applications) {
  for (const auto& application : applications) {
    if (!application.depends_on.empty()) callees_[application.name] = application.depends_on;
  }
  for (const auto& [caller, direct] : callees_) {
    for (const Callee& callee : CalleesOf(caller, std::numeric_limits<std::size_t>::max())) {
      reached_[caller].insert(callee.name);
    }
  }
}

std::vector<Callee> CallGraph::CalleesOf(const std::string& application, std::size_t most) const {
  std::vector<Callee> found;
  std::set<std::string> seen = {application};
  const auto add = [&](const std::string& caller) {
    const auto direct = callees_.find(caller);
    if (direct == callees_.end()) return;
    for (const std::string& callee : direct->second) {
      if (found.size() < most && seen.insert(callee).second) found.push_back({callee, caller});
    }
  };
  add(application);
  for (std::size_t next = 0; next < found.size(); ++next) add(std::string(found[next].name));
  return found;
}

bool CallGraph::Leads(const std::string& from, const std::string& to) const {
  const auto reached = reached_.find(from);
  return reached != reached_.end() && reached->second.contains(to);
}

bool CallGraph::StandsOn(const std::string& caller, const std::string& callee) const {
  return Leads(caller, callee) && !Leads(callee, caller);
}

}  // namespace mon::processor
