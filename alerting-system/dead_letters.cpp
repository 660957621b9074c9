#include "dead_letters.h"

#include <fmt/format.h>

#include <string>
#include <vector>

#include "actor.h"
#include "alerting_system/dead_letters.h"
#include "change.h"
#include "common/program.h"
#include "common/table.h"
#include "common/text.h"
#include "dispatch/audit.h"
#include "mysql/connection.h"
#include "mysql/schema.h"
#include "output.h"

namespace mon::alerting_system {
namespace {

using Letters = std::vector<DeadLetter>;

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
  std::vector<Json> lines;
  for (const DeadLetter& letter : letters) {
    lines.push_back({{"id", letter.notification_id},
                     {"status", letter.uncertain ? "uncertain" : "dead"},
                     {"recipient", letter.recipient},
                     {"alert_id", OrNull(letter.alert_id)},
                     {"kind", letter.kind},
                     {"attempts", letter.attempts},
                     {"queued_at", letter.queued_at},
                     {"last_attempt_at", OrNull(letter.last_attempt_at)},
                     {"next_attempt_at", OrNull(letter.next_attempt_at)},
                     {"subject", letter.subject},
                     {"last_error", letter.last_error}});
  }
  return DumpLines(lines);
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
  const auto actor = ActorOf(request.by, request.comment);
  return Change(connection, request.dry_run, [&]() -> Result<Letters> {
    auto letters = RetryDeadLetters(connection, request.ids, request.recipient);
    if (!letters) return letters;
    for (const DeadLetter& letter : *letters) {
      auto audited =
          dispatch::Audit(connection, actor, "retry-mail",
                          fmt::format("mail {}", letter.notification_id), "to " + letter.recipient);
      if (!audited) return std::unexpected(audited.error());
    }
    return letters;
  });
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
