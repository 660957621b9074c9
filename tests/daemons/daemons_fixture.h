#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/hyphenmon.h"
#include "support/mariadb_server.h"
#include "support/plain_http.h"

namespace mon::test {

using Environment = std::map<std::string, std::string>;

/// One of the programs that may stay.
struct DaemonKind {
  std::vector<std::string> command;  ///< program and subcommand
  std::string section;               ///< of the configuration; begins the names of its metrics
  Account account;
};

/// The test's own parameter, so that its name tells the program.
void PrintTo(const DaemonKind& kind, std::ostream* out);
[[nodiscard]] const std::vector<DaemonKind>& AllDaemons();

/// The real programs on a fresh database, a real application and a Maildir. The configuration is
/// the file's; the environment has the state directory alone.
class DaemonsTest : public testing::TestWithParam<DaemonKind> {
 protected:
  DaemonsTest() : DaemonsTest(TestDatabase::Options{}) {}
  explicit DaemonsTest(const TestDatabase::Options& options);

  /// Writes the configuration, with `more` below it; `mysql` replaces the database's section.
  void Configure(const std::string& more = "", const std::string& mysql = "");
  /// The `[mysql]` of an account, its password in a file.
  [[nodiscard]] std::string MysqlSection(Account account) const;
  void WriteSecret(const std::string& name, const std::string& text) const;
  [[nodiscard]] std::string Path(const std::string& name) const {
    return directory_.Path() + "/" + name;
  }

  /// Starts the daemon of the parameter on a free port.
  std::unique_ptr<Background> Start(const Environment& more = {},
                                    const std::vector<std::string>& flags = {"--listen",
                                                                             "127.0.0.1:0"},
                                    const std::string& log_level = "info");
  /// One run of it, as cron makes them.
  Finished RunOnce(const DaemonKind& kind, const Environment& more = {});

  /// The port that a daemon says it listens on.
  static int PortOf(const Background& daemon);
  static PlainResponse Get(const Background& daemon, const std::string& path) {
    return PlainConnection(PortOf(daemon)).Get(path);
  }
  static nlohmann::json Ready(const Background& daemon);
  static bool IsReady(const Background& daemon) { return Get(daemon, "/-/ready").status == 200; }
  /// The value of a metric without labels, as text; empty where there is none.
  [[nodiscard]] std::string Measured(const Background& daemon, const std::string& metric) const;

  static testing::AssertionResult Eventually(const std::function<bool()>& condition,
                                             std::chrono::seconds limit = std::chrono::seconds(30));

  TestDatabase database_;
  Hyphenmon application_;
  TemporaryDirectory directory_;
};

/// Runs `promtool check metrics` on a text.
[[nodiscard]] Finished CheckMetrics(const std::string& text);

}  // namespace mon::test
