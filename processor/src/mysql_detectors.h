#pragma once

#include <chrono>
#include <span>
#include <string>
#include <vector>

#include "detectors.h"
#include "mysql/connection.h"

namespace mon::processor {

/// Detectors in the tables `detector_states` and `detector_feedback`. `connection` must outlive it.
class MysqlDetectors final : public DetectorStore {
 public:
  explicit MysqlDetectors(mysql::Connection& connection) : connection_(&connection) {}

  [[nodiscard]] Result<std::vector<StoredDetector>> Load(
      std::span<const std::string> series) override;
  [[nodiscard]] Result<std::vector<AcceptedOddity>> LoadAccepted() override;

  /// Within a transaction. `accepted`: what has been learnt, and is done with when it was said
  /// `kept` ago.
  [[nodiscard]] Result<void> Save(std::span<const StoredDetector> detectors,
                                  std::span<const AcceptedOddity> accepted,
                                  std::chrono::seconds kept);

 private:
  mysql::Connection* connection_;
};

}  // namespace mon::processor
