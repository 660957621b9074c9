#include "rca_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <string_view>

#include "answer_lines.h"
#include "common/csv.h"
#include "rca/rank_causes.h"
#include "rca_input.h"

namespace mon::anomaly_detector {

void AddRca(CLI::App& app, RcaCommand& command) {
  command.app = app.add_subcommand(
      "rca", "Which component is the probable cause of an incident: lines component,score");
  command.app
      ->add_option("DIR", command.directory,
                   "Folder with target.csv: component,metric,statistic,timestamp of the symptom; "
                   "normal.csv and incident.csv: header timestamp,component|metric|statistic,..., "
                   "then a line for each time, empty = missing; edges.csv: header caller,callee, "
                   "then a line for each call")
      ->type_name("")
      ->required();
  command.app->footer(
      "Best first; a score is comparable within one ranking alone.\n"
      "Example:\n"
      "  anomaly-detector rca incidents/2026-03-02 | head -3");
}

Result<ExitCode> RunRca(const RcaCommand& command) {
  const auto path = [&](std::string_view name) {
    return fmt::format("{}/{}", command.directory, name);
  };
  const auto symptom = ReadRcaSymptom(path("target.csv"));
  if (!symptom) return std::unexpected(symptom.error());
  const auto edges = ReadRcaEdges(path("edges.csv"));
  if (!edges) return std::unexpected(edges.error());
  const auto normal = ReadRcaTable(path("normal.csv"));
  if (!normal) return std::unexpected(normal.error());
  const auto incident = ReadRcaTable(path("incident.csv"));
  if (!incident) return std::unexpected(incident.error());

  const bool known = std::ranges::any_of(incident->series, [&](const rca::Series& series) {
    return series.metric == symptom->metric && series.statistic == symptom->statistic;
  });
  if (!known) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("{}: no column is of the metric and statistic in target.csv, {}|{}",
                            path("incident.csv"), symptom->metric, symptom->statistic));
  }

  std::string lines;
  for (const rca::Cause& cause : rca::RankCauses(*normal, *incident, *edges, *symptom)) {
    AppendCsvField(lines, cause.component);
    fmt::format_to(std::back_inserter(lines), ",{:.9g}\n", cause.score);
  }
  if (Result<void> written = WriteStdout(lines); !written) return std::unexpected(written.error());
  return ExitCode::kOk;
}

}  // namespace mon::anomaly_detector
