#include "smtp_exchange.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>

#include "common/text.h"

namespace mon::mail_transport {
namespace {

using Stage = SmtpExchange::Stage;

constexpr std::size_t kMaxReply = 1000;

std::optional<Stage> StageOf(std::string_view line) {
  static constexpr std::array<std::pair<std::string_view, Stage>, 7> kVerbs = {{
      {"EHLO", Stage::kHello},
      {"HELO", Stage::kHello},
      {"STARTTLS", Stage::kStarttls},
      {"AUTH", Stage::kLogin},
      {"MAIL", Stage::kMail},
      {"RCPT", Stage::kRecipient},
      {"DATA", Stage::kData},
  }};
  for (const auto& [verb, stage] : kVerbs) {
    const std::string_view rest = line.starts_with(verb) ? line.substr(verb.size()) : "x";
    if (rest.empty() || rest[0] == ' ' || rest[0] == '\r') return stage;
  }
  return std::nullopt;
}

std::string_view NameOf(Stage stage) {
  switch (stage) {
    case Stage::kConnect:
      return "connecting";
    case Stage::kGreeting:
      return "the greeting";
    case Stage::kHello:
      return "EHLO";
    case Stage::kStarttls:
      return "STARTTLS";
    case Stage::kLogin:
      return "AUTH";
    case Stage::kMail:
      return "MAIL FROM";
    case Stage::kRecipient:
      return "RCPT TO";
    case Stage::kData:
      return "DATA";
    case Stage::kEnd:
      return "the end of the message";
  }
  return "";
}

/// Nothing about a message has been said yet: the trouble is the service's.
std::unexpected<Error> ServiceError(const SmtpExchange& exchange, const SmtpEnd& end,
                                    const std::string& server) {
  const std::string said = exchange.Code() >= 400 ? exchange.Reply() : end.detail;
  const auto fail = [&](ErrorCode code, std::string_view what) {
    return Fail(code, fmt::format("mail server {}: {}: {}", server, what, said));
  };
  switch (end.kind) {
    case SmtpEnd::Kind::kTlsIdentity:
      return Fail(
          ErrorCode::kRejected,
          fmt::format("mail server {}: its certificate is not trusted: {}", server, end.detail));
    case SmtpEnd::Kind::kBadCaFile:
      return Fail(ErrorCode::kConfig, fmt::format("mail server {}: {}", server, end.detail));
    case SmtpEnd::Kind::kNoTls:
      if (exchange.Code() >= 400) return fail(ErrorCode::kUnavailable, "no STARTTLS now");
      return Fail(ErrorCode::kUnavailable,
                  fmt::format("mail server {}: it does not offer STARTTLS, and without encryption "
                              "nothing is sent (smtp.security)",
                              server));
    case SmtpEnd::Kind::kStopped:
      return Fail(ErrorCode::kUnavailable, fmt::format("mail server {}: stopped", server));
    case SmtpEnd::Kind::kLoginDenied:
      if (exchange.Code() / 100 == 4) return fail(ErrorCode::kUnavailable, "no login now");
      return fail(ErrorCode::kRejected, "login refused");
    case SmtpEnd::Kind::kTimeout:
      return Fail(ErrorCode::kTimeout,
                  fmt::format("mail server {}: no answer at {}", server, NameOf(exchange.At())));
    case SmtpEnd::Kind::kDone:
    case SmtpEnd::Kind::kOther:
      break;
  }
  return fail(ErrorCode::kUnavailable, NameOf(exchange.At()));
}

/// The connection ended with a command of this message unanswered.
Receipt Unanswered(const SmtpExchange& exchange, const SmtpEnd& end) {
  const std::string_view how =
      end.kind == SmtpEnd::Kind::kTimeout ? "no answer" : "connection lost";
  const Stage at = exchange.Complete() ? Stage::kEnd : exchange.At();
  return {exchange.Complete() ? Status::kUncertain : Status::kDeferred,
          fmt::format("{} at {}", how, NameOf(at)), true};
}

}  // namespace

void SmtpExchange::Sent(std::string_view line) {
  quit_ = quit_ || line.starts_with("QUIT");
  const auto stage = StageOf(line);
  if (!stage) return;
  stage_ = *stage;
  code_ = 0;
  reply_.clear();
  last_line_seen_ = true;
}

void SmtpExchange::Received(std::string_view line) {
  if (quit_) return;
  if (stage_ == Stage::kConnect) stage_ = Stage::kGreeting;
  if (stage_ == Stage::kData && code_ == 354) stage_ = Stage::kEnd;  // the answer to the message
  if (last_line_seen_) {
    reply_.clear();
    code_ = 0;
  }
  const std::string_view text = Trim(line);
  if (reply_.size() < kMaxReply) {
    reply_ += (reply_.empty() ? "" : " ") + CleanUtf8(text, kMaxReply - reply_.size());
  }
  last_line_seen_ = text.size() < 4 || text[3] != '-';
  if (const auto code = ParseUint(text.substr(0, 3)); code && last_line_seen_) {
    code_ = static_cast<int>(*code);
  }
}

Result<Receipt> Judge(const SmtpExchange& exchange, const SmtpEnd& end, const std::string& server) {
  if (end.kind == SmtpEnd::Kind::kDone) return Receipt{Status::kSent, exchange.Reply(), false};
  if (exchange.At() < Stage::kMail) return ServiceError(exchange, end, server);
  const bool answered = exchange.Code() != 0 && exchange.Code() != 354;
  if (!answered) return Unanswered(exchange, end);
  // 421: the server closes the connection, whatever was asked.
  if (exchange.Code() / 100 == 5) return Receipt{Status::kRefused, exchange.Reply(), false};
  if (exchange.Code() / 100 == 4) {
    return Receipt{Status::kDeferred, exchange.Reply(), exchange.Code() == 421};
  }
  // Answered well, and broken before the next command went out.
  return Unanswered(exchange, end);
}

}  // namespace mon::mail_transport
