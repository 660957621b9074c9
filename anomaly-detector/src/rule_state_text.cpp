#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>

#include "anomaly_detector/rule_state.h"

namespace mon::anomaly_detector {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

std::string_view NameOf(Phase phase) {
  switch (phase) {
    case Phase::kInactive:
      return "inactive";
    case Phase::kPending:
      return "pending";
    case Phase::kFiring:
      return "firing";
  }
  return "";
}

std::optional<Phase> PhaseNamed(std::string_view name) {
  for (const Phase phase : {Phase::kInactive, Phase::kPending, Phase::kFiring}) {
    if (name == NameOf(phase)) return phase;
  }
  return std::nullopt;
}

/// Throws json::exception where a field is missing or of another type.
std::optional<RuleState> Read(const json& text) {
  if (text.at("v").get<int>() != kVersion) return std::nullopt;
  const std::optional<Phase> phase = PhaseNamed(text.at("phase").get<std::string>());
  const json& spacings = text.at("spacings");
  if (!phase || !spacings.is_array() || spacings.size() > RuleState::kSpacings) return std::nullopt;
  RuleState state;
  state.phase = *phase;
  if (text.contains("newest")) state.newest = text["newest"].get<std::int64_t>();
  if (state.phase != Phase::kInactive) state.started_at = text.at("started_at").get<std::int64_t>();
  if (state.phase == Phase::kFiring) {
    state.fired_at = text.at("fired_at").get<std::int64_t>();
    if (text.contains("first_false")) state.first_false = text["first_false"].get<std::int64_t>();
  }
  for (const json& spacing : spacings) {
    state.spacings[state.spacing_count++] = spacing.get<std::int64_t>();
  }
  return state;
}

}  // namespace

/// By hand: a pass writes the states of thousands of applications, and there is nothing to escape.
/// Keys in the order of the alphabet, as a JSON library has them.
std::string ToText(const RuleState& state) {
  std::string text = "{";
  if (state.phase == Phase::kFiring) text += fmt::format(R"("fired_at":{},)", state.fired_at);
  if (state.first_false) text += fmt::format(R"("first_false":{},)", *state.first_false);
  if (state.newest) text += fmt::format(R"("newest":{},)", *state.newest);
  const auto spacings = std::span(state.spacings).first(state.spacing_count);
  text += fmt::format(R"("phase":"{}","spacings":[{}],)", NameOf(state.phase),
                      fmt::join(spacings, ","));
  if (state.phase != Phase::kInactive) text += fmt::format(R"("started_at":{},)", state.started_at);
  return text + fmt::format(R"("v":{}}})", kVersion);
}

Result<RuleState> FromText(std::string_view text) {
  try {
    if (const std::optional<RuleState> state = Read(json::parse(text))) return *state;
    return Fail(ErrorCode::kInvalidData, fmt::format("rule state of another version: {}", text));
  } catch (const json::exception& e) {
    return Fail(ErrorCode::kInvalidData, fmt::format("rule state {}: {}", text, e.what()));
  }
}

}  // namespace mon::anomaly_detector
