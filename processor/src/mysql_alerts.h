#pragma once

#include <span>
#include <string>

#include "alert_book.h"
#include "mysql/connection.h"

namespace mon::processor {

/// Tables `rule_states`, `alerts` and `alert_events`. `connection` must outlive it.
class MysqlAlerts final : public AlertStore {
 public:
  explicit MysqlAlerts(mysql::Connection& connection) : connection_(&connection) {}

  [[nodiscard]] Result<std::vector<StoredState>> LoadStates(
      std::span<const std::string> applications) override;
  [[nodiscard]] Result<std::vector<Alert>> LoadOverlapping(const Alert& candidate) override;
  [[nodiscard]] Result<std::vector<Alert>> LoadTold() override;

  /// One alert. kNotFound where it is gone.
  [[nodiscard]] Result<Alert> Load(std::int64_t id);

  /// What SaveAlert would answer, without writing.
  [[nodiscard]] Result<bool> MayBeSaved(const Alert& alert);
  /// Writes a state, after its open alert was saved.
  [[nodiscard]] Result<void> Save(const AlertBook::Key& key, const TrackedState& tracked);
  /// What late data showed of an alert, as recorded by earlier passes, oldest first.
  [[nodiscard]] Result<std::vector<std::string>> LateNotes(std::int64_t alert_id);

 private:
  mysql::Connection* connection_;
};

}  // namespace mon::processor
