#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/http_client.h"
#include "support/scripted_server.h"

// What the client makes of right and wrong answers.
namespace mon::http {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Connection;
using test::ScriptedServer;
using testing::HasSubstr;

Request Get(const std::string& url) {
  Request request;
  request.url = url;
  request.timeout = seconds(20);
  return request;
}

Result<Response> SendTo(const ScriptedServer& server, Request request = {}) {
  request.url = server.Url();
  return MakeCurlClient({})->Send(request);
}

TEST(HttpAnswerTest, HasStatusHeadersAndBody) {
  ScriptedServer server([](Connection& c) {
    c.ReadRequest();
    c.Reply(200, "hello", "X-One: a\r\nx-one:  b \r\nDate: today\r\n");
  });
  const auto answer = SendTo(server);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "hello");
  EXPECT_EQ(answer->headers.Find("x-one"), "b");
  EXPECT_EQ(answer->headers.Find("date"), "today");
}

TEST(HttpAnswerTest, MayHaveAnyStatus) {
  ScriptedServer server([](Connection& c) {
    c.ReadRequest();
    c.Reply(404, "nothing here");
  });
  const auto answer = SendTo(server);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "nothing here");
}

TEST(HttpAnswerTest, IsNotFollowedElsewhere) {
  ScriptedServer server([](Connection& c) {
    c.ReadRequest();
    c.Reply(302, "", "Location: /elsewhere\r\n");
    c.ReadRequest();
    c.Reply(200, "elsewhere");
  });
  const auto answer = SendTo(server);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 302);
}

TEST(HttpAnswerTest, ForgetsTheHeadersOfAnInterimAnswer) {
  ScriptedServer server([](Connection& c) {
    c.ReadRequest();
    c.Send("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n");
    c.Reply(200, "late");
  });
  const auto answer = SendTo(server);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "late");
  EXPECT_FALSE(answer->headers.Find("x-early"));
}

TEST(HttpAnswerTest, IsRefusedWhenItsHeadersAreTooLarge) {
  const std::string one_line = "X-Long: " + std::string(150'000, 'x') + "\r\n";
  std::string many_lines;
  while (many_lines.size() < 300'000) many_lines += "X-More: " + std::string(1'000, 'x') + "\r\n";
  for (const std::string& headers : {one_line, many_lines}) {
    ScriptedServer server([&](Connection& c) {
      c.ReadRequest();
      c.Reply(200, "{}", headers);
    });
    const auto answer = SendTo(server);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::kBadReply);
    EXPECT_THAT(answer.error().message, HasSubstr("headers of the answer are too large"));
  }
}

TEST(HttpAnswerTest, IsRefusedWhenCutShort) {
  ScriptedServer server([](Connection& c) {
    c.ReadRequest();
    c.Send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"timestamp\":");
  });
  const auto answer = SendTo(server);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kBadReply);
  EXPECT_THAT(answer.error().message, HasSubstr("cut short"));
}

TEST(HttpAnswerTest, IsRefusedWhenCutInTheMiddleOfAChunk) {
  ScriptedServer server([](Connection& c) {
    c.ReadRequest();
    c.Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nabc");
  });
  const auto answer = SendTo(server);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kBadReply);
}

TEST(HttpAnswerTest, IsRefusedWhenItsLengthIsOverTheLimit) {
  ScriptedServer server([](Connection& c) {
    c.ReadRequest();
    c.Send("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n");
    c.WaitForClose();  // the client does not wait for the body
  });
  Request request;
  request.max_body_bytes = 100;
  const auto answer = SendTo(server, request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kBadReply);
  EXPECT_THAT(answer.error().message, HasSubstr("larger than 100 bytes"));
}

TEST(HttpAnswerTest, MayBeAsLongAsTheLimit) {
  ScriptedServer server([](Connection& c) {
    c.ReadRequest();
    c.Reply(200, std::string(100, 'x'));
  });
  Request request;
  request.max_body_bytes = 100;
  const auto answer = SendTo(server, request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body.size(), 100U);
}

TEST(HttpAnswerTest, IsCutOffWhenItNeverEnds) {
  ScriptedServer server([](Connection& c) {
    c.ReadRequest();
    c.Send("HTTP/1.1 200 OK\r\n\r\n");
    while (c.Send(std::string(65536, 'x'))) {
    }
  });
  const auto answer = SendTo(server);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kBadReply);
  EXPECT_THAT(answer.error().message, HasSubstr("larger than 1048576 bytes"));
}

TEST(HttpAnswerTest, MayNotHaveEndlessHeaders) {
  ScriptedServer server([](Connection& c) {
    c.ReadRequest();
    c.Send("HTTP/1.1 200 OK\r\n");
    while (c.Send("X-More: " + std::string(1000, 'x') + "\r\n")) {
    }
  });
  const auto answer = SendTo(server);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kBadReply);
}

TEST(HttpAnswerTest, TimesOutWhenTheBodyStandsStill) {
  ScriptedServer server([](Connection& c) {
    c.ReadRequest();
    c.Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
    c.WaitForClose();
  });
  Request request;
  request.timeout = milliseconds(150);
  const auto answer = SendTo(server, request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kTimeout);
  EXPECT_THAT(answer.error().message, HasSubstr("no complete answer within 150ms"));
}

TEST(HttpAnswerTest, TimesOutWhenNothingComes) {
  ScriptedServer server([](Connection& c) { c.WaitForClose(); });
  Request request;
  request.timeout = milliseconds(150);
  const auto answer = SendTo(server, request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kTimeout);
  EXPECT_THAT(answer.error().message, HasSubstr("no answer within 150ms"));
}

TEST(HttpAnswerTest, MustBeHttp) {
  ScriptedServer server([](Connection& c) {
    c.ReadRequest();
    c.Send("220 mail.example ESMTP\r\n");
  });
  const auto answer = SendTo(server);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kBadReply);
  EXPECT_THAT(answer.error().message, HasSubstr("not HTTP"));
}

TEST(HttpAnswerTest, IsUnavailableWhereNobodyListens) {
  const std::string url = "http://127.0.0.1:" + std::to_string(test::UnusedPort()) + "/metrics";
  const auto answer = MakeCurlClient({})->Send(Get(url));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(answer.error().message, "GET " + url + ": cannot connect: Connection refused");
}

TEST(HttpAnswerTest, IsUnavailableWhenTheServerHangsUp) {
  ScriptedServer server([](Connection& c) { c.ReadRequest(); });
  const auto answer = SendTo(server);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
}

TEST(HttpAnswerTest, IsOnlyAskedForByHttp) {
  for (const char* url : {"file:///etc/hostname", "ftp://127.0.0.1/x", "127.0.0.1:80", ""}) {
    const auto answer = MakeCurlClient({})->Send(Get(url));
    ASSERT_FALSE(answer) << url;
    EXPECT_EQ(answer.error().code, ErrorCode::kConfig) << url;
  }
}

}  // namespace
}  // namespace mon::http
