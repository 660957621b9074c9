#include <cstdint>
#include <string_view>

#include "smtp_exchange.h"

// Whatever a mail server says, line by line, between the commands of a client.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mon::mail_transport;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  constexpr std::string_view kCommands[] = {"EHLO here\r\n", "MAIL FROM:<a@b>\r\n",
                                            "RCPT TO:<c@d>\r\n", "DATA\r\n", "QUIT\r\n"};
  SmtpExchange exchange;
  std::size_t next = 0;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end == text.npos ? text.size() : end + 1);
    text.remove_prefix(line.size());
    exchange.Received(line);
    if (line.size() % 2 == 0 && next < std::size(kCommands)) exchange.Sent(kCommands[next++]);
    if (next == std::size(kCommands)) exchange.MessageComplete();
    for (const auto kind : {SmtpEnd::Kind::kDone, SmtpEnd::Kind::kTimeout, SmtpEnd::Kind::kOther})
      (void)Judge(exchange, {kind, "the end"}, "mail.example:25");
  }
  return 0;
}
