#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "alerts.h"
#include "audit.h"
#include "common/config.h"
#include "common/error.h"
#include "normal.h"
#include "routes.h"
#include "silences.h"
#include "templates.h"

namespace mon::alerting_system {

/// The commands of people on call: what is asked of them on the command line, and which one was
/// given. Must outlive the CLI::App that it was added to.
class OnCall {
 public:
  void AddTo(CLI::App& app);

  /// True where one of these commands was given.
  [[nodiscard]] bool Parsed() const { return run_ != nullptr; }
  [[nodiscard]] Result<ExitCode> Run(const Config& config, bool dry_run) const {
    return run_(config, dry_run);
  }

 private:
  using Runner = std::function<Result<ExitCode>(const Config&, bool dry_run)>;

  void AddList(CLI::App& app);
  void AddShow(CLI::App& app);
  void AddAck(CLI::App& app);
  void AddUnack(CLI::App& app);
  void AddNormal(CLI::App& app);
  void AddSilence(CLI::App& app);
  void AddSilenceEdit(CLI::App& silence);
  void AddSpan(CLI::App& command);
  void AddExpire(CLI::App& app);
  void AddAudit(CLI::App& app);
  void AddRoute(CLI::App& app);
  void AddTemplate(CLI::App& app);
  void RunsSilence(CLI::App& command, SilenceRequest::Action action);

  ListRequest list_;
  ShowRequest show_;
  AckRequest ack_;
  NormalRequest normal_;
  SilenceRequest silence_;
  AuditRequest audit_;
  RouteTestRequest route_;
  TemplateRequest template_;
  Runner run_;
};

/// --format of a command whose other form is JSON.
void AddFormat(CLI::App& command, bool& json);

/// --comment and --by of a command that changes something.
void AddWho(CLI::App& command, std::string& by, std::string& comment);

}  // namespace mon::alerting_system
