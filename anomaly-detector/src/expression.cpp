#include "expression.h"

#include <algorithm>
#include <utility>

#include "calculation.h"
#include "common/text.h"

namespace mon::anomaly_detector {
namespace {

double Known(const Reading& reading) {
  return reading.state == Reading::State::kValue ? reading.value : kNoNumber;
}

Truth Negated(Truth truth) {
  if (truth == Truth::kUnknown) return truth;
  return truth == Truth::kFalse ? Truth::kTrue : Truth::kFalse;
}

std::string Quoted(std::string_view key) {
  std::string quoted = "\"";
  for (const char c : key) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

/// item("KEY") without anything else.
bool IsKeyAlone(const ItemRef& item) {
  return item.host.empty() && !item.window && !item.auto_window;
}

/// On one line.
std::string Collapsed(std::string_view text) {
  std::string collapsed;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    if (!blank) collapsed += c;
    if (blank && !collapsed.ends_with(' ')) collapsed += ' ';
  }
  return collapsed;
}

}  // namespace

std::string_view ToString(CompareOp op) {
  switch (op) {
    case CompareOp::kGreater:
      return ">";
    case CompareOp::kGreaterEqual:
      return ">=";
    case CompareOp::kLess:
      return "<";
    case CompareOp::kLessEqual:
      return "<=";
    case CompareOp::kEqual:
      return "==";
    case CompareOp::kNotEqual:
      return "!=";
  }
  return "";
}

CompareOp Mirrored(CompareOp op) {
  switch (op) {
    case CompareOp::kGreater:
      return CompareOp::kLess;
    case CompareOp::kGreaterEqual:
      return CompareOp::kLessEqual;
    case CompareOp::kLess:
      return CompareOp::kGreater;
    case CompareOp::kLessEqual:
      return CompareOp::kGreaterEqual;
    case CompareOp::kEqual:
    case CompareOp::kNotEqual:
      break;
  }
  return op;
}

// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): few_, see there
Evaluation::Evaluation(const Expression& expression, const Operands& operands,
                       const Metrics& metrics, std::span<const Reading> readings)
    : expression_(expression), operands_(operands), metrics_(metrics), readings_(readings) {
  const std::size_t count = expression.nodes.size();
  if (count > kFew) many_.resize(count);
  values_ = count > kFew ? std::span(many_) : std::span(few_).first(count);
  for (std::size_t i = 0; i < count; ++i) values_[i] = Compute(expression.nodes[i]);
}

/// Null where nobody has read it.
const Reading* Evaluation::ReadingOf(const Node& node) const {
  const auto& readings = node.kind == NodeKind::kShared ? metrics_.shared : readings_;
  return readings.empty() ? nullptr : &readings[node.operand];
}

const Operand& Evaluation::OperandOf(const Node& node) const {
  return (node.kind == NodeKind::kShared ? operands_.shared : operands_.of_host)[node.operand];
}

double Evaluation::Compute(const Node& node) const {
  switch (node.kind) {
    case NodeKind::kNumber:
      return node.number;
    case NodeKind::kErrorRate:
      return metrics_.error_rate ? static_cast<double>(*metrics_.error_rate) : kNoNumber;
    case NodeKind::kResponseTimeMs:
      return metrics_.response_time_ms ? static_cast<double>(*metrics_.response_time_ms)
                                       : kNoNumber;
    case NodeKind::kShared:
    case NodeKind::kOfHost: {
      const Reading* reading = ReadingOf(node);
      return reading == nullptr ? kNoNumber : Known(*reading);
    }
    case NodeKind::kCompare:
      return Compared(node.op, node.of_rate, values_[node.left], values_[node.right]);
    case NodeKind::kAnd:
      return Joined(0, values_[node.left], values_[node.right]);
    case NodeKind::kOr:
      return Joined(1, values_[node.left], values_[node.right]);
    case NodeKind::kNot:
      return 1 - values_[node.left];
    default:
      return Calculate(node.kind, values_[node.left], values_[node.right]);
  }
}

Truth Evaluation::TruthOf(const Node& node) const { return TruthFrom(ValueOf(node)); }

const Node& Evaluation::Decider(const Node& node, Truth truth) const {
  if (node.kind == NodeKind::kCompare) return node;
  if (node.kind == NodeKind::kNot) return Decider(Left(node), Negated(truth));
  return Decider(TruthOf(Left(node)) == truth ? Left(node) : Right(node), truth);
}

const Node* Evaluation::FirstKnown() const {
  // Children come before their parents and left before right: the array is in the text's order.
  for (const Node& node : expression_.nodes) {
    if (node.kind == NodeKind::kCompare && TruthOf(node) != Truth::kUnknown) return &node;
  }
  return nullptr;
}

Evaluation::Part Evaluation::PartOfItems() const {
  Part part;
  if (Result() == Truth::kTrue) AddPart(Root(), Truth::kTrue, part);
  return part;
}

void Evaluation::AddPart(const Node& node, Truth truth, Part& part) const {
  if (node.kind == NodeKind::kCompare) {
    part.host = part.host || node.of_host;
    return AddFixed(node, part.fixed);
  }
  if (node.kind == NodeKind::kNot) return AddPart(Left(node), Negated(truth), part);
  for (const Node* side : {&Left(node), &Right(node)}) {
    if (TruthOf(*side) == truth) AddPart(*side, truth, part);
  }
}

/// The hosts that are named within a comparison: the nodes below it lie together before it, and
/// within its text.
void Evaluation::AddFixed(const Node& node, std::vector<std::string_view>& names) const {
  for (const Node& leaf : expression_.nodes) {
    if (leaf.kind != NodeKind::kShared || leaf.begin < node.begin || leaf.end > node.end) continue;
    const std::string_view host = operands_.shared[leaf.operand].item.host;
    if (!host.empty() && std::ranges::find(names, host) == names.end()) names.push_back(host);
  }
}

std::string Evaluation::NameOf(const Node& node, std::string_view key) const {
  if (node.kind == NodeKind::kErrorRate) return "error_rate";
  if (node.kind == NodeKind::kResponseTimeMs) return "response_time_ms";
  const bool learnt = IsLearnt(node);
  if (node.kind == NodeKind::kOfHost) {
    const Operand& operand = OperandOf(node);
    if (operand.source == Source::kHost) return "deviation of the host";
    if (IsKeyAlone(operand.item) && (learnt || operand.function == Function::kValue)) {
      return "item(" + Quoted(key.empty() ? operand.item.key : key) + ")";
    }
  }
  const std::string text = TextOf(node, key);
  if (!learnt) return text;
  // What stands between the parentheses of odd(…), and as the first there of predict(…).
  const std::size_t open = text.find('(') + 1;
  std::size_t end = text.size() - 1;
  if (OperandOf(node).function == Function::kPredict) {
    end = text.rfind(',', text.rfind(',') - 1);
  }
  return std::string(Trim(std::string_view(text).substr(open, end - open)));
}

/// The text of the node, with the key at hand in the place of a pattern.
std::string Evaluation::TextOf(const Node& node, std::string_view key) const {
  const std::string_view text = expression_.text;
  std::string named;
  std::size_t at = node.begin;
  for (const auto& [begin, end] : expression_.patterns) {
    if (key.empty() || begin < at || end > node.end) continue;
    named += Collapsed(text.substr(at, begin - at)) + Quoted(key);
    at = end;
  }
  return named + Collapsed(text.substr(at, node.end - at));
}

/// odd(…) or predict(…).
bool Evaluation::IsLearnt(const Node& node) const {
  const bool operand = node.kind == NodeKind::kShared || node.kind == NodeKind::kOfHost;
  if (!operand) return false;
  const Function function = OperandOf(node).function;
  return function == Function::kOdd || function == Function::kPredict;
}

/// What it asks about beyond the side of the band on which it is.
Comparison Evaluation::DescribeOddity(const Node& metric, const Oddity& oddity,
                                      std::string_view host, std::string_view key) const {
  // A host is odd by more than its limit, also where that has become less since.
  const bool above = oddity.seen > oddity.high || OperandOf(metric).source == Source::kHost;
  const bool predicted = OperandOf(metric).function == Function::kPredict;
  return {.metric = NameOf(metric, key),
          .op = std::string(predicted ? kPredicted
                            : above   ? ">"
                                      : "<"),
          .value = oddity.seen,
          .limit = above ? oddity.high : oddity.low,
          .host = std::string(host),
          .oddity = oddity};
}

Comparison Evaluation::Describe(const Node& comparison, std::string_view host,
                                std::string_view key) const {
  const Node* metric = &Left(comparison);
  const Node* limit = &Right(comparison);
  CompareOp op = comparison.op;
  if (metric->kind == NodeKind::kNumber) {
    std::swap(metric, limit);
    op = Mirrored(op);
  }
  std::vector<std::string_view> fixed;
  AddFixed(comparison, fixed);
  if (!comparison.of_host) host = fixed.empty() ? std::string_view() : fixed.front();
  if (IsLearnt(*metric)) {
    const Reading* reading = ReadingOf(*metric);
    if (reading != nullptr && reading->oddity != nullptr) {
      return DescribeOddity(*metric, *reading->oddity, host, key);
    }
    return {.metric = TextOf(*metric, key),
            .op = "==",
            .value = ValueOf(*metric),
            .limit = ValueOf(*metric),
            .host = std::string(host)};
  }
  return {.metric = NameOf(*metric, key),
          .op = std::string(ToString(op)),
          .value = ValueOf(*metric),
          .limit = ValueOf(*limit),
          .host = std::string(host)};
}

}  // namespace mon::anomaly_detector
