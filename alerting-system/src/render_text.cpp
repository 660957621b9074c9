#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "document.h"

namespace mon::alerting_system {
namespace {

void AddFacts(std::string& out, const std::vector<Document::Fact>& facts) {
  std::size_t width = 0;
  for (const auto& fact : facts) width = std::max(width, fact.label.size());
  for (const auto& fact : facts) {
    fmt::format_to(std::back_inserter(out), "  {:<{}}  {}\n", fact.label, width, fact.value);
  }
}

/// First of all evidence: it shortens the search the most.
void AddMoved(std::string& out, const Document& document) {
  if (!document.moved.empty()) out += "\n" + document.moved_title + "\n";
  for (const auto& moved : document.moved) {
    fmt::format_to(std::back_inserter(out), "  {}\n      {}\n", moved.what, moved.details);
  }
  if (!document.moved_note.empty()) out += "\n" + document.moved_note + "\n";
  if (!document.chart_alt.empty()) out += "\n" + document.chart_alt + "\n";
}

void AddMembers(std::string& out, const Document& document) {
  for (const auto& member : document.members) {
    fmt::format_to(std::back_inserter(out), "  {} · {}\n      {}\n", member.state, member.what,
                   member.time);
    if (!member.cause.empty()) out += "      " + member.cause + "\n";
  }
  if (!document.members_note.empty()) out += "\n" + document.members_note + "\n";
}

void AddSamples(std::string& out, const Document& document) {
  if (document.samples.empty()) return;
  fmt::format_to(std::back_inserter(out), "\n{}\n  time      response_time_ms  error_rate\n",
                 document.samples_title);
  for (const auto& sample : document.samples) {
    fmt::format_to(std::back_inserter(out), "{} {}  {:>16}  {}\n", sample.violates ? "!" : " ",
                   sample.time, sample.response_time_ms, sample.error_rate);
  }
}

/// Two lines an item: a table would be wider than a phone.
void AddEvidence(std::string& out, std::string_view title,
                 const std::vector<Document::Evidence>& group) {
  if (group.empty()) return;
  fmt::format_to(std::back_inserter(out), "\n{}\n", title);
  for (const auto& row : group) {
    fmt::format_to(std::back_inserter(out), "  {}: {} = {}\n", row.host, row.item,
                   row.clock.empty() ? "no value yet" : row.value);
    fmt::format_to(std::back_inserter(out), "      itemid {}", row.itemid);
    if (!row.clock.empty()) {
      fmt::format_to(std::back_inserter(out), ", clock {} ({}), {}", row.clock, row.time,
                     row.offset);
    }
    if (!row.key.empty()) fmt::format_to(std::back_inserter(out), ", key {}", row.key);
    out += '\n';
  }
}

}  // namespace

std::string RenderText(const Document& document) {
  std::string out = document.headline + "\n\n";
  if (!document.summary.empty()) out += document.summary + "\n\n";
  for (const std::string& note : document.notes) out += note + "\n";
  if (!document.notes.empty()) out += '\n';
  for (const std::string& line : document.description) out += line + "\n";
  if (!document.description.empty()) out += "\n";
  AddFacts(out, document.facts);
  AddMembers(out, document);
  AddMoved(out, document);
  if (!document.late_notes.empty()) out += "\nLate data\n";
  for (const std::string& note : document.late_notes) out += "  " + note + "\n";
  AddSamples(out, document);
  AddEvidence(out, document.inside_title, document.inside);
  AddEvidence(out, document.outside_title, document.outside);
  if (!document.evidence_note.empty()) out += "\n" + document.evidence_note + "\n";
  // "-- " begins a signature: mail programs grey it out and leave it out of replies.
  out += "\n-- \n" + document.footer + "\n";
  return out;
}

}  // namespace mon::alerting_system
