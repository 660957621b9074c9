#include "common/config.h"

#include <fmt/format.h>

#include <array>
#include <system_error>
#include <utility>

#include "config_apply.h"
#include "config_check.h"
#include "config_env.h"
#include "config_file.h"
#include "config_settings.h"
#include "config_state_dir.h"

namespace mon {

namespace config {
namespace {

constexpr const char* kLocalFile = "monitoring.toml";
constexpr const char* kSystemFile = "/etc/monitoring-platform/monitoring.toml";
constexpr const char* kLocalEnvironment = ".env";
constexpr const char* kDefaultZabbixHost = "10105";

/// True where a default place holds a file. What is there but is no file (a virtual environment
/// named .env) is none of ours; what cannot be looked at counts, so that reading it tells.
bool HoldsFile(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::none) return true;
  return std::filesystem::exists(status) && !std::filesystem::is_directory(status);
}

class Loader {
 public:
  explicit Loader(const LoadOptions& options) : options_(options) {}

  Result<LoadedConfig> Load() {
    if (auto read = ReadEnvironment(); !read) return std::unexpected(read.error());
    if (auto read = ReadFile(); !read) return std::unexpected(read.error());
    ApplyPlain(file_.plain);
    for (const Variables& variables : environment_) ApplyVariables(variables);
    LoadApplications();
    LoadRules();
    LoadAlerting();
    LoadEntries("context", file_.contexts, ContextSettings(), loaded_.config.contexts);
    NotePlaces(file_.contexts, loaded_.config.contexts);
    ApplyFlags();
    if (findings_.problems.empty()) {
      Complete();
      CheckWhole(loaded_.config, options_, findings_);
    }
    if (!findings_.problems.empty()) return std::unexpected(findings_.ToError());
    loaded_.origins = std::move(findings_.origins);
    loaded_.warnings = std::move(findings_.warnings);
    return std::move(loaded_);
  }

 private:
  Result<void> ReadEnvironment() {
    std::filesystem::path path = options_.env_file;
    if (path.empty() && HoldsFile(kLocalEnvironment)) path = kLocalEnvironment;
    if (!path.empty()) {
      Result<Variables> read = Variables::OfFile(path, findings_.warnings);
      if (!read) return std::unexpected(read.error());
      environment_[0] = *std::move(read);
    }
    environment_[1] =
        options_.environment ? Variables::Of(*options_.environment) : Variables::OfProcess();
    return {};
  }

  Result<void> ReadFile() {
    loaded_.file = ChooseFile();
    if (loaded_.file.empty()) return {};
    Result<FileLayer> read = ReadConfigFile(loaded_.file, options_.of_others, findings_);
    if (!read) return std::unexpected(read.error());
    file_ = *std::move(read);
    return {};
  }

  [[nodiscard]] std::filesystem::path ChooseFile() const {
    if (!options_.config_file.empty()) return options_.config_file;
    for (auto layer = environment_.rbegin(); layer != environment_.rend(); ++layer) {
      const Variables::Variable* named = layer->Find("MONITORING_CONFIG");
      if (named != nullptr) return layer->Base() / named->value;
    }
    for (const char* path : {kLocalFile, kSystemFile}) {
      if (HoldsFile(path)) return path;
    }
    return {};
  }

  /// A variable of the merged environment; empty where it is unset.
  [[nodiscard]] std::string Variable(std::string_view name) const {
    for (auto layer = environment_.rbegin(); layer != environment_.rend(); ++layer) {
      if (const Variables::Variable* found = layer->Find(name)) return found->value;
    }
    return {};
  }

  template <typename Section>
  static std::vector<Given> Gather(const Variables& variables,
                                   const std::vector<Setting<Section>>& settings) {
    std::vector<Given> layer;
    for (const Setting<Section>& setting : settings) {
      if (setting.environment.empty()) continue;
      std::vector<Given> given = variables.Give(setting.environment, setting.key);
      layer.insert(layer.end(), given.begin(), given.end());
    }
    return layer;
  }

