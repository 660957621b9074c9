#include <curl/curl.h>
#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "common/host_port.h"
#include "mail_transport/mail_transport.h"
#include "smtp_exchange.h"

namespace mon::mail_transport {
namespace {

using SteadyClock = std::chrono::steady_clock;

/// A message that is under way when a stop is asked for may still finish within this time.
constexpr std::chrono::seconds kStopGrace{3};

/// Of one reply; it also bounds the wait for the answer to QUIT, which no other limit does.
constexpr long kReplyTimeoutSeconds = 20;

/// One message on its way; libcurl's callbacks work on it.
struct Transfer {
  const OutgoingMail& mail;
  std::stop_token stop;
  SmtpExchange exchange;
  std::size_t handed_over = 0;
  SteadyClock::time_point stop_seen{};
  bool stopped = false;
};

std::size_t ReadMessage(char* buffer, std::size_t size, std::size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string& bytes = transfer.mail.bytes;
  const std::size_t part = std::min(size * count, bytes.size() - transfer.handed_over);
  std::memcpy(buffer, bytes.data() + transfer.handed_over, part);
  transfer.handed_over += part;
  if (transfer.handed_over == bytes.size()) transfer.exchange.MessageComplete();
  return part;
}

int Trace(CURL*, curl_infotype type, char* data, std::size_t size, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (type == CURLINFO_HEADER_OUT) transfer.exchange.Sent({data, size});
  if (type == CURLINFO_HEADER_IN) transfer.exchange.Received({data, size});
  return 0;
}

/// Called at least once a second; anything but 0 ends the transfer.
int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (!transfer.stop.stop_requested()) return 0;
  const auto now = SteadyClock::now();
  if (transfer.stop_seen == SteadyClock::time_point{}) transfer.stop_seen = now;
  const bool under_way = transfer.exchange.At() >= SmtpExchange::Stage::kMail;
  transfer.stopped = !under_way || now - transfer.stop_seen > kStopGrace;
  return transfer.stopped ? 1 : 0;
}

SmtpEnd::Kind KindOf(CURLcode code, bool stopped) {
  switch (code) {
    case CURLE_OK:
      return SmtpEnd::Kind::kDone;
    case CURLE_PEER_FAILED_VERIFICATION:
      return SmtpEnd::Kind::kTlsIdentity;
    case CURLE_SSL_CACERT_BADFILE:
      return SmtpEnd::Kind::kBadCaFile;
    case CURLE_USE_SSL_FAILED:
      return SmtpEnd::Kind::kNoTls;
    case CURLE_LOGIN_DENIED:
      return SmtpEnd::Kind::kLoginDenied;
    case CURLE_OPERATION_TIMEDOUT:
      return SmtpEnd::Kind::kTimeout;
    case CURLE_ABORTED_BY_CALLBACK:
      return stopped ? SmtpEnd::Kind::kStopped : SmtpEnd::Kind::kOther;
    default:
      return SmtpEnd::Kind::kOther;
  }
}

/// libcurl says "… after 5 ms: …"; without it the same trouble has the same text, and is told once.
std::string WithoutDuration(std::string text) {
  constexpr std::string_view kAfter = " after ";
  constexpr std::string_view kMs = " ms";
  const auto begin = text.find(kAfter);
  if (begin == std::string::npos) return text;
  const auto end = text.find_first_not_of("0123456789", begin + kAfter.size());
  if (end != std::string::npos && std::string_view(text).substr(end).starts_with(kMs))
    text.erase(begin, end + kMs.size() - begin);
  return text;
}

class Smtp final : public MailTransport {
 public:
  Smtp(const Smtp&) = delete;
  Smtp& operator=(const Smtp&) = delete;
  explicit Smtp(SmtpOptions options) : options_(std::move(options)), curl_(curl_easy_init()) {}

  /// libcurl says QUIT and would wait two minutes for a silent server's answer. With the reading
  /// half shut it says QUIT all the same, and waits for nothing.
  ~Smtp() override {
    if (socket_ != CURL_SOCKET_BAD) shutdown(socket_, SHUT_RD);
  }

  Result<Receipt> Send(const OutgoingMail& mail, std::stop_token stop) override {
    if (!curl_) return Fail(ErrorCode::kInternal, "libcurl gave no handle");
    Transfer transfer{mail, std::move(stop), {}, 0, {}, false};
    SetEnvelope(transfer);
    return Perform(transfer);
  }

  Result<void> Probe(std::stop_token stop) {
    if (!curl_) return Fail(ErrorCode::kInternal, "libcurl gave no handle");
    const OutgoingMail none;
    Transfer transfer{none, std::move(stop), {}, 0, {}, false};
    // Without recipients and a body libcurl asks a question of its own: this one, and no VRFY.
    Set(CURLOPT_NOBODY, 1L);
    Set(CURLOPT_CUSTOMREQUEST, "NOOP");
    const auto answered = Perform(transfer);
    if (!answered) return std::unexpected(answered.error());
    return {};
  }

  std::string Name() const override { return ServerName(options_); }

 private:
  template <typename T>
  void Set(CURLoption option, T value) {
    curl_easy_setopt(curl_.get(), option, value);
  }

