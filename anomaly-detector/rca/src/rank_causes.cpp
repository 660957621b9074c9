#include "rca/rank_causes.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <set>

#include "common/statistics.h"

namespace mon::rca {
namespace {

constexpr std::size_t kFewestHealthy = 10;

/// `share` of the sorted values lie below, between two of them in proportion (type 7 of Hyndman &
/// Fan, 1996). Needs one value.
double Quantile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// The values at the times that `wanted` accepts, missing ones left out.
std::vector<double> Present(const Table& table, const Series& series, const auto& wanted) {
  std::vector<double> present;
  for (std::size_t i = 0; i < series.values.size(); ++i) {
    if (std::isfinite(series.values[i]) && wanted(table.times[i])) {
      present.push_back(series.values[i]);
    }
  }
  return present;
}

/// What is known of one component.
struct Observed {
  std::vector<double> healthy;  ///< 10 at least
  std::vector<double> before;   ///< in the incident's table; may be empty
  std::vector<double> after;    ///< 1 at least
};

struct Move {
  double change = 0;     ///< in the unit of the metric
  double deviation = 0;  ///< in units of the healthy spread
};

/// What is beyond doubt of a deviation, 0 to 1.
double Certainty(double deviation) {
  constexpr double kDoubtful = 3;
  const double square = deviation * deviation;
  return square / (square + kDoubtful * kDoubtful);
}

using Callees = std::map<std::string, std::set<std::string>, std::less<>>;
using Moves = std::map<std::string, Move, std::less<>>;

/// The usual distance between two times; 0 for a single one.
double Interval(const std::vector<double>& times) {
  std::vector<double> distances;
  for (std::size_t i = 1; i < times.size(); ++i) distances.push_back(times[i] - times[i - 1]);
  return Median(std::move(distances));
}

std::map<std::string, Observed> Observe(const Table& normal, const Table& incident,
                                        const Symptom& symptom) {
  const auto belongs = [&](const Series& series) {
    return series.metric == symptom.metric && series.statistic == symptom.statistic;
  };
  const double last_before = symptom.onset - Interval(incident.times);
  std::map<std::string, Observed> all;
  for (const Series& series : normal.series) {
    if (!belongs(series)) continue;
    all[series.component].healthy = Present(normal, series, [](double) { return true; });
  }
  for (const Series& series : incident.series) {
    if (!belongs(series)) continue;
    Observed& observed = all[series.component];
    observed.before = Present(incident, series, [&](double t) { return t <= last_before; });
    observed.after = Present(incident, series, [&](double t) { return t > last_before; });
  }
  std::erase_if(all, [](const auto& entry) {
    return entry.second.healthy.size() < kFewestHealthy || entry.second.after.empty();
  });
  return all;
}

double MedianBefore(const Observed& observed) {
  return Median(observed.before.empty() ? observed.healthy : observed.before);
}

double HealthySpread(const std::vector<double>& sorted) {
  constexpr double kIqr = 1.349;  // these make standard deviations of normal values
  constexpr double kUpper = 2.326;
  constexpr double kLeast = 0.003;
  const double median = Quantile(sorted, 0.5);
  return std::max({RobustDeviation(sorted),
                   (Quantile(sorted, 0.75) - Quantile(sorted, 0.25)) / kIqr,
                   (Quantile(sorted, 0.99) - median) / kUpper, kLeast * std::abs(median)});
}

/// How far a component moved upwards, times `direction`.
Move MoveOf(const Observed& observed, double direction) {
  std::vector<double> healthy = observed.healthy;
  for (double& value : healthy) value *= direction;
  std::ranges::sort(healthy);
  double worst = direction * observed.after.front();
  for (const double value : observed.after) worst = std::max(worst, direction * value);
  const double usual = std::max(Quantile(healthy, 0.5), direction * MedianBefore(observed));
  Move move{.change = std::max(worst - usual, 0.0)};
  // Where all healthy values are 0 any move is infinitely far; it counts as many spreads.
  constexpr double kFarthest = 1e6;
  const double spread = HealthySpread(healthy);
  if (move.change > 0) move.deviation = std::min(move.change / spread, kFarthest);
  return move;
}

/// 1 where the symptom rose, -1 where it fell.
double Direction(const Observed& observed) {
  return MoveOf(observed, 1).change >= MoveOf(observed, -1).change ? 1 : -1;
}

/// The components that calls lead to.
std::set<std::string> Reachable(const std::string& from, const Callees& callees) {
  std::set<std::string> reached = {from};
  std::vector<std::string> next = {from};
  while (!next.empty()) {
    const auto called = callees.find(next.back());
    next.pop_back();
    if (called == callees.end()) continue;
    for (const std::string& callee : called->second) {
      if (reached.insert(callee).second) next.push_back(callee);
    }
  }
  return reached;
}

/// What `caller` can put down to the callee that explains most, 0 to 1.
double Explained(const std::string& caller, const Move& move, const Callees& callees,
                 const Moves& moves) {
  const auto called = callees.find(caller);
  if (called == callees.end() || move.change <= 0) return 0;
  double most = 0;
  for (const std::string& callee : called->second) {
    const auto found = moves.find(callee);
    if (found == moves.end() || found->second.change <= 0) continue;
    // Of two that call each other neither explains the other.
    if (Reachable(callee, callees).contains(caller)) continue;
    const double part = std::min(found->second.change / move.change, 1.0);
    most = std::max(most, part * Certainty(found->second.deviation));
  }
  return most;
}

/// What can be put down to another callee of the same caller, 0 to 1, where `component` calls
/// nothing itself and that one does: then it may be no more than a view of it.
double SeenBeside(const std::string& component, const Callees& callees, const Moves& moves) {
  if (callees.contains(component)) return 0;
  double most = 0;
  for (const auto& [caller, called] : callees) {
    if (!called.contains(component)) continue;
    for (const std::string& other : called) {
      const auto found = moves.find(other);
      if (found == moves.end() || !callees.contains(other)) continue;
      most = std::max(most, Certainty(found->second.deviation));
    }
  }
  return most;
}

}  // namespace

std::vector<Cause> RankCauses(const Table& normal, const Table& incident,
                              std::span<const Edge> edges, const Symptom& symptom) {
  constexpr double kLeft = 0.2;  // of a component that no calls lead to
  const auto observed = Observe(normal, incident, symptom);
  const auto seen = observed.find(symptom.component);
  const double direction = seen == observed.end() ? 1 : Direction(seen->second);
  Moves moves;
  for (const auto& [component, values] : observed) {
    moves[component] = MoveOf(values, direction);
  }
  Callees callees;
  for (const Edge& edge : edges) callees[edge.caller].insert(edge.callee);
  const std::set<std::string> reachable = Reachable(symptom.component, callees);

  std::vector<Cause> causes;
  for (const auto& [component, move] : moves) {
    if (component == symptom.component) continue;
    const double explained =
        std::max(Explained(component, move, callees, moves), SeenBeside(component, callees, moves));
    double score = std::log1p(move.deviation) * (1 - explained);
    if (!reachable.contains(component)) score *= kLeft;
    causes.push_back({component, score, move.deviation, move.change});
  }
  std::ranges::stable_sort(causes, std::ranges::greater(), &Cause::score);
  return causes;
}

}  // namespace mon::rca
