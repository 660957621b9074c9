#include <algorithm>
#include <utility>

#include "checks.h"
#include "zabbix_connector/check.h"

namespace mon::data_aggregator::doctor {
namespace {

constexpr std::chrono::milliseconds kCallLimit{10'000};
/// It asks for each host in turn, and a server that answers may be given the time.
constexpr std::chrono::milliseconds kWalkLimit{60'000};

/// "zabbix.example:8080" of a URL.
std::string ServerOf(const std::string& url) {
  const std::string printable = http::PrintableUrl(url);
  const auto scheme = printable.find("://");
  const auto begin = scheme == std::string::npos ? 0 : scheme + 3;
  return printable.substr(begin, printable.find('/', begin) - begin);
}

Outcome Examine(Config config, const Clock& clock, http::Client& client, std::stop_token stop) {
  Outcome outcome;
  if (config.zabbix.url.empty()) {
    outcome.Ok("server", "none is configured: samples are judged without values of machines");
    return outcome;
  }
  config.zabbix.timeout = std::min(config.zabbix.timeout, kCallLimit);
  const std::string server = ServerOf(config.zabbix.url);
  const auto report = zabbix_connector::Check(client, config, clock.Now(), std::move(stop));
  for (const std::string& good : report.good) outcome.Ok(server, good);
  for (const zabbix_connector::Finding& finding : report.findings)
    outcome.Fail(server, finding.problem, finding.remedy);
  return outcome;
}

}  // namespace

std::vector<Check> ZabbixChecks(const Config& config, const Clock& clock,
                                std::shared_ptr<http::Client> http) {
  return {{Group::kZabbix, "Zabbix",
           [&config, &clock, http = std::move(http)](std::stop_token stop) {
             return Examine(config, clock, *http, std::move(stop));
           },
           kWalkLimit}};
}

}  // namespace mon::data_aggregator::doctor
