#include "ledgers.h"

#include <algorithm>
#include <iterator>

namespace mon::processor {

Ledgers::Ledgers(const ByPart& stored, const Parts& parts) {
  const auto whole = stored.find(kWhole);
  const bool divided = std::ranges::any_of(stored, [](const auto& one) { return one.first >= 0; });
  if (parts.all() && !divided) {
    ledgers_[kWhole] = whole == stored.end() ? Ledger() : whole->second;
    return;
  }
  for (int part = 0; part < kParts; ++part) {
    if (!parts.test(static_cast<std::size_t>(part))) continue;
    const auto own = stored.find(part);
    const auto from = own == stored.end() ? whole : own;
    ledgers_[part] = from == stored.end() ? Ledger() : from->second;
  }
}

bool Ledgers::empty() const {
  return std::ranges::any_of(ledgers_, [](const auto& one) { return one.second.empty(); });
}

const Ledger* Ledgers::Of(std::string_view application) const {
  const bool divided = !ledgers_.contains(kWhole);
  const auto found = ledgers_.find(divided ? PartOf(application) : kWhole);
  return found == ledgers_.end() ? nullptr : &found->second;
}

void Ledgers::BeginAnew(std::int64_t highest_row, const Ledger& first) {
  for (auto& [part, ledger] : ledgers_)
    if (ledger.Highest() > highest_row) ledger = first;
}

std::int64_t Ledgers::Highest() const {
  std::int64_t highest = -1;
  for (const auto& [part, ledger] : ledgers_) highest = std::max(highest, ledger.Highest());
  return highest;
}

std::vector<IdSpan> Ledgers::OpenSpans(std::size_t at_most) const {
  std::vector<IdSpan> spans;
  for (const auto& [part, ledger] : ledgers_)
    std::ranges::copy(ledger.OpenSpans(0), back_inserter(spans));
  std::ranges::sort(spans, {}, &IdSpan::first);
  std::vector<IdSpan> united;
  for (const IdSpan& span : spans) {
    const bool touches = !united.empty() && (united.back().last == Ledger::kHighestId ||
                                             span.first <= united.back().last + 1);
    if (touches)
      united.back().last = std::max(united.back().last, span.last);
    else
      united.push_back(span);
  }
  return Bridged(std::move(united), at_most);
}

void Ledgers::Add(std::span<const IdSpan> spans, TimePoint now) {
  for (auto& [part, ledger] : ledgers_)
    for (const IdSpan& span : spans) ledger.Add(span, now);
}

void Ledgers::CloseGaps(TimePoint now, std::chrono::milliseconds age) {
  for (auto& [part, ledger] : ledgers_) ledger.CloseGaps(now, age);
}

void Ledgers::Unite() {
  if (ledgers_.size() != kParts) return;
  Ledger whole = ledgers_.begin()->second;
  for (const auto& [part, ledger] : ledgers_) whole.Intersect(ledger);
  ledgers_ = {{kWhole, std::move(whole)}};
}

std::map<int, LedgerChange> Ledgers::ChangeFrom(const ByPart& stored) const {
  std::map<int, LedgerChange> changes;
  const auto add = [&](int part, const Ledger& now) {
    const auto before = stored.find(part);
    auto change = now.ChangeFrom(before == stored.end() ? Ledger() : before->second);
    if (!change.empty()) changes[part] = std::move(change);
  };
  for (const auto& [part, ledger] : ledgers_) add(part, ledger);
  if (ledgers_.contains(kWhole))
    for (const auto& [part, ledger] : stored)
      if (part != kWhole) add(part, Ledger());
  return changes;
}

}  // namespace mon::processor