  void ApplyPlain(const std::vector<Given>& layer) {
    LayerApplier<Config>(PlainSettings(), "", loaded_.config, findings_).Apply(layer);
  }

  void ApplyVariables(const Variables& variables) {
    ApplyPlain(Gather(variables, PlainSettings()));
    const std::vector<Given> port = Gather(variables, MysqlPortSettings());
    if (port.empty()) return;
    LayerApplier<MysqlPort>(MysqlPortSettings(), "", mysql_port_, findings_).Apply(port);
    // A port beats those that a lower layer gave to its servers, not those beside it.
    if (!variables.Give("MYSQL_HOST", "").empty()) return;
    for (HostPort& server : loaded_.config.mysql.hosts) server.port = 0;
  }

  void ApplyFlags() {
    std::vector<Given> layer;
    for (const FlagValue& flag : options_.flags) {
      layer.push_back({flag.key, false, {flag.value, Origin::kFlag, flag.flag, {}, ""}, 0});
    }
    findings_.of_flags = true;
    ApplyPlain(layer);
    findings_.of_flags = false;
  }

  void LoadApplications() {
    LoadOwnOrBuiltIn("application", file_.applications, ApplicationSettings(),
                     loaded_.config.applications);
    for (ApplicationConfig& application : loaded_.config.applications) {
      application.hosts_configured = !application.zabbix_hosts.empty() ||
                                     !application.zabbix_groups.empty() ||
                                     !application.zabbix_tags.empty();
    }
    if (file_.applications.empty() && !loaded_.config.applications[0].hosts_configured) {
      loaded_.config.applications[0].zabbix_hosts = {kDefaultZabbixHost};
    }
  }

  void LoadRules() {
    LoadOwnOrBuiltIn("rule", file_.rules, RuleSettings(), loaded_.config.rules);
    NotePlaces(file_.rules, loaded_.config.rules);
  }

  void LoadAlerting() {
    LoadEntries("route", file_.routes, RouteSettings(), loaded_.config.routes);
    NotePlaces(file_.routes, loaded_.config.routes);
    LoadEntries("inhibit", file_.inhibitions, InhibitSettings(), loaded_.config.inhibitions);
    NotePlaces(file_.inhibitions, loaded_.config.inhibitions);
    LoadEntries("receiver", file_.receivers, ReceiverSettings(), loaded_.config.receivers);
    NotePlaces(file_.receivers, loaded_.config.receivers);
  }

  template <typename Section>
  static void NotePlaces(const std::vector<Entry>& entries, std::vector<Section>& sections) {
    for (std::size_t i = 0; i < entries.size(); ++i) sections[i].where = entries[i].where;
  }

  template <typename Section>
  void LoadEntries(const std::string& name, const std::vector<Entry>& entries,
                   const std::vector<Setting<Section>>& settings, std::vector<Section>& sections) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      RequireKeys(name, entries[i], settings);
      LayerApplier<Section>(settings, fmt::format("{}[{}].", name, i), sections.emplace_back(),
                            findings_)
          .Apply(entries[i].values);
    }
  }

  /// The tables of the file; without any, the built-in one, shaped by the environment.
  template <typename Section>
  void LoadOwnOrBuiltIn(const std::string& name, const std::vector<Entry>& entries,
                        const std::vector<Setting<Section>>& settings,
                        std::vector<Section>& sections) {
    LoadEntries(name, entries, settings, sections);
    if (entries.empty()) sections.emplace_back();
    for (const Variables& variables : environment_) {
      const std::vector<Given> layer = Gather(variables, settings);
      if (entries.empty()) {
        LayerApplier<Section>(settings, name + "[0].", sections[0], findings_).Apply(layer);
        continue;
      }
      for (const Given& given : layer) {
        findings_.warnings.push_back(
            fmt::format("{} is ignored beside [[{}]]", given.value.where, name));
      }
    }
  }

