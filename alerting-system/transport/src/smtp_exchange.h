#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "common/error.h"
#include "mail_transport/mail_transport.h"

namespace mon::mail_transport {

/// How far one exchange with the server has come. libcurl tells an error code and the last reply's
/// number, but not which command they belong to; that is read off its trace of the protocol.
class SmtpExchange {
 public:
  enum class Stage {
    kConnect,
    kGreeting,
    kHello,
    kStarttls,
    kLogin,
    kMail,
    kRecipient,
    kData,
    kEnd
  };

  /// A line that was sent. Only the verb is looked at: the lines of a login are secret.
  void Sent(std::string_view line);
  /// A reply line of the server: "250-SIZE 1000".
  void Received(std::string_view line);
  /// All bytes of the message have been handed to libcurl: from here on the server may have it.
  void MessageComplete() { complete_ = true; }

  [[nodiscard]] Stage At() const { return stage_; }
  /// Code of the reply to the command at hand; 0: none came.
  [[nodiscard]] int Code() const { return code_; }
  /// Its text, all lines; empty: none came.
  [[nodiscard]] const std::string& Reply() const { return reply_; }
  [[nodiscard]] bool Complete() const { return complete_; }

 private:
  Stage stage_ = Stage::kConnect;
  int code_ = 0;
  std::string reply_;
  bool last_line_seen_ = true;  ///< the next line received begins a new reply
  bool complete_ = false;
  bool quit_ = false;  ///< what follows is no longer about the message
};

/// How libcurl ended the exchange.
struct SmtpEnd {
  enum class Kind {
    kDone,
    kTlsIdentity,
    kNoTls,
    kBadCaFile,
    kLoginDenied,
    kTimeout,
    kStopped,
    kOther
  };
  Kind kind = Kind::kDone;
  std::string detail;  ///< libcurl's own words
};

/// What the two together mean, for a message to `to` through `server`.
[[nodiscard]] Result<Receipt> Judge(const SmtpExchange& exchange, const SmtpEnd& end,
                                    const std::string& server);

}  // namespace mon::mail_transport
