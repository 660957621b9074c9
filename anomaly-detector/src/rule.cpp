#include "anomaly_detector/rule.h"

#include <fmt/format.h>

#include <algorithm>

#include "anomaly_detector/finding.h"
#include "column_evaluation.h"
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

/// Three-valued `and` over the hosts.
Truth AllOf(Truth so_far, Truth next) {
  if (so_far == Truth::kFalse || next == Truth::kFalse) return Truth::kFalse;
  return so_far == Truth::kUnknown ? so_far : next;
}

bool IsOdder(const Comparison& a, const Comparison& b) {
  return a.oddity && (!b.oddity || a.oddity->strength > b.oddity->strength);
}

bool Has(const Operands& operands, Function function) {
  const auto is = [&](const Operand& operand) { return operand.function == function; };
  return std::ranges::any_of(operands.shared, is) || std::ranges::any_of(operands.of_host, is);
}

bool IsOfHost(const Operand& operand) { return operand.source == Source::kHost; }

/// odd(host), and nothing else that learns.
bool AsksHostsAlone(const Operands& operands) {
  const auto is_other = [](const Operand& operand) {
    const bool learnt =
        operand.function == Function::kOdd || operand.function == Function::kPredict;
    return learnt && !IsOfHost(operand);
  };
  return std::ranges::any_of(operands.of_host, IsOfHost) &&
         std::ranges::none_of(operands.of_host, is_other) &&
         std::ranges::none_of(operands.shared, is_other);
}

/// Where the configuration gives none, one that fits what the rule asks about.
std::string SummaryFor(const RuleConfig& config, const Operands& operands,
                       const Expression& condition) {
  if (config.summary != RuleConfig().summary) return config.summary;
  if (AsksHostsAlone(operands)) return "host {host}: {why}";
  if (Has(operands, Function::kOdd) || Has(operands, Function::kPredict)) {
    return "{metric} of {application}: {why}";
  }
  const bool errors = std::ranges::any_of(condition.nodes, &Node::of_rate);
  return errors ? config.summary : "{metric} of {application} is {value}";
}

std::vector<std::string> KeysOf(const Operands& operands) {
  std::vector<std::string> keys;
  for (const auto* list : {&operands.of_host, &operands.shared}) {
    for (const Operand& operand : *list) {
      const std::string& key = operand.item.key;
      if (!key.empty() && std::ranges::find(keys, key) == keys.end()) keys.push_back(key);
    }
  }
  return keys;
}

std::unexpected<Error> AtRule(const RuleConfig& config, std::string_view part, Error error) {
  error.message = fmt::format("rule '{}'{} {}", config.name, part, error.message);
  return std::unexpected(std::move(error));
}

}  // namespace

struct Rule::Compiled {
  RuleConfig config;
  Operands operands;
  Expression condition;
  std::optional<Expression> recovery;
  std::vector<std::string> keys;

  /// Calls `use(index, evaluation)` for each host that has the rule's keys; returns how many.
  template <typename Use>
  std::size_t ForHosts(const Expression& expression, const Metrics& metrics,
                       std::span<const HostReadings> hosts, Use use) const {
    std::size_t count = 0;
    if (operands.of_host.empty()) return count;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
      if (!HasAllKeys(hosts[i])) continue;
      ++count;
      use(i, Evaluation(expression, operands, metrics, hosts[i].readings));
    }
    return count;
  }

  /// Of many samples: for each host that has the rule's keys, `join`ed, beginning with `none`.
  template <typename Join>
  void EvaluateAll(const Expression& expression, const MetricColumns& metrics,
                   std::span<const std::vector<Column>> hosts, Truth none, Join join,
                   std::span<Truth> out) const {
    ColumnEvaluation evaluation(expression);
    std::vector<Truth> of_host;
    for (const auto& columns : hosts) {
      if (operands.of_host.empty() || std::ranges::any_of(columns, &Column::empty)) continue;
      if (of_host.empty()) std::ranges::fill(out, none);
      of_host.resize(out.size());
      evaluation.Evaluate(metrics, columns, of_host);
      std::ranges::transform(out, of_host, out.begin(), join);
    }
    if (of_host.empty()) evaluation.Evaluate(metrics, {}, out);
  }

  [[nodiscard]] Evaluation WithoutHosts(const Expression& expression,
                                        const Metrics& metrics) const {
    return {expression, operands, metrics, {}};
  }
};

Result<Rule> Rule::Parse(const RuleConfig& config) {
  Compiled compiled{.config = config, .operands = {}, .condition = {}, .recovery = {}, .keys = {}};
  Result<Expression> condition = ParseExpression(config.expr, compiled.operands);
  if (!condition) return AtRule(config, "", std::move(condition).error());
  compiled.condition = *std::move(condition);
  if (!config.recovery.empty()) {
    Result<Expression> recovery = ParseExpression(config.recovery, compiled.operands);
    if (!recovery) return AtRule(config, ", recovery", std::move(recovery).error());
    compiled.recovery = *std::move(recovery);
  }
  if (Result<void> summary = CheckSummary(config.summary, config.labels); !summary) {
    return AtRule(config, ", summary", std::move(summary).error());
  }
  if (Result<void> description = CheckSummary(config.description, config.labels); !description) {
    return AtRule(config, ", description", std::move(description).error());
  }
  compiled.keys = KeysOf(compiled.operands);
  compiled.config.summary = SummaryFor(config, compiled.operands, compiled.condition);
  return Rule(std::make_shared<const Compiled>(std::move(compiled)));
}

