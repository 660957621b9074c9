#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "mysql/connection.h"

namespace mon::data_aggregator {

class LockWatch;

/// Runs statements that need a table for themselves for a moment, without holding up those who
/// write.
///
/// A waiting ALTER makes everyone queue behind it. So it waits well below a second for a
/// transaction that has the table, gives way for as long, and tries again. The servers count such
/// waits in whole seconds; a second session watches the wait instead, and ends the statement.
/// `connection` must outlive it; the session's lock_wait_timeout is put back at the end.
class Gentle {
 public:
  Gentle(mysql::Connection& connection, std::chrono::seconds patience,
         std::function<void(const std::string&)> progress);
  ~Gentle();
  Gentle(const Gentle&) = delete;
  Gentle& operator=(const Gentle&) = delete;

  /// kTimeout when `patience` is used up.
  [[nodiscard]] Result<void> Execute(const std::string& sql);

 private:
  mysql::Connection& connection_;
  std::chrono::seconds patience_;
  std::function<void(const std::string&)> progress_;
  std::unique_ptr<LockWatch> watch_;
};

}  // namespace mon::data_aggregator
