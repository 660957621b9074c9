#include "zabbix_connector/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "common/text.h"
#include "host_query.h"
#include "item_query.h"
#include "session.h"

namespace mon::zabbix_connector {
namespace {

constexpr std::int64_t kStaleSeconds = 15 * 60;
/// The join looks ten seconds around a sample: clocks further apart than this make it useless.
constexpr std::int64_t kClockToleranceSeconds = 5;
constexpr std::size_t kMostItemsAskedForAge = 100;

constexpr const char* kStripped =
    "Apache: put \"CGIPassAuth On\" into the Directory section of the frontend (with mod_php or an "
    "older Apache: SetEnvIf Authorization \"(.*)\" HTTP_AUTHORIZATION=$1). nginx: \"fastcgi_param "
    "HTTP_AUTHORIZATION $http_authorization;\" beside the other fastcgi_param lines. A proxy in "
    "between must pass the Authorization header on. Then reload the web server.";

/// Where a frontend usually lies, from the address that was tried.
std::vector<std::string> OtherUrls(const std::string& url) {
  const auto authority = url.find("://");
  if (authority == std::string::npos) return {};
  const auto path = url.find('/', authority + 3);
  const std::string origin = url.substr(0, path);
  std::string stem = url.substr(0, url.find_last_not_of('/') + 1);
  std::vector<std::string> urls = {stem + "/api_jsonrpc.php", origin + "/zabbix/api_jsonrpc.php",
                                   origin + "/api_jsonrpc.php"};
  std::erase(urls, url);
  return urls;
}

/// One walk; each step adds to the report and says whether the next one makes sense.
class Walk {
 public:
  Walk(http::Client& http, const Config& config, TimePoint now, std::stop_token stop)
      : http_(http),
        config_(config),
        now_(EpochSeconds(now)),
        stop_(std::move(stop)),
        session_(http, config.zabbix) {}

  CheckReport Run() {
    if (Configured() && Reaches() && LogsIn() && Reads())
      for (const ApplicationConfig& application : config_.applications) CheckHosts(application);
    return std::move(report_);
  }

 private:
  void Good(std::string text) { report_.good.push_back(std::move(text)); }
  bool Bad(std::string problem, std::string remedy) {
    report_.findings.push_back({std::move(problem), std::move(remedy)});
    return false;
  }
  [[nodiscard]] std::string Url() const { return http::PrintableUrl(config_.zabbix.url); }

  bool Configured() {
    if (!config_.zabbix.url.empty()) return true;
    return Bad("no Zabbix server is configured",
               "set url in [zabbix] of the configuration file, or ZABBIX_URL, to "
               "http(s)://SERVER/.../api_jsonrpc.php");
  }

  bool Reaches() {
    const auto version = session_.ServerVersion(stop_);
    if (!version) return Unreachable(version.error());
    Good(fmt::format("Zabbix {} answers at {}", version->text, Url()));
    if (*version < Version{5, 0, 0, ""})
      Bad(fmt::format("Zabbix {} is older than 5.0", version->text),
          "nothing before 5.0 has been tried: upgrade the server");
    return true;
  }

  bool Unreachable(const Error& error) {
    switch (error.code) {
      case ErrorCode::kTimeout:
        return Bad(error.message,
                   "is a firewall in between? Is the web server of Zabbix overloaded? A longer "
                   "timeout can be set in [zabbix]");
      case ErrorCode::kUnavailable:
        return Bad(error.message,
                   "is zabbix.url the right address, and does the web server of Zabbix with its "
                   "database run? From this machine, try: curl -i " +
                       Url());
      case ErrorCode::kRejected:
        return Bad(error.message,
                   error.message.contains("certificate")
                       ? "put the authority's certificate into tls_ca of [zabbix] or into CA_FILE; "
                         "where the name is wrong, use in zabbix.url a name that the certificate "
                         "has"
                       : "the web server in front of Zabbix asks for a login of its own or forbids "
                         "this client: allow /api_jsonrpc.php there");
      case ErrorCode::kConfig:
        return Bad(error.message, "correct zabbix.url or the TLS files of [zabbix]");
      default:
        return WrongPath(error);
    }
  }

  bool WrongPath(const Error& error) {
    for (const std::string& url : OtherUrls(config_.zabbix.url)) {
      ZabbixConfig other = config_.zabbix;
      other.url = url;
      if (Session(http_, other).ServerVersion(stop_))
        return Bad(error.message,
                   "the API is at another path: set zabbix.url to " + http::PrintableUrl(url));
    }
    if (error.message.contains("HTTP 5"))
      return Bad(error.message,
                 "the frontend of Zabbix fails there: the log of its web server and PHP says why");
    return Bad(error.message,
               "zabbix.url must be the address of the frontend followed by /api_jsonrpc.php, often "
               "http(s)://SERVER/zabbix/api_jsonrpc.php; in a browser that address shows an empty "
               "page or an error 412, the page above it the login of Zabbix");
  }

  [[nodiscard]] bool HasToken() const { return !config_.zabbix.token.empty(); }

  bool LogsIn() {
    const auto login = session_.EnsureLogin(stop_);
    if (login) {
      if (!HasToken()) Good("logged in as " + config_.zabbix.user);
      return true;
    }
    if (login.error().code == ErrorCode::kRejected)
      return Bad(login.error().message,
                 fmt::format("check user \"{}\" and the password; after five wrong tries Zabbix "
                             "blocks an account for 30 seconds. The role of the account must allow "
                             "API access (Users > User roles)",
                             config_.zabbix.user));
    return Bad(
        login.error().message,
        login.error().code == ErrorCode::kConfig
            ? "set token, or user and password, in [zabbix] (ZABBIX_TOKEN, or ZABBIX_USER and "
              "ZABBIX_PASSWORD)"
            : "the server answers, but the login fails: its log and that of the web server "
              "say why");
  }