const RuleConfig& Rule::Config() const { return compiled_->config; }
const Operands& Rule::NeededOperands() const { return compiled_->operands; }
const std::vector<std::string>& Rule::ItemKeys() const { return compiled_->keys; }

bool Rule::UsesItems() const {
  return !ItemKeys().empty() || std::ranges::any_of(compiled_->operands.of_host, IsOfHost);
}

bool Rule::UsesDetectors() const {
  const Operands& operands = compiled_->operands;
  return Has(operands, Function::kOdd) || Has(operands, Function::kPredict);
}

std::chrono::seconds Rule::MetricSpan() const {
  std::chrono::seconds longest{0};
  for (const Operand& operand : compiled_->operands.shared) {
    if (operand.source != Source::kItem) longest = std::max(longest, operand.span);
  }
  return longest;
}

Verdict Rule::Evaluate(const Metrics& metrics, std::span<const HostReadings> hosts) const {
  Verdict verdict{.truth = Truth::kFalse, .hosts = {}, .named_hosts = {}};
  const auto name = [&](const Evaluation::Part& part) {
    for (const std::string_view host : part.fixed) {
      if (std::ranges::find(verdict.named_hosts, host) == verdict.named_hosts.end()) {
        verdict.named_hosts.push_back(host);
      }
    }
  };
  const auto add = [&](std::size_t host, const Evaluation& evaluation) {
    verdict.truth = AnyOf(verdict.truth, evaluation.Result());
    const Evaluation::Part part = evaluation.PartOfItems();
    if (part.host) verdict.hosts.push_back(host);
    name(part);
  };
  const Expression& condition = compiled_->condition;
  if (compiled_->ForHosts(condition, metrics, hosts, add) == 0) {
    const Evaluation alone = compiled_->WithoutHosts(condition, metrics);
    verdict.truth = alone.Result();
    name(alone.PartOfItems());
  }
  return verdict;
}

Truth Rule::EvaluateTruth(const Metrics& metrics, std::span<const HostReadings> hosts) const {
  Truth truth = Truth::kFalse;
  const auto add = [&](std::size_t, const Evaluation& evaluation) {
    truth = AnyOf(truth, evaluation.Result());
  };
  const Expression& condition = compiled_->condition;
  if (compiled_->ForHosts(condition, metrics, hosts, add) == 0) {
    return compiled_->WithoutHosts(condition, metrics).Result();
  }
  return truth;
}

void Rule::EvaluateTruths(const MetricColumns& metrics, std::span<const std::vector<Column>> hosts,
                          std::span<Truth> out) const {
  compiled_->EvaluateAll(compiled_->condition, metrics, hosts, Truth::kFalse, AnyOf, out);
}

bool Rule::EvaluateRecoveries(const MetricColumns& metrics,
                              std::span<const std::vector<Column>> hosts,
                              std::span<Truth> out) const {
  if (!compiled_->recovery) return false;
  compiled_->EvaluateAll(*compiled_->recovery, metrics, hosts, Truth::kTrue, AllOf, out);
  return true;
}

std::optional<Truth> Rule::EvaluateRecovery(const Metrics& metrics,
                                            std::span<const HostReadings> hosts) const {
  if (!compiled_->recovery) return std::nullopt;
  Truth truth = Truth::kTrue;
  const auto add = [&](std::size_t, const Evaluation& evaluation) {
    truth = AllOf(truth, evaluation.Result());
  };
  if (compiled_->ForHosts(*compiled_->recovery, metrics, hosts, add) == 0) {
    return compiled_->WithoutHosts(*compiled_->recovery, metrics).Result();
  }
  return truth;
}

Comparison Rule::Deciding(const Metrics& metrics, std::span<const HostReadings> hosts) const {
  const Verdict verdict = Evaluate(metrics, hosts);
  Comparison deciding;
  const auto take = [&](const HostReadings& host, const Evaluation& evaluation) {
    const bool decides = verdict.truth == Truth::kTrue && evaluation.Result() == Truth::kTrue;
    const Node* comparison = decides ? &evaluation.Deciding() : evaluation.FirstKnown();
    if (comparison == nullptr) return;
    Comparison described = evaluation.Describe(*comparison, host.host, host.key);
    if (deciding.metric.empty() || IsOdder(described, deciding)) deciding = std::move(described);
  };
  // Of several odd ones the oddest decides; else one is like the other.
  const std::size_t candidates = UsesDetectors() ? verdict.hosts.size() : 1;
  const auto named = std::span(verdict.hosts).first(std::min(candidates, verdict.hosts.size()));
  const auto use = [&](std::size_t host, const Evaluation& evaluation) {
    const bool wanted =
        named.empty() ? deciding.metric.empty() : std::ranges::binary_search(named, host);
    if (wanted) take(hosts[host], evaluation);
  };
  const Expression& condition = compiled_->condition;
  if (compiled_->ForHosts(condition, metrics, hosts, use) == 0) {
    take({}, compiled_->WithoutHosts(condition, metrics));
  }
  return deciding;
}

Result<void> CheckRule(const RuleConfig& config) {
  const Result<Rule> rule = Rule::Parse(config);
  return rule ? Result<void>() : std::unexpected(rule.error());
}

}  // namespace mon::anomaly_detector
