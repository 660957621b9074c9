// The HTML form. Mail programs drop style sheets, so every style is inline; none sets a text or a
// background colour of its own, so that the program's dark mode keeps its contrast: state is told
// by words and by the colour of a border.
#include <fmt/format.h>

#include <iterator>

#include "alerting_system/chart.h"
#include "alerting_system/compose.h"
#include "document.h"

namespace mon::alerting_system {
namespace {

constexpr const char* kFont = "font-family:system-ui,'Segoe UI',Roboto,Arial,sans-serif";
constexpr const char* kTable = "border-collapse:collapse;margin:0 0 16px 0";
constexpr const char* kCell =
    "padding:4px 12px 4px 0;vertical-align:top;text-align:left;border-bottom:1px solid #8888884d";
constexpr const char* kSmall = "font-size:85%;opacity:.8";
constexpr const char* kTitle = "font-size:16px;margin:20px 0 6px 0";

std::string Escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

void AddRow(std::string& out, const char* tag, std::initializer_list<std::string> html_cells) {
  out += "<tr>";
  for (const std::string& cell : html_cells) {
    fmt::format_to(std::back_inserter(out), "<{} style=\"{}\">{}</{}>", tag, kCell, cell, tag);
  }
  out += "</tr>\n";
}

void OpenTable(std::string& out, std::string_view title) {
  if (!title.empty()) {
    fmt::format_to(std::back_inserter(out), "<h2 style=\"{}\">{}</h2>\n", kTitle, Escape(title));
  }
  fmt::format_to(std::back_inserter(out), "<table style=\"{}\">\n", kTable);
}

void AddFacts(std::string& out, const std::vector<Document::Fact>& facts) {
  if (facts.empty()) return;
  OpenTable(out, "");
  for (const auto& fact : facts) {
    const std::string value = Escape(fact.value);
    AddRow(out, "td",
           {Escape(fact.label), fact.is_link ? fmt::format("<a href=\"{}\">{}</a>", value, value)
                                             : "<b>" + value + "</b>"});
  }
  out += "</table>\n";
}

void AddDescription(std::string& out, const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  out += "<p>";
  for (const std::string& line : lines) {
    fmt::format_to(std::back_inserter(out), "{}{}", &line == &lines.front() ? "" : "<br>\n",
                   Escape(line));
  }
  out += "</p>\n";
}

void AddNotes(std::string& out, const std::vector<std::string>& notes) {
  if (notes.empty()) return;
  fmt::format_to(std::back_inserter(out), "<h2 style=\"{}\">Late data</h2>\n", kTitle);
  for (const std::string& note : notes) out += "<p>" + Escape(note) + "</p>\n";
}

void AddMoved(std::string& out, const Document& document) {
  if (!document.moved.empty()) OpenTable(out, document.moved_title);
  for (const auto& moved : document.moved) {
    AddRow(out, "td",
           {fmt::format("<b>{}</b><br><span style=\"{}\">{}</span>", Escape(moved.what), kSmall,
                        Escape(moved.details))});
  }
  if (!document.moved.empty()) out += "</table>\n";
  if (!document.moved_note.empty()) out += "<p>" + Escape(document.moved_note) + "</p>\n";
}

/// Part of the mail itself: nothing is loaded from anywhere, so nobody learns that it was read.
void AddChart(std::string& out, const std::string& alt) {
  if (alt.empty()) return;
  fmt::format_to(std::back_inserter(out),
                 "<p><img src=\"cid:{}\" width=\"480\" style=\"width:100%;max-width:480px;"
                 "height:auto\" alt=\"{}\"></p>\n",
                 kChartContentId, Escape(alt));
}

void AddMembers(std::string& out, const Document& document) {
  if (document.members.empty()) return;
  OpenTable(out, "");
  for (const auto& member : document.members) {
    const auto cause = member.cause.empty() ? "" : "<br>" + Escape(member.cause);
    AddRow(out, "td",
           {Escape(member.state),
            fmt::format("<b>{}</b>{}<br><span style=\"{}\">{}</span>", Escape(member.what), cause,
                        kSmall, Escape(member.time))});
  }
  out += "</table>\n";
  if (!document.members_note.empty()) out += "<p>" + Escape(document.members_note) + "</p>\n";
}

void AddSamples(std::string& out, const Document& document) {
  if (document.samples.empty()) return;
  OpenTable(out, document.samples_title);
  AddRow(out, "th", {"", "time", "response_time_ms", "error_rate"});
  for (const auto& sample : document.samples) {
    AddRow(
        out, "td",
        {sample.violates ? "!" : "", Escape(sample.time), Escape(sample.response_time_ms),
         sample.violates ? "<b>" + Escape(sample.error_rate) + "</b>" : Escape(sample.error_rate)});
  }
  out += "</table>\n";
}

void AddEvidence(std::string& out, std::string_view title,
                 const std::vector<Document::Evidence>& group) {
  if (group.empty()) return;
  OpenTable(out, title);
  AddRow(out, "th", {"item", "value", "offset", "measured"});
  for (const auto& row : group) {
    const std::string key = row.key.empty() ? "" : ", key " + Escape(row.key);
    const std::string measured =
        row.clock.empty() ? "" : fmt::format("clock {}<br>{}", row.clock, Escape(row.time));
    AddRow(out, "td",
           {fmt::format("{}: {}<br><span style=\"{}\">itemid {}{}</span>", Escape(row.host),
                        Escape(row.item), kSmall, row.itemid, key),
            row.clock.empty() ? "no value yet" : "<b>" + Escape(row.value) + "</b>",
            Escape(row.offset), measured});
  }
  out += "</table>\n";
}

std::string Head(std::string_view title) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n"
      "<meta name=\"supported-color-schemes\" content=\"light dark\">\n"
      // Keys of items are longer than a phone is wide.
      "<title>{}</title>\n</head>\n<body style=\"{};font-size:14px;line-height:1.4;"
      "overflow-wrap:anywhere\">\n",
      Escape(title), kFont);
}

}  // namespace

std::string TextAsHtml(std::string_view title, std::string_view text) {
  return fmt::format("{}<div style=\"white-space:pre-wrap\">{}</div>\n</body>\n</html>\n",
                     Head(title), Escape(text));
}

std::string RenderHtml(const Document& document, std::string_view title) {
  std::string out = Head(title);
  fmt::format_to(std::back_inserter(out),
                 "<h1 style=\"font-size:18px;margin:0 0 8px 0;padding:4px 0 4px 12px;"
                 "border-left:6px solid {}\">{}</h1>\n",
                 document.problem ? "#d93025" : "#1e8e3e", Escape(document.headline));
  if (!document.summary.empty()) out += "<p>" + Escape(document.summary) + "</p>\n";
  for (const std::string& note : document.notes) out += "<p>" + Escape(note) + "</p>\n";
  AddDescription(out, document.description);
  AddFacts(out, document.facts);
  AddMembers(out, document);
  AddMoved(out, document);
  AddChart(out, document.chart_alt);
  AddNotes(out, document.late_notes);
  AddSamples(out, document);
  AddEvidence(out, document.inside_title, document.inside);
  AddEvidence(out, document.outside_title, document.outside);
  if (!document.evidence_note.empty()) out += "<p>" + Escape(document.evidence_note) + "</p>\n";
  fmt::format_to(std::back_inserter(out), "<p style=\"{}\">{}</p>\n</body>\n</html>\n", kSmall,
                 Escape(document.footer));
  return out;
}

}  // namespace mon::alerting_system
