#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>

#include "common/config.h"
#include "common/error.h"
#include "http/http_client.h"
#include "mail_transport/mail_transport.h"

namespace mon::receivers {

/// Posts `body` to the webhook of `receiver`; see receivers.h for what the answers mean.
[[nodiscard]] Result<mail_transport::Receipt> Post(http::Client& client,
                                                   const ReceiverConfig& receiver,
                                                   const std::string& body,
                                                   const std::string& idempotency_key,
                                                   const std::stop_token& stop);

}  // namespace mon::receivers
