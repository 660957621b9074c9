#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <fstream>
#include <memory>
#include <thread>

#include "http/http_client.h"
#include "support/child_process.h"
#include "support/scripted_server.h"

namespace mon::http {
namespace {

using testing::HasSubstr;

/// A self-signed certificate for one name, with its key.
struct Certificate {
  std::string cert, key;
  Certificate(const std::string& directory, const std::string& name)
      : cert(directory + "/" + name + ".crt"), key(directory + "/" + name + ".key") {
    const std::string alternative =
        "subjectAltName=" + std::string(name == "127.0.0.1" ? "IP:" : "DNS:") + name;
    const auto made =
        test::Run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                   "-addext", alternative, "-keyout", key, "-out", cert});
    if (made.exit_code != 0) throw std::runtime_error("openssl: " + made.err);
  }
};

class TlsServer {
 public:
  explicit TlsServer(const Certificate& certificate)
      : server_(certificate.cert.c_str(), certificate.key.c_str()) {
    server_.Get("/", [](const httplib::Request&, httplib::Response& answer) {
      answer.set_content("over TLS", "text/plain");
    });
    server_.set_keep_alive_timeout(1);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~TlsServer() {
    server_.stop();
    thread_.join();
  }
  [[nodiscard]] Request Get() const {
    Request request;
    request.url = "https://127.0.0.1:" + std::to_string(port_) + "/";
    request.timeout = std::chrono::seconds(20);
    return request;
  }

 private:
  httplib::SSLServer server_;
  int port_ = 0;
  std::thread thread_;
};

class HttpTlsTest : public testing::Test {
 protected:
  static Certificate Make(const std::string& name) { return {directory_->Path(), name}; }
  static void SetUpTestSuite() { directory_ = std::make_unique<test::TemporaryDirectory>(); }
  static void TearDownTestSuite() { directory_.reset(); }
  static inline std::unique_ptr<test::TemporaryDirectory> directory_;
};

TEST_F(HttpTlsTest, RefusesACertificateNobodyVouchesFor) {
  const TlsServer server(Make("127.0.0.1"));
  const auto answer = MakeCurlClient({})->Send(server.Get());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kRejected);
  EXPECT_THAT(answer.error().message, HasSubstr("certificate is refused"));
}

TEST_F(HttpTlsTest, TrustsTheAuthorityOfTheOptions) {
  const Certificate certificate = Make("127.0.0.1");
  const TlsServer server(certificate);
  ClientOptions options;
  options.ca_file = certificate.cert;
  const auto answer = MakeCurlClient(options)->Send(server.Get());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "over TLS");
}

TEST_F(HttpTlsTest, RefusesACertificateOfAnotherName) {
  const Certificate certificate = Make("other.example");
  const TlsServer server(certificate);
  ClientOptions options;
  options.ca_file = certificate.cert;
  const auto answer = MakeCurlClient(options)->Send(server.Get());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kRejected);
  EXPECT_THAT(answer.error().message, HasSubstr("127.0.0.1"));
}

TEST_F(HttpTlsTest, TheAuthorityOfARequestReplacesTheOthers) {
  const Certificate certificate = Make("127.0.0.1");
  const Certificate other = Make("other.example");
  const TlsServer server(certificate);
  Request request = server.Get();
  request.ca = certificate.cert;
  EXPECT_TRUE(MakeCurlClient({})->Send(request));

  ClientOptions options;
  options.ca_file = certificate.cert;
  request.ca = other.cert;
  const auto answer = MakeCurlClient(options)->Send(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kRejected);
}

TEST_F(HttpTlsTest, NamesAnAuthorityFileThatIsMissing) {
  const TlsServer server(Make("127.0.0.1"));
  ClientOptions options;
  options.ca_file = directory_->Path() + "/missing.pem";
  const auto answer = MakeCurlClient(options)->Send(server.Get());
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kConfig);
  EXPECT_THAT(answer.error().message, HasSubstr("missing.pem"));
}

TEST_F(HttpTlsTest, IsUnavailableWhereTheServerSpeaksNoTls) {
  test::ScriptedServer server([](test::Connection& c) { c.Send("HTTP/1.1 400 no\r\n\r\n"); });
  Request request;
  request.url = "https://127.0.0.1:" + std::to_string(server.Port()) + "/";
  const auto answer = MakeCurlClient({})->Send(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace mon::http
