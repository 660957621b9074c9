#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "anomaly_detector/rule.h"
#include "common/expect.h"
#include "common/program.h"
#include "series.h"
#include "table_join.h"

namespace mon::correlator {
namespace {

constexpr const char* kStdin = "-";
constexpr std::uint64_t kLongestWindow = std::numeric_limits<std::int64_t>::max();  ///< seconds

struct Flags {
  std::string application;
  std::string infrastructure;
  std::optional<std::int64_t> window;
  TableOptions table;
};

std::string Named(const std::string& path) { return path == kStdin ? "standard input" : path; }

Result<std::string> ReadFile(const std::string& path) {
  const auto failed = [&] {
    return Fail(ErrorCode::kNotFound, fmt::format("{}: {}", Named(path), std::strerror(errno)));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> opened(
      path == kStdin ? nullptr : std::fopen(path.c_str(), "rb"),
      [](std::FILE* file) { return file == nullptr ? 0 : std::fclose(file); });
  std::FILE* const file = path == kStdin ? stdin : opened.get();
  if (file == nullptr) return failed();
  constexpr std::size_t kPiece = 1 << 20;
  std::string text;
  std::size_t got = 0;
  do {
    const std::size_t size = text.size();
    text.resize_and_overwrite(size + kPiece, [&](char* data, std::size_t) {
      got = std::fread(data + size, 1, kPiece, file);
      return size + got;
    });
  } while (got == kPiece);
  if (std::ferror(file) != 0) return failed();
  return text;
}

Result<void> WriteStdout(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) == text.size()) return {};
  return Fail(ErrorCode::kIo, fmt::format("standard output: {}", std::strerror(errno)));
}

Result<ExitCode> Run(Flags flags, const Config& config) {
  if (flags.application == kStdin && flags.infrastructure == kStdin) {
    return Fail(ErrorCode::kUsage, "only one of --application and --infrastructure can be '-'");
  }
  flags.table.window = flags.window ? std::chrono::seconds(*flags.window) : config.processor.window;

  Result<std::string> application_text = ReadFile(flags.application);
  if (!application_text) return std::unexpected(application_text.error());
  Result<std::string> infrastructure_text = ReadFile(flags.infrastructure);
  if (!infrastructure_text) return std::unexpected(infrastructure_text.error());
  const auto application = ReadApplication(*application_text, Named(flags.application));
  if (!application) return std::unexpected(application.error());
  const auto items = ReadInfrastructure(*infrastructure_text, Named(flags.infrastructure));
  if (!items) return std::unexpected(items.error());

  const Result<void> printed = PrintJoin(*application, *items, flags.table, WriteStdout);
  if (!printed) return std::unexpected(printed.error());
  return ExitCode::kOk;
}

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--application", flags.application,
                 "CSV file timestamp,response_time_ms,error_rate, or - for standard input")
      ->type_name("FILE")
      ->required();
  app.add_option("--infrastructure", flags.infrastructure,
                 "CSV file itemid,clock,value, or - for standard input")
      ->type_name("FILE")
      ->required();
  app.add_option("--window", flags.window,
                 "Half-width of the window in seconds, inclusive; default: as configured for the "
                 "processor, 10")
      ->type_name("SECONDS")
      ->check(expect::WholeNumber(0, kLongestWindow));
  app.add_option_function<std::string>(
         "--match",
         [&](const std::string& name) {
           flags.table.match = name == "all" ? Match::kAll : Match::kNearest;
         },
         "nearest value of each item (default), or all")
      ->type_name("nearest|all")
      ->check(expect::OneOf({"nearest", "all"}));
  app.add_option_function<std::string>(
         "--format",
         [&](const std::string& name) {
           flags.table.format = name == "ndjson" ? Format::kNdjson : Format::kCsv;
         },
         "csv (default) or ndjson")
      ->type_name("csv|ndjson")
      ->check(expect::OneOf({"csv", "ndjson"}));
  app.add_flag("--unmatched", flags.table.unmatched,
               "Keep lines of the application without a match, with empty fields");
}

}  // namespace
}  // namespace mon::correlator

int main(int argc, char** argv) {
  using namespace mon;
  correlator::Flags flags;
  const ProgramInfo info{
      .name = "correlator",
      .description =
          "Joins application samples with the values of Zabbix items taken at about "
          "the same time.",
      .footer =
          "Example:\n"
          "  correlator --application app.csv --infrastructure items.csv --window 10\n"
          "Exit codes: 0 done, 64 wrong usage, 65 a bad line, 66 a file that cannot be "
          "read, 74 output that cannot be written, 78 bad configuration.",
      .section = {},
      .check_rule = anomaly_detector::CheckRule};
  return RunProgram(
      argc, argv, info, [&](CLI::App& app) { correlator::AddFlags(app, flags); },
      [&](const LoadedConfig& loaded, const ProgramOptions&) {
        return correlator::Run(flags, loaded.config);
      });
}
