#include "config_check.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "common/nearest.h"
#include "common/text.h"

namespace mon::config {

namespace {

class Checker {
 public:
  Checker(const Config& config, const LoadOptions& options, Findings& findings)
      : config_(config), options_(options), findings_(findings) {}

  void Run() {
    CheckMysql();
    CheckPair("zabbix.user", !config_.zabbix.user.empty(), "zabbix.password",
              !config_.zabbix.password.empty());
    CheckReadable("ca_file", config_.ca_file);
    CheckReadable("zabbix.tls_ca", config_.zabbix.tls_ca);
    CheckReadable("smtp.tls_ca", config_.smtp.tls_ca);
    CheckGapAge();
    CheckApplications();
    CheckContexts();
    CheckRules();
    CheckReceivers();
    if (!options_.check_alerting) return;
    if (const Result<void> good = options_.check_alerting(config_); !good) {
      findings_.Refuse(0, good.error().message);
    }
  }

 private:
  /// The place of a value in front of a message: "monitoring.toml:12: mysql.tls".
  [[nodiscard]] std::string At(const std::string& key) const {
    const OriginOf* origin = findings_.FindOrigin(key);
    if (origin == nullptr) return key;
    return fmt::format("{}: {}", origin->detail, key);
  }

  void Refuse(const std::string& key, std::string_view text) {
    findings_.Refuse(0, fmt::format("{}: {}", At(key), text));
  }

  void CheckMysql() {
    if (!config_.mysql.socket.empty() && config_.mysql.tls == MysqlTls::kVerify) {
      Refuse("mysql.tls",
             "\"verify\" and a socket exclude each other: a socket has no host name to verify");
    }
    CheckReadable("mysql.tls_ca", config_.mysql.tls_ca);
    CheckPair("mysql.admin_user", !config_.mysql.admin_user.empty(), "mysql.admin_password",
              !config_.mysql.admin_password.empty());
  }

  /// `second` means nothing without `first`.
  void CheckPair(const std::string& first, bool has_first, const std::string& second,
                 bool has_second) {
    if (has_second && !has_first) Refuse(second, fmt::format("expected {} beside it", first));
  }

  void CheckReadable(const std::string& key, const std::filesystem::path& path) {
    if (path.empty() || access(path.c_str(), R_OK) == 0) return;
    Refuse(key, fmt::format("{} cannot be read: {}", path.string(), std::strerror(errno)));
  }

  /// A row that commits so late must be read before retention takes it away.
  void CheckGapAge() {
    if (config_.retention.metrics >= config_.processor.gap_age + std::chrono::hours(24)) return;
    Refuse("processor.gap_age", "expected at least a day less than retention.metrics");
  }

  void CheckApplications() {
    std::set<std::string> names;
    for (std::size_t i = 0; i < config_.applications.size(); ++i) {
      const ApplicationConfig& application = config_.applications[i];
      const std::string at = fmt::format("application[{}].", i);
      if (!names.insert(application.name).second) {
        Refuse(at + "name", QuoteJson(application.name) + " is the name of another application");
      }
      CheckPair(at + "basic_user", !application.basic_user.empty(), at + "basic_password",
                !application.basic_password.empty());
      CheckPair(at + "tls_cert", !application.tls_cert.empty(), at + "tls_key",
                !application.tls_key.empty());
      CheckPair(at + "tls_key", !application.tls_key.empty(), at + "tls_cert",
                !application.tls_cert.empty());
      CheckReadable(at + "tls_ca", application.tls_ca);
      CheckReadable(at + "tls_cert", application.tls_cert);
      CheckReadable(at + "tls_key", application.tls_key);
      for (const std::string& callee : application.depends_on) {
        CheckCallee(at + "depends_on", application, callee);
      }
    }
  }

  [[nodiscard]] std::vector<std::string_view> ApplicationNames() const {
    std::vector<std::string_view> names;
    for (const ApplicationConfig& application : config_.applications) {
      names.push_back(application.name);
    }
    return names;
  }

  /// ", did you mean "shop"?" where an application has about that name.
  [[nodiscard]] std::string DidYouMean(std::string_view found) const {
    const std::string_view near = Nearest(found, ApplicationNames());
    return near.empty() ? std::string() : fmt::format(", did you mean {}?", QuoteJson(near));
  }

  void CheckCallee(const std::string& key, const ApplicationConfig& caller,
                   const std::string& callee) {
    if (callee == caller.name) return Refuse(key, QuoteJson(callee) + " is the application itself");
    const auto names = ApplicationNames();
    if (std::ranges::find(names, callee) == names.end()) {
      Refuse(key, fmt::format("{} is the name of no application{}", QuoteJson(callee),
                              DidYouMean(callee)));
    }
  }

  void CheckContexts() {
    const ApplicationConfig standard;  // rows that other programs insert belong to its name
    auto names = ApplicationNames();
    names.push_back(standard.name);
    for (std::size_t i = 0; i < config_.contexts.size(); ++i) {
      const ContextConfig& context = config_.contexts[i];
      const std::string at = fmt::format("context[{}].", i);
      const bool fits = std::ranges::any_of(
          names, [&](std::string_view name) { return GlobMatch(context.application, name); });
      if (!fits) {
        Refuse(at + "application",
               fmt::format("{} fits the name of no application{}", QuoteJson(context.application),
                           DidYouMean(context.application)));
      }
      if (!context.role && !context.window) {
        Refuse(at + "application", "expected a role or a window beside it");
      }
    }
  }

  void CheckRules() {
    std::set<std::string> names;
    for (std::size_t i = 0; i < config_.rules.size(); ++i) {
      const RuleConfig& rule = config_.rules[i];
      const std::string at = fmt::format("rule[{}].", i);
      if (!names.insert(rule.name).second) {
        Refuse(at + "name", QuoteJson(rule.name) + " is the name of another rule");
      }
      if (!options_.check_rule) continue;
      if (const Result<void> good = options_.check_rule(rule); !good) {
        Refuse(at + "expr", good.error().message);
      }
    }
  }

  void CheckReceivers() {
    std::set<std::string> names;
    for (std::size_t i = 0; i < config_.receivers.size(); ++i) {
      const ReceiverConfig& receiver = config_.receivers[i];
      const std::string at = fmt::format("receiver[{}].", i);
      if (!names.insert(receiver.name).second) {
        Refuse(at + "name", QuoteJson(receiver.name) + " is the name of another receiver");
      }
      if (TargetsOf(receiver).empty()) {
        Refuse(at + "name", QuoteJson(receiver.name) +
                                " reaches nobody: expected mail, webhook_url or command beside it");
      }
      if (!receiver.command.empty() && !receiver.command[0].starts_with('/')) {
        Refuse(at + "command", "found " + QuoteJson(receiver.command[0]) +
                                   ", expected the absolute path of a program, and its arguments");
      }
      for (const auto& [key, given] :
           {std::pair("format", receiver.format != WebhookFormat::kAlertmanager),
            std::pair("headers", !receiver.headers.empty()),
            std::pair("bearer_token", !receiver.bearer_token.empty()),
            std::pair("tls_ca", !receiver.tls_ca.empty()),
            std::pair("proxy", !receiver.proxy.empty())}) {
        CheckPair("webhook_url", !receiver.webhook_url.empty(), at + key, given);
      }
      CheckReadable(at + "tls_ca", receiver.tls_ca);
    }
  }

  const Config& config_;
  const LoadOptions& options_;
  Findings& findings_;
};

}  // namespace

void CheckWhole(const Config& config, const LoadOptions& options, Findings& findings) {
  Checker(config, options, findings).Run();
}

}  // namespace mon::config
