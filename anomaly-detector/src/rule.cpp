#include "anomaly_detector/rule.h"

#include <fmt/format.h>

#include <algorithm>

#include "anomaly_detector/finding.h"
#include "expression.h"
#include "parser.h"

namespace mon::anomaly_detector {
namespace {

bool HasAllKeys(const HostReadings& host) {
  return std::ranges::none_of(host.readings,
                              [](const Reading& r) { return r.state == Reading::State::kNoItem; });
}

/// Three-valued `or` over the hosts.
Truth AnyOf(Truth so_far, Truth next) {
  if (so_far == Truth::kTrue || next == Truth::kTrue) return Truth::kTrue;
  return so_far == Truth::kUnknown ? so_far : next;
}

std::unexpected<Error> AtRule(const RuleConfig& config, std::string_view part, Error error) {
  error.message = fmt::format("rule '{}'{} {}", config.name, part, error.message);
  return std::unexpected(std::move(error));
}

}  // namespace

struct Rule::Compiled {
  RuleConfig config;
  Expression expression;

  /// Calls `use(index, evaluation)` for each host that has the rule's keys; returns how many.
  template <typename Use>
  std::size_t ForHosts(const Metrics& metrics, std::span<const HostReadings> hosts, Use use) const {
    std::size_t count = 0;
    if (expression.keys.empty()) return count;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      if (!HasAllKeys(hosts[i])) continue;
      ++count;
      use(i, Evaluation(expression, metrics, hosts[i].readings));
    }
    return count;
  }

  [[nodiscard]] Evaluation WithoutItems(const Metrics& metrics) const {
    return {expression, metrics, {}};
  }
};

Result<Rule> Rule::Parse(const RuleConfig& config) {
  Result<Expression> expression = ParseExpression(config.expr);
  if (!expression) return AtRule(config, "", std::move(expression).error());
  if (Result<void> summary = CheckSummary(config.summary); !summary) {
    return AtRule(config, ", summary", std::move(summary).error());
  }
  return Rule(std::make_shared<const Compiled>(config, *std::move(expression)));
}

const RuleConfig& Rule::Config() const { return compiled_->config; }
const std::vector<std::string>& Rule::ItemKeys() const { return compiled_->expression.keys; }

Verdict Rule::Evaluate(const Metrics& metrics, std::span<const HostReadings> hosts) const {
  Verdict verdict{.truth = Truth::kFalse, .hosts = {}};
  const auto add = [&](std::size_t host, const Evaluation& evaluation) {
    verdict.truth = AnyOf(verdict.truth, evaluation.Result());
    if (evaluation.ItemHasPart()) verdict.hosts.push_back(host);
  };
  if (compiled_->ForHosts(metrics, hosts, add) == 0) {
    verdict.truth = compiled_->WithoutItems(metrics).Result();
  }
  return verdict;
}

Truth Rule::EvaluateTruth(const Metrics& metrics, std::span<const HostReadings> hosts) const {
  Truth truth = Truth::kFalse;
  const auto add = [&](std::size_t, const Evaluation& evaluation) {
    truth = AnyOf(truth, evaluation.Result());
  };
  if (compiled_->ForHosts(metrics, hosts, add) == 0) {
    return compiled_->WithoutItems(metrics).Result();
  }
  return truth;
}

Comparison Rule::Deciding(const Metrics& metrics, std::span<const HostReadings> hosts) const {
  const Verdict verdict = Evaluate(metrics, hosts);
  const std::size_t named = verdict.hosts.empty() ? hosts.size() : verdict.hosts.front();
  Comparison deciding;
  const auto take = [&](std::string_view host, const Evaluation& evaluation) {
    const bool decides = verdict.truth == Truth::kTrue && evaluation.Result() == Truth::kTrue;
    const Node* comparison = decides ? &evaluation.Deciding() : evaluation.FirstKnown();
    if (comparison != nullptr) deciding = evaluation.Describe(*comparison, host);
  };
  const auto use = [&](std::size_t host, const Evaluation& evaluation) {
    const bool wanted = named < hosts.size() ? host == named : deciding.metric.empty();
    if (wanted) take(hosts[host].host, evaluation);
  };
  if (compiled_->ForHosts(metrics, hosts, use) == 0) take("", compiled_->WithoutItems(metrics));
  return deciding;
}

Result<void> CheckRule(const RuleConfig& config) {
  const Result<Rule> rule = Rule::Parse(config);
  return rule ? Result<void>() : std::unexpected(rule.error());
}

}  // namespace mon::anomaly_detector
