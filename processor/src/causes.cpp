#include "causes.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "callees.h"
#include "moves.h"

namespace mon::processor {
namespace {

Result<std::vector<MovedItem>> LookAtCallees(std::span<const Callee> callees, const Alert& alert,
                                             std::chrono::seconds window,
                                             const CauseSources& sources) {
  std::vector<std::string> names;
  for (const auto& callee : callees) names.push_back(callee.name);
  const auto options = LookAround(alert, window);
  auto alerts = sources.book.Around(names, options.onset - options.lead, options.until);
  if (!alerts) return std::unexpected(alerts.error());
  return FindCallees(callees, *alerts, sources.history, alert, window);
}

}  // namespace

Result<Moves> FindCauses(const Setup& setup, const Alert& alert, const CauseSources& sources) {
  const auto window = setup.config->processor.window;
  auto moves = FindMoves(sources.items, alert, window, setup.contexts);
  if (!moves) return moves;
  const auto callees = setup.graph.CalleesOf(alert.application, kMostCallees);
  if (!callees.empty()) {
    auto found = LookAtCallees(callees, alert, window, sources);
    if (!found) return std::unexpected(found.error());
    std::ranges::move(*found, std::back_inserter(moves->items));
    moves->called = callees.size();
  }
  OrderByCause(*moves, setup.graph, alert.application);
  return moves;
}

}  // namespace mon::processor
