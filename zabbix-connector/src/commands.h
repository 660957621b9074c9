#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "http/http_client.h"

namespace mon::zabbix_connector {

/// What the command line asks for.
struct Request {
  std::string command;  ///< "check", "version", "hosts", "items", "history"
  bool json = false;
  std::string search;              ///< hosts
  std::vector<std::string> hosts;  ///< items: ids or technical names; empty: the configured ones
  std::vector<std::string> items;  ///< history: ids
  std::string from, till, last;    ///< history
};

/// The parts of the world a command needs.
struct World {
  http::Client& http;
  const Clock& clock;
  std::stop_token stop;
  bool on_terminal = false;
};

/// Carries the command out and prints its result to standard output.
[[nodiscard]] Result<ExitCode> RunCommand(const Request& request, const Config& config,
                                          const World& world);

}  // namespace mon::zabbix_connector
