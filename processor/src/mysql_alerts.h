#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "alert_book.h"
#include "mysql/connection.h"
#include "parts.h"

namespace mon::processor {

/// Tables `rule_states`, `alerts` and `alert_events`. `connection` must outlive it. `parts`: of
/// whose applications LoadTold gives alerts.
class MysqlAlerts final : public AlertStore {
 public:
  explicit MysqlAlerts(mysql::Connection& connection, const Parts& parts = AllParts())
      : connection_(&connection), parts_(parts) {}

  [[nodiscard]] Result<std::vector<StoredState>> LoadStates(
      std::span<const std::string> applications) override;
  [[nodiscard]] Result<std::vector<Alert>> LoadOverlapping(const Alert& candidate) override;
  [[nodiscard]] Result<std::vector<Alert>> LoadAround(std::span<const std::string> applications,
                                                      std::int64_t from, std::int64_t to) override;
  [[nodiscard]] Result<std::vector<Alert>> LoadTold() override;

  /// One alert. kNotFound where it is gone.
  [[nodiscard]] Result<Alert> Load(std::int64_t id);

  /// What SaveAlerts would answer, without writing.
  [[nodiscard]] Result<std::vector<bool>> MayBeSaved(std::span<Alert* const> alerts);
  /// Writes the states that have changed, after their open alerts were saved.
  [[nodiscard]] Result<void> Save(const std::map<AlertBook::Key, TrackedState>& states);
  /// What late data showed of an alert, as recorded by earlier passes, oldest first.
  [[nodiscard]] Result<std::vector<std::string>> LateNotes(std::int64_t alert_id);

 private:
  mysql::Connection* connection_;
  Parts parts_;
};

}  // namespace mon::processor
