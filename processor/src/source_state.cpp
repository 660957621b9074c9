#include "source_state.h"

#include <fmt/format.h>

namespace mon::processor {
namespace {

using std::chrono::milliseconds;
using watch::Finding;
using watch::State;

std::int64_t Before(std::int64_t now, milliseconds age) {
  return now - std::chrono::floor<std::chrono::seconds>(age).count();
}

/// Nothing came at all, or something that is of no use.
State StateOfFailure(const std::string& error_class) {
  return error_class == "timeout" || error_class == "unavailable" ? State::kNoData : State::kError;
}

}  // namespace

Finding StateOf(const SourceRow& source, std::int64_t now, milliseconds least) {
  const auto patience = watch::Patience(source.usual_interval, least);
  if (source.silent_for > patience) {
    return {State::kNoData, Before(now, source.silent_for),
            "The aggregator no longer asks it, though the configuration names it."};
  }
  if (source.failing_for && *source.failing_for > patience) {
    return {StateOfFailure(source.error_class), Before(now, *source.failing_for), source.error};
  }
  if (source.same_for && *source.same_for > watch::Patience(source.usual_step, patience)) {
    return {State::kStale, Before(now, *source.same_for),
            "It answers, but its newest sample has been the same since."};
  }
  return {};
}

std::set<std::string> SourcesOf(const Config& config) {
  std::set<std::string> names;
  for (const auto& application : config.applications) {
    names.insert("application:" + application.name);
  }
  if (!config.zabbix.url.empty()) names.insert("zabbix");
  return names;
}

}  // namespace mon::processor