  /// The first call with the credential.
  bool Reads() {
    const AuthWay first = session_.Way();
    const auto body = session_.CallOne({"host.get", R"({"output":["hostid"],"limit":1})"}, stop_);
    if (!body) return CannotRead(body.error());
    if (first == AuthWay::kHeader && session_.Way() == AuthWay::kBody)
      Bad("the web server strips the Authorization header; reading works through the request body, "
          "which Zabbix 7.2 and later no longer take",
          kStripped);
    if (HasToken()) Good("the API token is accepted");
    const auto rows = ReadResult(*body);
    if (rows && rows->empty())
      return Bad(
          "the account may read no host at all",
          "give a user group of the account Read permission on the host groups (Users > User "
          "groups > Host permissions)");
    return true;
  }

  bool CannotRead(const Error& error) {
    if (error.code != ErrorCode::kRejected)
      return Bad(error.message, "the server answers, but cannot serve host.get: its log says why");
    if (session_.AskAboutCredential(stop_) == Credential::kGood)
      return session_.Way() == AuthWay::kHeader
                 ? Bad(error.message, kStripped)
                 : Bad(error.message,
                       "the role of the account must allow the API method host.get (Users > User "
                       "roles)");
    return Bad(error.message,
               "the token is unknown, disabled or expired: make one in Zabbix under Users > API "
               "tokens, and mind that it is 64 characters long");
  }

  void CheckHosts(const ApplicationConfig& application) {
    const HostSelection selection = {application.zabbix_hosts, application.zabbix_groups,
                                     application.zabbix_tags};
    const auto resolved = ResolveHosts(session_, {&selection, 1}, stop_);
    if (!resolved) {
      Bad(resolved.error().message, "the hosts of application " + application.name +
                                        " could not be looked up: the server's log says why");
      return;
    }
    const ResolvedHosts& found = resolved->front();
    for (const std::string& entry : found.unknown)
      Bad(fmt::format("{} of application {} is not to be found", entry, application.name),
          "either it does not exist, or the account may not read it: give a user group of the "
          "account Read permission on the host's group. What it may read: zabbix-connector hosts" +
              std::string(application.hosts_configured
                              ? ""
                              : ". This is the built-in default; set ZABBIX_HOSTID"));
    for (const ZabbixHost& host : found.hosts) CheckHost(application, host);
  }

  void CheckHost(const ApplicationConfig& application, const ZabbixHost& host) {
    const std::string name = fmt::format("host {} ({})", host.host, host.hostid);
    ItemQuery query;
    query.hostids = {host.hostid};
    query.numeric_only = application.items.empty();
    auto items = items_.List(query, stop_);
    if (!items) {
      Bad(items.error().message, "the items of " + name + " could not be read");
      return;
    }
    std::erase_if(*items, [&](const Item& item) { return !Wanted(application, item); });
    if (items->empty()) {
      Bad(fmt::format("{} has no item to read for application {}", name, application.name),
          "it is disabled in Zabbix, or has no enabled numeric item, or no key fits `items` and "
          "`items_exclude`. What there is: zabbix-connector items --host " +
              host.host);
      return;
    }
    CheckValues(name, *items);
  }

  static bool Wanted(const ApplicationConfig& application, const Item& item) {
    const auto fits = [&](const std::string& pattern) { return GlobMatch(pattern, item.key); };
    return (application.items.empty() || std::ranges::any_of(application.items, fits)) &&
           std::ranges::none_of(application.items_exclude, fits);
  }

  void CheckValues(const std::string& name, const std::vector<Item>& items) {
    std::vector<std::uint64_t> itemids;
    for (const Item& item : items)
      if (item.state == 0 && itemids.size() < kMostItemsAskedForAge) itemids.push_back(item.itemid);
    const auto unsupported = std::ranges::count(items, 1, &Item::state);
    const auto values = items_.LastValues(itemids, stop_);
    if (!values) {
      Bad(values.error().message, "the values of " + name + " could not be read");
      return;
    }
    std::int64_t newest = 0;
    for (const LastValue& value : *values) newest = std::max(newest, value.clock);
    if (newest == 0)
      Bad(fmt::format("none of the {} items of {} has a value", items.size(), name),
          "does zabbix_server run, and does it reach the host's agent? Zabbix shows why at "
          "Monitoring > Hosts, and per item at Monitoring > Latest data");
    else if (newest - now_ > kClockToleranceSeconds)
      Bad(fmt::format("the newest value of {} lies {} s in the future", name, newest - now_),
          "the clocks of this machine and of the Zabbix server differ: let NTP set both, or "
          "samples "
          "and values of the same moment are not found together");
    else if (now_ - newest > kStaleSeconds)
      Bad(fmt::format("the newest value of {} is of {} UTC, {} minutes ago", name,
                      FormatUtc(newest), (now_ - newest) / 60),
          "does zabbix_server run (the API answers without it), and does it reach the host's "
          "agent?");
    else
      Good(fmt::format("{}: {} items, newest value {} s old{}", name, items.size(), now_ - newest,
                       unsupported == 0 ? "" : fmt::format(", {} not supported", unsupported)));
  }

  http::Client& http_;
  const Config& config_;
  std::int64_t now_;
  std::stop_token stop_;
  Session session_;
  ItemQueries items_{session_};
  CheckReport report_;
};

}  // namespace

CheckReport Check(http::Client& http, const Config& config, TimePoint now, std::stop_token stop) {
  return Walk(http, config, now, std::move(stop)).Run();
}

}  // namespace mon::zabbix_connector
