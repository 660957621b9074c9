#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "support/child_process.h"
#include "support/mariadb_server.h"

namespace mon::test {

/// A database, a Maildir and the real processor with the real delivery program beside it, under the
/// processor's own account.
class ProcessorWorld {
 public:
  /// `rules`: TOML below the mail settings; empty: the built-in rule.
  explicit ProcessorWorld(const std::string& rules = "");

  /// One run of the program, with `flags`.
  Finished Run(const std::vector<std::string>& flags = {});
  /// Makes a run that has to succeed in silence; says what it printed otherwise.
  void Pass(const std::vector<std::string>& flags = {});

  /// Inserts as another program does; gives the row's id.
  std::int64_t Insert(std::int64_t timestamp, double error_rate, int response_time_ms = 100);
  /// Inserts as our aggregator does.
  std::int64_t InsertOf(const std::string& application, std::int64_t timestamp, double error_rate);
  /// Adds an item with its host, read until then.
  void AddItem(std::uint64_t itemid, std::uint64_t hostid, const std::string& host,
               const std::string& key, std::int64_t read_until);
  void AddValue(std::uint64_t itemid, std::int64_t clock, double value);

  /// The subjects of the mails that were delivered, in order of their delivery.
  [[nodiscard]] std::vector<std::string> Subjects() const;
  /// The whole text of the delivered mails.
  [[nodiscard]] std::vector<std::string> Mails() const;

  [[nodiscard]] std::string ConfigFile() const { return directory_.Path() + "/monitoring.toml"; }
  [[nodiscard]] std::string Directory() const { return directory_.Path(); }
  [[nodiscard]] std::map<std::string, std::string> Environment() const;
  /// The configuration file with mail settings, and `rules` below them.
  void Configure(const std::string& rules) const;
  void WriteConfig(const std::string& text) const;

  TestDatabase db;
  std::int64_t now = 0;  ///< epoch seconds when the world was made

 private:
  TemporaryDirectory directory_;
};

}  // namespace mon::test
