#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "common/config.h"
#include "common/error.h"
#include "mail_transport/mail_transport.h"

namespace mon::receivers {

/// Runs the command of `receiver` with `input` as its standard input and `environment`
/// ("NAME=value") as its whole environment; see receivers.h for what its end means.
[[nodiscard]] Result<mail_transport::Receipt> RunCommand(
    const ReceiverConfig& receiver, const std::string& input,
    const std::vector<std::string>& environment, const std::stop_token& stop);

}  // namespace mon::receivers
