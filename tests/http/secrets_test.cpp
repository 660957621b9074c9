#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/http_client.h"
#include "support/scripted_server.h"

// However a request fails, its error names the place and none of its secrets.
namespace mon::http {
namespace {

using test::Connection;
using test::ScriptedServer;
using testing::HasSubstr;
using testing::Not;

Request SecretRequest(int port, const std::string& scheme = "http") {
  Request request;
  request.method = "POST";
  request.url =
      scheme + "://urluser:urlsecret@127.0.0.1:" + std::to_string(port) + "/path?token=querysecret";
  request.headers = {{"Authorization", "Bearer headersecret"}};
  request.body = "bodysecret";
  request.basic_user = "basicuser";
  request.basic_password = "basicsecret";
  request.timeout = std::chrono::milliseconds(200);
  return request;
}

void ExpectNoSecret(const Request& request) {
  const auto answer = MakeCurlClient({})->Send(request);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, Not(HasSubstr("secret")));
  EXPECT_THAT(answer.error().message, Not(HasSubstr("urluser")));
}

TEST(HttpSecretTest, StaysOutOfARefusal) { ExpectNoSecret(SecretRequest(test::UnusedPort())); }

TEST(HttpSecretTest, StaysOutOfATimeout) {
  ScriptedServer server([](Connection& c) { c.WaitForClose(); });
  ExpectNoSecret(SecretRequest(server.Port()));
}

TEST(HttpSecretTest, StaysOutOfACutAnswer) {
  ScriptedServer server([](Connection& c) {
    c.ReadRequest();
    c.Send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
  });
  ExpectNoSecret(SecretRequest(server.Port()));
}

TEST(HttpSecretTest, StaysOutOfAFailedHandshake) {
  ScriptedServer server([](Connection& c) { c.Send("not TLS"); });
  ExpectNoSecret(SecretRequest(server.Port(), "https"));
}

TEST(HttpSecretTest, StaysOutOfWhatIsSaidOfABadUrl) {
  for (const char* url : {"http://user:pass/secret@host:port:1/", "gopher://u:secret@host/",
                          "http://u:secret@[::1/", "http://u:secret@ho st/"}) {
    Request request;
    request.url = url;
    ExpectNoSecret(request);
  }
}

TEST(HttpSecretTest, StaysOutOfAStop) {
  std::stop_source stop;
  stop.request_stop();
  const auto answer = MakeCurlClient({})->Send(SecretRequest(1), stop.get_token());
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message, Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace mon::http