  /// What is to be said has been set before.
  Result<Receipt> Perform(Transfer& transfer) {
    std::array<char, CURL_ERROR_SIZE> detail{};
    SetServer();
    SetTls();
    SetCallbacks(transfer);
    Set(CURLOPT_ERRORBUFFER, detail.data());
    const CURLcode code = curl_easy_perform(curl_.get());
    curl_easy_getinfo(curl_.get(), CURLINFO_ACTIVESOCKET, &socket_);
    if (code == CURLE_OK) {
      // Keeps the connection, but no pointer to what ends with this function: it says QUIT later.
      curl_easy_reset(curl_.get());
    } else {
      DropConnection();
    }
    const SmtpEnd end{KindOf(code, transfer.stopped), detail[0] != '\0'
                                                          ? WithoutDuration(detail.data())
                                                          : curl_easy_strerror(code)};
    return Judge(transfer.exchange, end, Name());
  }

  /// After a time-out at the end of DATA libcurl keeps the connection for the next message, and
  /// would take the late answer for that one's. Shut down first, or its goodbye waits for a silent
  /// server.
  void DropConnection() {
    if (socket_ != CURL_SOCKET_BAD) shutdown(socket_, SHUT_RDWR);
    socket_ = CURL_SOCKET_BAD;
    curl_easy_reset(curl_.get());
    curl_.reset(curl_easy_init());
  }

  void SetServer() {
    const bool tls = options_.security == SmtpSecurity::kTls;
    Set(CURLOPT_URL, fmt::format("{}://{}", tls ? "smtps" : "smtp", Name()).c_str());
    Set(CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    Set(CURLOPT_NOPROXY, "*");  // proxy variables are meant for the web
    Set(CURLOPT_NOSIGNAL, 1L);
    Set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options_.connect_timeout.count()));
    Set(CURLOPT_TIMEOUT_MS, static_cast<long>(options_.total_timeout.count()));
    Set(CURLOPT_SERVER_RESPONSE_TIMEOUT, kReplyTimeoutSeconds);
    if (options_.password.empty()) return;
    Set(CURLOPT_USERNAME, options_.user.c_str());
    Set(CURLOPT_PASSWORD, options_.password.Reveal().c_str());
  }

  /// Verification is libcurl's default; said here because all depends on it.
  void SetTls() {
    const bool starttls = options_.security == SmtpSecurity::kStarttls;
    Set(CURLOPT_USE_SSL, static_cast<long>(starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    Set(CURLOPT_SSL_VERIFYPEER, 1L);
    Set(CURLOPT_SSL_VERIFYHOST, 2L);
    if (!options_.tls_ca.empty()) {
      Set(CURLOPT_CAINFO, options_.tls_ca.c_str());
      Set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
    } else if (!options_.ca_file.empty()) {
      Set(CURLOPT_CAINFO, options_.ca_file.c_str());  // the system's stay by their directory
    }
  }

  void SetEnvelope(Transfer& transfer) {
    Set(CURLOPT_MAIL_FROM, fmt::format("<{}>", transfer.mail.from).c_str());
    recipients_.reset(curl_slist_append(nullptr, fmt::format("<{}>", transfer.mail.to).c_str()));
    Set(CURLOPT_MAIL_RCPT, recipients_.get());
    Set(CURLOPT_UPLOAD, 1L);
    Set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(transfer.mail.bytes.size()));
    Set(CURLOPT_READFUNCTION, &ReadMessage);
    Set(CURLOPT_READDATA, &transfer);
  }

  void SetCallbacks(Transfer& transfer) {
    Set(CURLOPT_VERBOSE, 1L);
    Set(CURLOPT_DEBUGFUNCTION, &Trace);
    Set(CURLOPT_DEBUGDATA, &transfer);
    Set(CURLOPT_NOPROGRESS, 0L);
    Set(CURLOPT_XFERINFOFUNCTION, &OnProgress);
    Set(CURLOPT_XFERINFODATA, &transfer);
  }

  struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  SmtpOptions options_;
  std::unique_ptr<curl_slist, FreeList> recipients_;
  curl_socket_t socket_ = CURL_SOCKET_BAD;  ///< of the connection that is kept
  std::unique_ptr<CURL, FreeEasy> curl_;    ///< last: gone before what it points to
};

}  // namespace

std::unique_ptr<MailTransport> MakeSmtpTransport(SmtpOptions options) {
  return std::make_unique<Smtp>(std::move(options));
}

std::string ServerName(const SmtpOptions& options) {
  return FormatHostPort({options.host, options.port});
}

SmtpOptions SmtpOptionsOf(const Config& config) {
  SmtpOptions options;
  options.host = config.smtp.host;
  options.port = config.smtp.port;
  options.security = config.smtp.security;
  options.user = config.smtp.user;
  options.password = config.smtp.password;
  options.ca_file = config.ca_file;
  options.tls_ca = config.smtp.tls_ca;
  return options;
}

Result<void> ProbeSmtp(const SmtpOptions& options, std::stop_token stop) {
  return Smtp(options).Probe(std::move(stop));
}

std::unique_ptr<MailTransport> MakeTransport(const Config& config,
                                             const alerting_system::MailSettings& settings) {
  if (!settings.maildir.empty()) return MakeMaildirTransport(settings.maildir);
  return MakeSmtpTransport(SmtpOptionsOf(config));
}

}  // namespace mon::mail_transport
