#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "support/child_process.h"
#include "support/hyphenmon.h"
#include "support/mariadb_server.h"

namespace mon::test {

using Environment = std::map<std::string, std::string>;

/// The real data-aggregator on a fresh database, as the account of sql/accounts.sql.
class AggregatorTest : public testing::Test {
 protected:
  [[nodiscard]] Environment EnvironmentFor(const std::string& url) const {
    Environment environment = database_.Environment(Account::kAggregator);
    environment["HYPHENMON_URL"] = url;
    return environment;
  }

  static Finished Aggregate(const Environment& environment,
                            std::vector<std::string> arguments = {}) {
    arguments.insert(arguments.begin(), Program("data-aggregator"));
    return test::Run(arguments, environment);
  }

  /// A configuration file with these `[[application]]` tables; the database is the environment's.
  std::string ConfigFile(const std::string& text) {
    std::string path = directory_.Path() + "/monitoring.toml";
    std::ofstream(path) << text;
    return path;
  }

  /// Waits until the first cell of `sql` is `expected`.
  testing::AssertionResult Eventually(const std::string& sql, const std::string& expected,
                                      std::chrono::seconds limit = std::chrono::seconds(20)) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    std::string found;
    do {
      found = database_.QueryOne(sql);
      if (found == expected) return testing::AssertionSuccess();
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    } while (std::chrono::steady_clock::now() < deadline);
    return testing::AssertionFailure() << sql << ": " << found << ", expected " << expected;
  }

  /// True once a run has the lease.
  testing::AssertionResult EventuallyAtWork() {
    return Eventually(
        "SELECT COUNT(*) FROM leases WHERE name = 'aggregator' AND expires_at > NOW()", "1");
  }

  TestDatabase database_;
  TemporaryDirectory directory_;
};

}  // namespace mon::test