  template <typename Section>
  void RequireKeys(const std::string& name, const Entry& entry,
                   const std::vector<Setting<Section>>& settings) {
    for (const Setting<Section>& setting : settings) {
      const bool given =
          std::ranges::find(entry.values, setting.key, &Given::key) != entry.values.end();
      if (given || !setting.required) continue;
      findings_.Refuse(entry.line,
                       fmt::format("{}: [[{}]]: {} is missing", entry.where, name, setting.key));
    }
  }

  /// Defaults that follow from other values.
  void Complete() {
    CompleteServers();
    loaded_.config.mysql.ca_file = loaded_.config.ca_file;
    CompleteLogin();
    SmtpConfig& smtp = loaded_.config.smtp;
    if (findings_.FindOrigin("smtp.security") == nullptr) {
      smtp.security = smtp.port == 465 ? SmtpSecurity::kTls : SmtpSecurity::kStarttls;
    }
    if (loaded_.config.state_dir.empty()) CompleteStateDir();
  }

  void CompleteServers() {
    const OriginOf* port = findings_.FindOrigin("mysql.port");
    for (HostPort& server : loaded_.config.mysql.hosts) {
      if (server.port == 0) server.port = mysql_port_.port;
    }
    if (port == nullptr) return;
    if (!loaded_.config.mysql.socket.empty()) {
      findings_.warnings.push_back(port->detail + " is ignored beside a socket");
    } else if (findings_.FindOrigin("mysql.hosts") == nullptr) {
      findings_.SetOrigin("mysql.hosts", *port);
    }
    findings_.EraseOrigin("mysql.port");
  }

  /// SMTP_EMAIL_ADDRESS is the login, too, where the password comes with it; so is a sender with a
  /// password and no user.
  void CompleteLogin() {
    SmtpConfig& smtp = loaded_.config.smtp;
    const OriginOf* from = findings_.FindOrigin("smtp.from");
    const OriginOf* password = findings_.FindOrigin("smtp.password");
    if (from == nullptr || password == nullptr) return;
    const bool from_environment =
        from->origin == Origin::kEnvironment && password->origin == Origin::kEnvironment;
    if (!smtp.user.empty() && !from_environment) return;
    smtp.user = smtp.from;
    findings_.SetOrigin("smtp.user", *from);
  }

  void CompleteStateDir() {
    loaded_.config.state_dir =
        DefaultStateDir([this](const std::string& name) { return Variable(name); });
    if (loaded_.config.state_dir.empty()) {
      findings_.Refuse(0, "state_dir: no home directory to put it in; set MONITORING_STATE_DIR");
    } else if (!Variable("STATE_DIRECTORY").empty()) {
      findings_.SetOrigin("state_dir", {Origin::kEnvironment, "STATE_DIRECTORY", {}});
    }
  }

  const LoadOptions& options_;
  Findings findings_;
  LoadedConfig loaded_;
  FileLayer file_;
  std::array<Variables, 2> environment_;  ///< the environment file, the process's own above it
  MysqlPort mysql_port_;
};

}  // namespace
}  // namespace config

Result<LoadedConfig> LoadConfig(const LoadOptions& options) {
  return config::Loader(options).Load();
}

const OriginOf* FindOrigin(const LoadedConfig& loaded, std::string_view key) {
  const auto found = loaded.origins.find(key);
  return found == loaded.origins.end() ? nullptr : &found->second;
}

std::vector<std::string> TargetsOf(const ReceiverConfig& receiver) {
  std::vector<std::string> targets = receiver.mail;
  if (!receiver.webhook_url.empty()) {
    const std::string_view channel = receiver.format == WebhookFormat::kSlack   ? "slack"
                                     : receiver.format == WebhookFormat::kTeams ? "teams"
                                                                                : "webhook";
    targets.push_back(fmt::format("{}:{}", channel, receiver.name));
  }
  if (!receiver.command.empty()) targets.push_back("command:" + receiver.name);
  return targets;
}

std::string_view ToString(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kCritical:
      return "critical";
  }
  return "critical";
}

}  // namespace mon
