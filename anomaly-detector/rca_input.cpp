#include "rca_input.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <span>
#include <sstream>
#include <string_view>
#include <system_error>
#include <utility>

#include "common/csv.h"
#include "common/text.h"
#include "number_list.h"
#include "stream_time.h"

namespace mon::anomaly_detector {
namespace {

/// A CSV file, record by record; its errors name the file and the line.
class CsvFile {
 public:
  static Result<CsvFile> Open(const std::string& path) {
    std::error_code wrong;
    if (std::filesystem::is_directory(path, wrong)) {
      return Fail(ErrorCode::kNotFound, fmt::format("{}: is a directory", path));
    }
    std::ifstream file(path, std::ios::binary);
    const int number = errno;
    std::ostringstream text;
    if (file.is_open() && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
    if (!file.is_open() || file.bad()) {
      return Fail(ErrorCode::kNotFound, fmt::format("{}: {}", path, std::strerror(number)));
    }
    return CsvFile(path, std::move(text).str());
  }

  /// The fields of the next record, good until the next call; nothing at the end.
  Result<std::optional<std::span<const std::string_view>>> Next() {
    const Result<bool> more = reader_.Next(fields_);
    if (!more) return At(more.error());
    if (!*more) return std::nullopt;
    return fields_;
  }

  [[nodiscard]] std::unexpected<Error> At(const Error& error) const {
    return Context(fmt::format("{}: line {}", path_, reader_.Line()), error);
  }
  [[nodiscard]] std::unexpected<Error> Bad(std::string message) const {
    return At({ErrorCode::kInvalidData, std::move(message)});
  }

 private:
  CsvFile(std::string path, std::string text)
      : path_(std::move(path)), text_(text.begin(), text.end()), reader_(text_) {}

  std::string path_;
  std::vector<char> text_;  // stays where it is when this object is moved
  CsvReader reader_;
  std::vector<std::string_view> fields_;
};

/// component|metric|statistic.
std::optional<rca::Series> ParseColumn(std::string_view name) {
  const std::size_t last = name.rfind('|');
  if (last == std::string_view::npos || last == 0) return std::nullopt;
  const std::size_t first = name.rfind('|', last - 1);
  if (first == std::string_view::npos) return std::nullopt;
  return rca::Series{.component = std::string(name.substr(0, first)),
                     .metric = std::string(name.substr(first + 1, last - first - 1)),
                     .statistic = std::string(name.substr(last + 1)),
                     .values = {}};
}

/// Seconds since 1970, with a fraction or not, or YYYY-MM-DD HH:MM:SS.
std::optional<double> ParseTime(std::string_view text) {
  if (const auto time = ParseStreamTime(text)) return static_cast<double>(*time);
  const std::optional<double> time = ParseDouble(text);
  return time && std::isfinite(*time) ? time : std::nullopt;
}

Result<rca::Table> ReadColumns(CsvFile& file) {
  const auto header = file.Next();
  if (!header) return std::unexpected(header.error());
  if (!*header || (*header)->size() < 2) {
    return file.Bad("expected a header timestamp,component|metric|statistic,...");
  }
  rca::Table table;
  for (const std::string_view name : (*header)->subspan(1)) {
    std::optional<rca::Series> column = ParseColumn(name);
    if (!column) {
      return file.Bad(fmt::format("expected component|metric|statistic, found {}", Quoted(name)));
    }
    table.series.push_back(*std::move(column));
  }
  return table;
}

}  // namespace

Result<std::vector<rca::Edge>> ReadRcaEdges(const std::string& path) {
  auto file = CsvFile::Open(path);
  if (!file) return std::unexpected(file.error());
  std::vector<rca::Edge> edges;
  bool first = true;
  while (true) {
    const auto fields = file->Next();
    if (!fields) return std::unexpected(fields.error());
    if (!*fields) return edges;
    const auto& record = **fields;
    if (record.size() != 2) {
      return file->Bad(fmt::format("expected caller,callee, found {} fields", record.size()));
    }
    const bool header = std::exchange(first, false) && record[0] == "caller";
    if (!header) edges.push_back({std::string(record[0]), std::string(record[1])});
  }
}

Result<rca::Table> ReadRcaTable(const std::string& path) {
  auto file = CsvFile::Open(path);
  if (!file) return std::unexpected(file.error());
  Result<rca::Table> table = ReadColumns(*file);
  if (!table) return table;
  std::vector<std::pair<double, std::vector<double>>> lines;
  for (;;) {
    const auto fields = file->Next();
    if (!fields) return std::unexpected(fields.error());
    if (!*fields) break;
    const auto& record = **fields;
    if (record.size() != table->series.size() + 1) {
      return file->Bad(fmt::format("expected {} fields as in the header, found {}",
                                   table->series.size() + 1, record.size()));
    }
    const std::optional<double> time = ParseTime(record[0]);
    if (!time) return file->Bad(fmt::format("expected a time, found {}", Quoted(record[0])));
    auto values = ParseValues(record.subspan(1));
    if (!values) return file->At(values.error());
    lines.emplace_back(*time, *std::move(values));
  }
  std::ranges::stable_sort(lines, {}, [](const auto& line) { return line.first; });
  for (const auto& [time, values] : lines) {
    table->times.push_back(time);
    for (std::size_t i = 0; i < values.size(); ++i) table->series[i].values.push_back(values[i]);
  }
  return table;
}

Result<rca::Symptom> ReadRcaSymptom(const std::string& path) {
  auto file = CsvFile::Open(path);
  if (!file) return std::unexpected(file.error());
  const auto fields = file->Next();
  if (!fields) return std::unexpected(fields.error());
  constexpr std::size_t kFields = 4;
  if (!*fields || (*fields)->size() != kFields) {
    return file->Bad("expected component,metric,statistic,timestamp");
  }
  const auto& record = **fields;
  const std::optional<double> onset = ParseTime(record[3]);
  if (!onset) return file->Bad(fmt::format("expected a time, found {}", Quoted(record[3])));
  return rca::Symptom{.component = std::string(record[0]),
                      .metric = std::string(record[1]),
                      .statistic = std::string(record[2]),
                      .onset = *onset};
}

}  // namespace mon::anomaly_detector
