#include "real_server.h"

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "common/text.h"

namespace mon::test {
namespace {

std::vector<std::string> Arguments() {
  const char* more = std::getenv("MON_TEST_ZABBIX");
  return SplitList(more != nullptr ? more : "", ' ');
}

}  // namespace

RealZabbix::RealZabbix() { Restart(); }

void RealZabbix::Restart() {
  server_.reset();
  server_ = std::make_unique<TestServer>("zabbix", directory_.Path(), Arguments());
}

std::uint64_t RealZabbix::HostId(const std::string& host) const {
  return std::stoull(nlohmann::json::parse(Fact("hostids")).at(host).get<std::string>());
}

std::uint64_t RealZabbix::ItemId(const std::string& host, const std::string& key) const {
  return std::stoull(nlohmann::json::parse(Fact("itemids")).at(host).at(key).get<std::string>());
}

ZabbixConfig RealZabbix::Login(const std::string& account) const {
  ZabbixConfig config;
  config.url = Fact("url");
  config.user = Fact(account + "_user");
  config.password = Secret(Fact(account + "_password"));
  return config;
}

std::map<std::string, std::string> RealZabbix::Environment() const {
  return {{"ZABBIX_URL", Fact("url")},
          {"ZABBIX_USER", Fact("monitor_user")},
          {"ZABBIX_PASSWORD", Fact("monitor_password")},
          {"ZABBIX_HOSTID", std::to_string(HostId("app-1"))}};
}

void RealZabbix::Feed(const std::vector<Value>& values) const {
  const std::string path = directory_.Path() + "/values";
  std::ofstream file(path);
  for (const Value& value : values)
    file << "app-1 " << value.key << " " << value.clock << " " << value.ns << " \"" << value.value
         << "\"\n";
  file.close();
  // The server knows a new item only after its next look at the configuration.
  const bool taken = Await([&] {
    const auto sent =
        Run({"zabbix_sender", "-z", "127.0.0.1", "-p", Fact("port"), "-T", "-N", "-i", path});
    return sent.exit_code == 0;
  });
  if (!taken) throw std::runtime_error("the server does not take the values");
}

bool Await(const std::function<bool()>& holds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!holds()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return true;
}

void RecordingClient::SendEach(std::span<const http::Request> sent, http::Exchange& exchange,
                               std::stop_token stop) {
  if (before_sending) before_sending();
  auto answers = client_->SendAll(sent, std::move(stop));
  requests.insert(requests.end(), sent.begin(), sent.end());
  responses.insert(responses.end(), answers.begin(), answers.end());
  for (std::size_t i = 0; i < answers.size(); ++i)
    (void)exchange.Answered(i, std::move(answers[i]));
}

int RecordingClient::Count(const std::string& method) const {
  int count = 0;
  for (const http::Request& request : requests)
    if (request.body.contains("\"method\":\"" + method + "\"")) ++count;
  return count;
}

}  // namespace mon::test
