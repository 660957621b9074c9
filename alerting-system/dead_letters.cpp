#include "dead_letters.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "alerting_system/dead_letters.h"
#include "common/program.h"
#include "common/table.h"
#include "common/text.h"
#include "mysql/connection.h"
#include "mysql/schema.h"
#include "mysql/transact.h"

namespace mon::alerting_system {
namespace {

using Json = nlohmann::ordered_json;
using Letters = std::vector<DeadLetter>;

constexpr std::size_t kMostTextBytes = 60;  // of a cell; --format json has it whole

std::string Short(const std::string& text) {
  if (text.size() <= kMostTextBytes) return text;
  return CleanUtf8(text, kMostTextBytes - 3) + "...";
}

std::string TableOf(const Letters& letters) {
  Table table({{"ID", Table::Align::kRight},
               {"STATUS"},
               {"RECIPIENT"},
               {"ALERT", Table::Align::kRight},
               {"ATTEMPTS", Table::Align::kRight},
               {"QUEUED (UTC)"},
               {"LAST ATTEMPT (UTC)"},
               {"SUBJECT"},
               {"LAST ERROR"}});
  for (const DeadLetter& letter : letters) {
    table.AddRow({std::to_string(letter.notification_id), letter.uncertain ? "uncertain" : "dead",
                  letter.recipient, letter.alert_id ? std::to_string(*letter.alert_id) : "",
                  std::to_string(letter.attempts), FormatUtc(letter.queued_at),
                  letter.last_attempt_at ? FormatUtc(*letter.last_attempt_at) : "",
                  Short(letter.subject), Short(letter.last_error)});
  }
  return table.Text(StdoutIsTerminal());
}

std::string JsonOf(const Letters& letters) {
  const auto or_null = [](std::optional<std::int64_t> number) {
    return number ? Json(*number) : Json();
  };
  std::string text = "[";
  for (const DeadLetter& letter : letters) {
    const Json line = {{"id", letter.notification_id},
                       {"status", letter.uncertain ? "uncertain" : "dead"},
                       {"recipient", letter.recipient},
                       {"alert_id", or_null(letter.alert_id)},
                       {"kind", letter.kind},
                       {"attempts", letter.attempts},
                       {"queued_at", letter.queued_at},
                       {"last_attempt_at", or_null(letter.last_attempt_at)},
                       {"next_attempt_at", or_null(letter.next_attempt_at)},
                       {"subject", letter.subject},
                       {"last_error", letter.last_error}};
    text += (text.size() == 1 ? "\n" : ",\n") +
            line.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  return text + (letters.empty() ? "]\n" : "\n]\n");
}

void Show(const Letters& letters, bool json) {
  if (json) {
    fmt::print("{}", JsonOf(letters));
  } else if (letters.empty()) {
    fmt::print("no dead letters\n");
  } else {
    fmt::print("{}", TableOf(letters));
  }
}

void TellRetried(const Letters& letters, const DeadLettersRequest& request) {
  if (request.json || letters.empty()) return Show(letters, request.json);
  for (const DeadLetter& letter : letters) {
    fmt::print("mail {} to {}: {}\n", letter.notification_id, EscapeControls(letter.recipient),
               request.dry_run ? "would be due again" : "due again");
  }
}

Result<Letters> Retry(mysql::Connection& connection, const DeadLettersRequest& request) {
  const auto retry = [&] { return RetryDeadLetters(connection, request.ids, request.recipient); };
  if (!request.dry_run) return mysql::Transact(connection, retry);
  const auto rolled_back = mysql::Transaction::Begin(connection);
  if (!rolled_back) return std::unexpected(rolled_back.error());
  return retry();
}

}  // namespace

Result<ExitCode> DeadLetters(const Config& config, const DeadLettersRequest& request) {
  auto connection = mysql::OpenChecked(config.mysql);
  if (!connection) return std::unexpected(connection.error());
  const auto letters = request.retry ? Retry(*connection, request) : ListDeadLetters(*connection);
  if (!letters) return std::unexpected(letters.error());
  if (request.retry) {
    TellRetried(*letters, request);
  } else {
    Show(*letters, request.json);
  }
  return ExitCode::kOk;
}

}  // namespace mon::alerting_system
