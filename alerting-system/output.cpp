#include "output.h"

#include "common/text.h"

namespace mon::alerting_system {
namespace {

constexpr std::size_t kMostTextBytes = 60;

}  // namespace

std::string Short(const std::string& text) {
  if (text.size() <= kMostTextBytes) return text;
  return CleanUtf8(text, kMostTextBytes - 3) + "...";
}

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string DumpLines(const std::vector<Json>& elements) {
  std::string text = "[";
  for (const Json& element : elements) text += (text.size() == 1 ? "\n" : ",\n") + Dump(element);
  return text + (elements.empty() ? "]\n" : "\n]\n");
}

Json OrNull(const std::string& text) { return text.empty() ? Json() : Json(text); }

Result<std::int64_t> ServerNow(mysql::Connection& connection) {
  auto rows = connection.Query("SELECT UNIX_TIMESTAMP()");
  if (!rows) return Context("asking the database for the time", rows.error());
  rows->Next();
  return rows->Int(0);
}

}  // namespace mon::alerting_system
