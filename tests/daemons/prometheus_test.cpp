// The daemons under a real Prometheus.
#include <fmt/format.h>

#include <fstream>

#include "alerting-system/mail_server.h"
#include "daemons/daemons_fixture.h"

namespace mon::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::StartsWith;

class PrometheusTest : public DaemonsTest {};

TEST_P(PrometheusTest, FindsNothingToBlameInTheMetrics) {
  const auto daemon = Start();
  ASSERT_TRUE(Eventually([&] { return IsReady(*daemon); })) << daemon->ErrorText();
  const PlainResponse metrics = Get(*daemon, "/metrics");
  EXPECT_THAT(metrics.body, HasSubstr(GetParam().section + "_config_hash "));
  const Finished checked = CheckMetrics(metrics.body);
  EXPECT_EQ(checked.exit_code, 0) << checked.out << checked.err;
}

TEST_P(PrometheusTest, ScrapesThem) {
  const auto daemon = Start();
  std::ofstream(Path("prometheus.yml")) << fmt::format(
      "global: {{ scrape_interval: 200ms, scrape_timeout: 200ms }}\n"
      "scrape_configs: [ {{ job_name: test, static_configs: [ {{ targets: ['127.0.0.1:{}'] }} ] }} "
      "]\n",
      PortOf(*daemon));
  const int port = UnusedPort();
  const Background prometheus({"prometheus", "--config.file=" + Path("prometheus.yml"),
                               "--storage.tsdb.path=" + Path("prometheus"),
                               fmt::format("--web.listen-address=127.0.0.1:{}", port)});
  ASSERT_TRUE(Eventually([&] {
    return prometheus.ErrorText().contains("Server is ready to receive web requests");
  })) << prometheus.ErrorText();
  const auto value = [&](const std::string& query) -> std::string {
    const PlainResponse answer = PlainConnection(port).Get("/api/v1/query?query=" + query);
    if (answer.status != 200) return {};
    const auto result = nlohmann::json::parse(answer.body)["data"]["result"];
    return result.empty() ? "" : result[0]["value"][1].get<std::string>();
  };
  EXPECT_TRUE(Eventually([&] { return value("up") == "1"; })) << prometheus.ErrorText();
  EXPECT_TRUE(Eventually(
      [&] { return value(GetParam().section + "_config_last_reload_successful") == "1"; }));
}

TEST_P(PrometheusTest, ByDefaultOnlyThisHostMayAsk) {
  const auto shown = [&] {
    std::vector<std::string> command = GetParam().command;
    command[0] = Program(command[0]);
    command.insert(command.end(), {"--config", Path("monitoring.toml"), "--show-config"});
    return test::Run(command).out;
  }();
  EXPECT_THAT(shown, HasSubstr("listen = \"127.0.0.1:93"));
}

INSTANTIATE_TEST_SUITE_P(All, PrometheusTest, testing::ValuesIn(AllDaemons()));

}  // namespace
}  // namespace mon::test
