#include "alerting_system/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "alerting_system/address.h"
#include "alerting_system/settings.h"
#include "encoding.h"
#include "support/child_process.h"

namespace mon::alerting_system {
namespace {

using testing::HasSubstr;
using testing::Not;

Message Plain() {
  Message message;
  message.from = "Monitoring <monitoring@example.org>";
  message.to = {"oncall@example.org"};
  message.subject = "[PROBLEM critical] shop: error_rate 0.97 > 0.5";
  message.body_text = "first\nsecond\n";
  message.message_id = "n17.r3f2a@example.org";
  message.date = 1'750'000'000;
  message.priority = 1;
  return message;
}

/// The message as Python's email package reads it: a second, independent implementation.
nlohmann::json ParsedByPython(const std::string& bytes) {
  static constexpr const char* kProgram = R"(
import email, email.policy, json, sys
m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
def body(kind):
    part = m.get_body(preferencelist=(kind,))
    return part.get_content().replace("\r\n", "\n") if part else None
json.dump({"headers": {k.lower(): str(v) for k, v in m.items()}, "text": body("plain"), "html": body("html"),
           "type": m.get_content_type(),
           "parts": [{"type": p.get_content_type(), "cid": p["content-id"], "bytes": len(p.get_payload(decode=True)),
                      "disposition": p.get_content_disposition()}
                     for p in m.walk() if not p.is_multipart()],
           "tree": [p.get_content_type() for p in m.walk()],
           "defects": [str(d) for p in m.walk() for d in p.defects] +
                      [str(d) for v in m.values() for d in v.defects],
           "to": [a.addr_spec for a in m["to"].addresses], "from": m["from"].addresses[0].display_name},
          sys.stdout)
)";
  const auto run = test::Run({"/usr/bin/python3", "-c", kProgram}, {}, bytes);
  EXPECT_EQ(run.exit_code, 0) << run.err;
  return nlohmann::json::parse(run.out);
}

std::string Build(const Message& message) {
  const auto bytes = BuildMessage(message, TimeZone::Utc());
  EXPECT_TRUE(bytes.has_value());
  return bytes.value_or("");
}

void ExpectLinesAreWithinRfc5322(const std::string& bytes) {
  std::size_t begin = 0;
  while (begin < bytes.size()) {
    const auto end = bytes.find("\r\n", begin);
    ASSERT_NE(end, std::string::npos) << "the last line does not end with CRLF";
    EXPECT_LE(end - begin, 78U) << bytes.substr(begin, end - begin);
    EXPECT_EQ(bytes.substr(begin, end - begin).find_first_of(std::string("\r\n\0", 3)),
              std::string::npos);
    begin = end + 2;
  }
}

TEST(MessageTest, IndependentParserReadsWhatWasWritten) {
  Message message = Plain();
  message.body_html = "<p>ü</p>\n";
  const std::string bytes = Build(message);
  ExpectLinesAreWithinRfc5322(bytes);
  const auto parsed = ParsedByPython(bytes);
  EXPECT_TRUE(parsed["defects"].empty()) << parsed["defects"];
  EXPECT_EQ(parsed["type"], "multipart/alternative");
  EXPECT_EQ(parsed["text"], "first\nsecond\n");
  EXPECT_EQ(parsed["html"], "<p>ü</p>\n");
  EXPECT_EQ(parsed["from"], "Monitoring");
  const auto& headers = parsed["headers"];
  EXPECT_EQ(headers["subject"], message.subject);
  EXPECT_EQ(headers["message-id"], "<n17.r3f2a@example.org>");
  EXPECT_EQ(headers["date"], "Sun, 15 Jun 2025 15:06:40 +0000");
  EXPECT_EQ(headers["auto-submitted"], "auto-generated");
  EXPECT_EQ(headers["list-id"], "<monitoring.example.org>");
  EXPECT_EQ(headers["x-auto-response-suppress"], "All");
  EXPECT_EQ(headers["x-priority"], "1");
  EXPECT_FALSE(headers.contains("references"));
}

TEST(MessageTest, PictureStandsInsideBesideThePageThatShowsIt) {
  Message message = Plain();
  message.body_html = "<img src=\"cid:chart@monitoring\">\n";
  message.chart_png = "\x89PNG\r\n\x1a\n" + std::string(5'000, '\0');
  const std::string bytes = Build(message);
  ExpectLinesAreWithinRfc5322(bytes);
  const auto parsed = ParsedByPython(bytes);
  EXPECT_TRUE(parsed["defects"].empty()) << parsed["defects"];
  EXPECT_EQ(parsed["tree"], nlohmann::json({"multipart/alternative", "text/plain",
                                            "multipart/related", "text/html", "image/png"}));
  EXPECT_EQ(parsed["html"], message.body_html);
  EXPECT_EQ(parsed["text"], message.body_text);
  EXPECT_EQ(parsed["parts"][2]["cid"], "<chart@monitoring>");
  EXPECT_EQ(parsed["parts"][2]["disposition"], "inline");
  EXPECT_EQ(parsed["parts"][2]["bytes"], message.chart_png.size());
}

TEST(MessageTest, LaterMailOfTheThreadRefersToTheFirst) {
  Message message = Plain();
  message.thread_id = "n12.r3f2a@example.org";
  const auto headers = ParsedByPython(Build(message))["headers"];
  EXPECT_EQ(headers["in-reply-to"], "<n12.r3f2a@example.org>");
  EXPECT_EQ(headers["references"], "<n12.r3f2a@example.org>");
}

TEST(MessageTest, SubjectOutsideAsciiSurvivesFolding) {
  Message message = Plain();
  message.subject =
      "[PROBLEM] Zürich 漢字漢字漢字漢字漢字漢字漢字漢字漢字 Störung " + std::string(60, 'x') + "ü";
  const std::string bytes = Build(message);
  ExpectLinesAreWithinRfc5322(bytes);
  const auto parsed = ParsedByPython(bytes);
  EXPECT_EQ(parsed["headers"]["subject"], message.subject);
  EXPECT_TRUE(parsed["defects"].empty()) << parsed["defects"];
}

TEST(MessageTest, LongAsciiSubjectIsFoldedAndReadsTheSame) {
  Message message = Plain();
  message.subject = "word";
  for (int i = 0; i < 60; ++i) message.subject += " another-word";
  const std::string bytes = Build(message);
  ExpectLinesAreWithinRfc5322(bytes);
  EXPECT_EQ(ParsedByPython(bytes)["headers"]["subject"], message.subject);
}

TEST(MessageTest, SubjectThatLooksEncodedOrHasOddBlanksIsKeptLiterally) {
  for (const char* subject : {"=?UTF-8?Q?x?=", "two  blanks", " leading", "trailing "}) {
    Message message = Plain();
    message.subject = subject;
    EXPECT_EQ(ParsedByPython(Build(message))["headers"]["subject"], subject);
  }
}

TEST(MessageTest, OneEndlessWordStaysWithinTheLineLimit) {
  Message message = Plain();
  message.subject = std::string(1'500, 'x');
  const std::string bytes = Build(message);
  ExpectLinesAreWithinRfc5322(bytes);
  EXPECT_EQ(ParsedByPython(bytes)["headers"]["subject"], message.subject);
}

TEST(MessageTest, BodyKeepsItsBytesThroughQuotedPrintable) {
  Message message = Plain();
  message.body_text = "a = b\ntrailing blank \ntab\t\n.dot\n..\nFrom me\n−4 s · 漢字\n" +
                      std::string(2'500, 'x') + "\n";
  const std::string bytes = Build(message);
  ExpectLinesAreWithinRfc5322(bytes);
  EXPECT_EQ(ParsedByPython(bytes)["text"], message.body_text);
}

TEST(MessageTest, InvalidUtf8BecomesReplacementCharacters) {
  Message message = Plain();
  message.subject = "bad \xff byte";
  message.body_text = "bad \xff byte\n";
  const auto parsed = ParsedByPython(Build(message));
  EXPECT_EQ(parsed["headers"]["subject"], "bad \uFFFD byte");
  EXPECT_EQ(parsed["text"], "bad \uFFFD byte\n");
}

TEST(MessageTest, HeaderInjectionIsRefused) {
  for (const std::string& bad :
       {std::string("x\r\nBcc: spy@example.org"), std::string("x\ny"), std::string("x\ry"),
        std::string("x\0y", 3), std::string("\x7f")}) {
    Message message = Plain();
    message.subject = bad;
    auto built = BuildMessage(message, TimeZone::Utc());
    ASSERT_FALSE(built);
    EXPECT_EQ(built.error().code, ErrorCode::kInvalidData);

    message = Plain();
    message.to = {"a@example.org" + bad};
    EXPECT_FALSE(BuildMessage(message, TimeZone::Utc()));
    message = Plain();
    message.from = bad + " <a@example.org>";
    EXPECT_FALSE(BuildMessage(message, TimeZone::Utc()));
  }
}

TEST(MessageTest, DisplayNamesAreQuotedOrEncoded) {
  for (const char* name : {"Ops, \\ Team", "Überwachung", "a <b>"}) {
    Message message = Plain();
    message.from = std::string(name) + " <monitoring@example.org>";
    const auto parsed = ParsedByPython(Build(message));
    EXPECT_EQ(parsed["from"], name);
    EXPECT_TRUE(parsed["defects"].empty()) << parsed["defects"];
  }
}

TEST(MessageTest, SeveralRecipientsAreOneHeader) {
  Message message = Plain();
  message.to = {"a@example.org", "b@example.org", "root"};
  const auto parsed = ParsedByPython(Build(message));
  EXPECT_EQ(parsed["to"].get<std::vector<std::string>>(),
            (std::vector<std::string>{"a@example.org", "b@example.org", "root"}));
}

TEST(MessageIdTest, IsStablePerMailAndRecipient) {
  const std::string id = MessageId("watch/mail/1/problem", "a@example.org", "Mon <m@mail.example>");
  EXPECT_EQ(id, MessageId("watch/mail/1/problem", "a@example.org", "m@mail.example"));
  EXPECT_NE(id, MessageId("watch/mail/1/problem", "b@example.org", "m@mail.example"));
  EXPECT_NE(id, MessageId("watch/mail/1/recovery", "a@example.org", "m@mail.example"));
  EXPECT_THAT(id, testing::MatchesRegex("k[0-9a-f]{16}\\.r[0-9a-f]{16}@mail\\.example"));
}

// A repeat by the program of another version, or by another program, has to be recognised too.
TEST(MessageIdTest, IsTheSameInEveryVersion) {
  EXPECT_EQ(MessageId("watch/mail/1/problem", "a@example.org", "m@mail.example"),
            "kc7965ad7d43b0bca.r5ef985fbb3e151d2@mail.example");
}

TEST(MessageIdTest, FreshOnesDiffer) {
  EXPECT_NE(FreshMessageId("m@x.org", 1), FreshMessageId("m@x.org", 1));
}

TEST(AddressTest, TakesMailboxesWithAndWithoutName) {
  EXPECT_EQ(ParseAddress("a.b+c@example.org")->mailbox, "a.b+c@example.org");
  EXPECT_EQ(ParseAddress(" \"On Call\" <oncall@x.org>")->display_name, "On Call");
  EXPECT_EQ(ParseAddress("oncall <oncall@x.org>")->Domain(), "x.org");
  EXPECT_EQ(ParseAddress("root")->Domain(), "");
}

TEST(AddressTest, RefusesWhatCouldEndACommandOrIsNoMailbox) {
  for (const std::string& text :
       {std::string(), std::string("a b@x.org"), std::string("a@x.org>"),
        std::string("a@x.org\r\n"), std::string("a@x.org\r\nRCPT TO:<b@x.org>"), std::string("a@"),
        std::string("@x.org"), std::string("a@x..org"), std::string("a@x.org, b@x.org"),
        std::string("ä@x.org"), std::string("-oX@x.org"), std::string("a@[127.0.0.1]"),
        std::string("<a@x.org"), std::string("a@x.org\0", 8), std::string(250, 'a') + "@x.org"}) {
    const auto address = ParseAddress(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().code, ErrorCode::kConfig);
  }
}

TEST(SettingsTest, WithoutServerMailsGoToTheStateDirectoryWithAWarning) {
  Config config;
  config.state_dir = "/state";
  const auto settings = ResolveMailSettings(config);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->maildir, "/state/maildir");
  EXPECT_EQ(settings->recipients, std::vector<std::string>{"root"});
  EXPECT_TRUE(settings->from.starts_with("monitoring@"));
  EXPECT_THAT(settings->warning, HasSubstr("/state/maildir"));
}

TEST(SettingsTest, ConfiguredMaildirWarnsNobody) {
  Config config;
  config.smtp.maildir = "/mail";
  config.smtp.to = {"A <a@x.org>", "a@x.org", "b@x.org"};
  const auto settings = ResolveMailSettings(config);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->maildir, "/mail");
  EXPECT_EQ(settings->warning, "");
  EXPECT_EQ(settings->recipients, (std::vector<std::string>{"a@x.org", "b@x.org"}));
}

TEST(SettingsTest, ServerNeedsSenderAndRecipient) {
  Config config;
  config.smtp.host = "mail.example";
  EXPECT_THAT(ResolveMailSettings(config).error().message, HasSubstr("SMTP_EMAIL_ADDRESS"));
  config.smtp.from = "m@x.org";
  EXPECT_THAT(ResolveMailSettings(config).error().message, HasSubstr("RECIPIENT_EMAIL_ADDRESS"));
  config.smtp.to = {"bad address@x.org"};
  EXPECT_EQ(ResolveMailSettings(config).error().code, ErrorCode::kConfig);
  config.smtp.to = {"a@x.org"};
  EXPECT_TRUE(ResolveMailSettings(config).has_value());
}

TEST(SettingsTest, PasswordInClearTextToAnotherHostIsWarnedOf) {
  Config config;
  config.smtp.host = "mail.example";
  config.smtp.from = "m@x.org";
  config.smtp.to = {"a@x.org"};
  config.smtp.password = Secret("hidden-word");
  EXPECT_EQ(ResolveMailSettings(config)->warning, "");
  config.smtp.security = SmtpSecurity::kNone;
  EXPECT_THAT(ResolveMailSettings(config)->warning,
              testing::AllOf(HasSubstr("mail.example"), Not(HasSubstr("hidden-word"))));
  config.smtp.host = "127.0.0.1";
  EXPECT_EQ(ResolveMailSettings(config)->warning, "");
}

TEST(EncodingTest, QuotedPrintableNeverSplitsACharacterOrExceeds76) {
  for (std::size_t lead = 60; lead < 80; ++lead) {
    const std::string text = std::string(lead, 'x') + "漢字漢字";
    const std::string encoded = QuotedPrintable(text);
    std::size_t begin = 0;
    while (begin < encoded.size()) {
      const auto end = encoded.find("\r\n", begin);
      ASSERT_LE(end - begin, 76U);
      begin = end + 2;
    }
    EXPECT_THAT(encoded, Not(testing::ContainsRegex("=E6=\r\n|=E6=BC=\r\n")));
  }
}

}  // namespace
}  // namespace mon::alerting_system
