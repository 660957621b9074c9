#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "common/clock.h"
#include "common/config.h"
#include "finding.h"
#include "mysql/connection.h"

namespace mon::data_aggregator::doctor {

/// A person waits for the answers: shorter limits than those of a run.
[[nodiscard]] mysql::ConnectOptions QuickOptions(mysql::Account account);

/// `config` with a database that every account may use, to tell trouble with the server from
/// trouble with our database.
[[nodiscard]] MysqlConfig WithoutDatabase(MysqlConfig config);

/// How to mend what keeps us from a server, where its message does not say so itself.
[[nodiscard]] std::string MysqlRemedy(const Error& error);

/// True for versions older than any that this platform has been tried on.
[[nodiscard]] bool IsTooOld(std::string_view version, bool mariadb);

/// What a server of a Galera cluster says of itself.
struct NodeState {
  std::string ready;    ///< wsrep_ready
  std::string cluster;  ///< wsrep_cluster_status
  std::string size;     ///< wsrep_cluster_size
  std::string state;    ///< wsrep_local_state_comment
};
[[nodiscard]] Finding JudgeNode(const std::string& server, const NodeState& node);

/// Connects to the one server of `config`, logs in, and looks at its version, its role and its
/// clock. `one_of_several`: another one can take its place.
[[nodiscard]] Outcome ExamineServer(const MysqlConfig& config, bool one_of_several,
                                    const Clock& clock);

}  // namespace mon::data_aggregator::doctor
