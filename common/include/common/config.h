#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/error.h"
#include "common/host_port.h"
#include "common/secret.h"

namespace mon {

/// The configuration of the whole platform: one file for all programs, each reads the parts it
/// needs. Filled in layers (default, file, environment, flag), checked as a whole, then only read.

enum class MysqlTls { kOff, kVerify };

struct MysqlConfig {
  std::vector<HostPort> hosts = {
      {"127.0.0.1", 3306}};  ///< tried in order; unused where `socket` is set
  std::string socket;
  std::string user;
  Secret password;
  std::string admin_user;  ///< for --migrate and retention; empty: `user`
  Secret admin_password;
  std::string database = "monitoring_db";
  MysqlTls tls = MysqlTls::kOff;
  bool compression = false;       ///< the compressed protocol, for a poor line
  std::filesystem::path tls_ca;   ///< replaces `ca_file` and the system's for this connection
  std::filesystem::path ca_file;  ///< a copy of Config::ca_file, made by LoadConfig
  bool operator==(const MysqlConfig&) const = default;
};

struct ZabbixConfig {
  std::string url;  ///< empty: no Zabbix
  std::string user;
  Secret password;
  Secret token;  ///< API token; then no user and password
  std::filesystem::path tls_ca;
  std::chrono::milliseconds timeout{30'000};  ///< of one API call
};

/// JSON Pointers (RFC 6901) to the three values in an application's answer.
struct FieldPointers {
  std::string timestamp = "/timestamp";
  std::string response_time_ms = "/response_time_ms";
  std::string error_rate = "/error_rate";
};

struct ApplicationConfig {
  std::string name = "hyphenmon";
  std::string url = "http://localhost:5001/metrics";
  std::vector<std::string> zabbix_hosts;   ///< host ids or technical names
  std::vector<std::string> zabbix_groups;  ///< host group names
  std::vector<std::string> zabbix_tags;    ///< "tag" or "tag=value"
  /// False where no Zabbix host is chosen, or only by the default 10105.
  bool hosts_configured = false;
  std::vector<std::string> items;  ///< item key patterns to take; empty: all numeric
  std::vector<std::string> items_exclude;
  std::vector<std::string> depends_on;  ///< names of the applications that it calls
  std::chrono::milliseconds timeout{5'000};
  std::vector<std::pair<std::string, Secret>> headers;
  std::string basic_user;
  Secret basic_password;
  Secret bearer_token;
  std::filesystem::path tls_ca;
  std::filesystem::path tls_cert;
  std::filesystem::path tls_key;
  std::string proxy;
  FieldPointers fields;
};

enum class SmtpSecurity { kStarttls, kTls, kNone };

struct SmtpConfig {
  std::string host;
  std::uint16_t port = 587;
  SmtpSecurity security = SmtpSecurity::kStarttls;
  std::string from;
  std::vector<std::string> to;
  std::string user;
  Secret password;
  std::filesystem::path maildir;  ///< instead of `host`
  std::filesystem::path tls_ca;
};

struct MailConfig {
  std::string time_zone;    ///< IANA name; empty: the system's
  std::string grafana_url;  ///< where the dashboard is; empty: mails have no link to it
};

/// What each program has as a daemon.
struct DaemonConfig {
  std::chrono::milliseconds interval{10'000};
  std::string listen;  ///< "none": no HTTP
};

struct AggregatorConfig : DaemonConfig {
  AggregatorConfig() : DaemonConfig{.listen = "127.0.0.1:9301"} {}
  std::chrono::milliseconds backfill{3'600'000};  ///< Zabbix history read by a first run
  bool share = false;  ///< among several daemons, instead of one at work and others on standby
};

/// What happens to samples when the spool has no room left.
enum class SpoolPolicy {
  kDropOldest,  ///< the oldest ones in the spool go
  kDropNewest,  ///< the new ones go
  kBlock,       ///< a daemon stops reading applications; in a single run as kDropNewest
};

/// Samples that wait on disk while the database is away.
struct SpoolConfig {
  std::uint64_t max_bytes = 256ULL << 20U;      ///< some four million samples
  std::chrono::seconds max_age{7 * 24 * 3600};  ///< older ones are dropped
  SpoolPolicy policy = SpoolPolicy::kDropOldest;
  bool operator==(const SpoolConfig&) const = default;
};

/// How long rows stay in the tables before `data-aggregator retention` moves them to files.
struct RetentionConfig {
  std::chrono::seconds history{90 * 24 * 3600};     ///< zabbix_history, by clock
  std::chrono::seconds metrics{365 * 24 * 3600};    ///< hyphenmon_metrics, by recorded_at
  std::chrono::seconds quarantine{30 * 24 * 3600};  ///< by last_at
  std::chrono::seconds restored{7 * 24 * 3600};     ///< a day that `restore` has brought back
  std::filesystem::path directory;                  ///< empty: `archive` in the state directory
};

struct ProcessorConfig : DaemonConfig {
  ProcessorConfig() : DaemonConfig{.listen = "127.0.0.1:9302"} {}
  std::chrono::seconds window{10};          ///< half-width of the join window
  std::chrono::minutes first_read{2};       ///< how far back, by recorded_at, a first pass reads
  std::chrono::seconds gap_age{24 * 3600};  ///< how long a transaction may hold the id of a row
  bool share = false;  ///< among several daemons, instead of one at work and others on standby
};

struct AlertingConfig : DaemonConfig {
  AlertingConfig() : DaemonConfig{.listen = "127.0.0.1:9303"} {}
  /// An alert that comes more often than this within an hour flaps: it is told once a `digest`.
  /// 0: never.
  int flapping = 10;
  std::chrono::seconds digest{30 * 60};
  /// To one recipient; what is more waits, and comes in one mail. 0: no limit.
  int mails_per_hour = 60;
};

/// Who is told of which alerts. The first that matches decides.
struct RouteConfig {
  std::string match;                   ///< matchers, `severity="critical"`; empty: every alert
  std::vector<std::string> receivers;  ///< mail addresses; empty: smtp.to
  bool continues = false;              ///< the receivers of the next route that matches, too
  std::string active;                  ///< when it is one, "mon-fri 08:00-18:00"; empty: always
  /// The alerts of a group, which share mails, have these labels in common. Unset: what begins in
  /// one pass shares a mail, and nothing waits for an interval.
  std::optional<std::vector<std::string>> group_by;
  std::chrono::seconds wait{0};           ///< for others, before the first mail of a group
  std::chrono::seconds interval{5 * 60};  ///< between two mails of a group that lasts
  std::chrono::seconds repeat{4 * 3600};  ///< between two mails about what goes on unchanged
  std::vector<std::string> escalate;      ///< "15m: boss@example.org": told as well by then
  std::string where;                      ///< "monitoring.toml:12"
};

/// While an alert of `source` is open, those of `target` are held back that have one of the labels
/// `equal` in common with it.
struct InhibitConfig {
  std::string source;
  std::string target;
  std::vector<std::string> equal = {"host"};
  std::string where;
};

enum class WebhookFormat { kAlertmanager, kSlack, kTeams };

/// Whom a name in a route stands for: people, a web service, a program, or several of these.
struct ReceiverConfig {
  std::string name;               ///< unique, of letters, digits and _ . -
  std::vector<std::string> mail;  ///< addresses
  Secret webhook_url;             ///< whoever knows Slack's or Teams' may post there
  WebhookFormat format = WebhookFormat::kAlertmanager;
  std::vector<std::pair<std::string, Secret>> headers;
  Secret bearer_token;
  std::filesystem::path tls_ca;
  std::string proxy;
  std::vector<std::string> command;           ///< program and its arguments; no shell
  std::chrono::milliseconds timeout{10'000};  ///< of one request, or one run of the command
  std::string where;                          ///< "monitoring.toml:12"
};

/// The recipients of a notification that goes to `receiver`, as the outbox names them: its mail
/// addresses, "webhook:NAME", "slack:NAME" or "teams:NAME", "command:NAME".
[[nodiscard]] std::vector<std::string> TargetsOf(const ReceiverConfig& receiver);

/// How the platform watches its sources and itself.
struct WatchConfig {
  /// The least silence of a source, or of a part of the platform, that is a problem; where five
  /// times its usual interval is more, that.
  std::chrono::milliseconds after{std::chrono::minutes(2)};
  std::chrono::milliseconds mail_after{std::chrono::minutes(15)};  ///< that no mail goes out
  std::string heartbeat_url;  ///< asked while all is well; empty: none
};

/// What an item is to an application when it is asked why something went wrong.
enum class ContextRole {
  kCause,      ///< named before others
  kSymptom,    ///< shown, and never named as the cause
  kUnrelated,  ///< belongs to something else: not looked at
};

/// How far from a sample a value of an item may be, and is still joined with it.
struct JoinWindow {
  bool measured = false;          ///< by the usual distance between the item's values
  std::chrono::seconds width{0};  ///< where it is not measured
  bool operator==(const JoinWindow&) const = default;
};

/// Says of some items what they are to an application. An item is meant where each list that is not
/// empty has something that fits it. The first table that has a role decides on the role, the first
/// that has a window on the window.
struct ContextConfig {
  std::string application;         ///< pattern of names: * is any text, ? any character
  std::vector<std::string> hosts;  ///< patterns of host ids or technical names
  std::vector<std::string> tags;   ///< "tag" or "tag=value", of the item or its host
  std::vector<std::string> items;  ///< patterns of item keys
  std::string active;              ///< only then, "mon-fri 08:00-18:00"; empty: always
  std::optional<ContextRole> role;
  std::optional<JoinWindow> window;
  std::string where;  ///< "monitoring.toml:12"
};

/// The detectors behind odd(…) in rules.
struct DetectorConfig {
  double alerts_per_month = 1;  ///< false ones to put up with, of each metric
};

enum class Severity { kInfo, kWarning, kCritical };

struct RuleConfig {
  std::string name = "high-error-rate";
  std::string expr = "error_rate > 0.5";
  std::chrono::seconds for_{0};  ///< event time the condition must hold
  std::optional<std::chrono::seconds>
      keep_firing_for;  ///< replaces "second consecutive false sample"
  Severity severity = Severity::kCritical;
  std::string summary = "Error rate of {application} is {value}";
  std::string recovery;  ///< once firing, it ends by this; empty: by a false `expr`
  std::map<std::string, std::string> labels;
  std::string description;  ///< as summary, on several lines
  std::string owner;
  std::string runbook;  ///< URL
  std::string
      where;  ///< "monitoring.toml:12", for messages about `expr`; empty for the built-in rule
};

struct Config {
  MysqlConfig mysql;
  ZabbixConfig zabbix;
  std::vector<ApplicationConfig> applications;  ///< never empty after loading
  SmtpConfig smtp;
  MailConfig mail;
  AggregatorConfig aggregator;
  SpoolConfig spool;
  RetentionConfig retention;
  ProcessorConfig processor;
  AlertingConfig alerting;
  WatchConfig watch;
  DetectorConfig detector;
  std::vector<RouteConfig> routes;  ///< empty: everything to smtp.to
  std::vector<InhibitConfig> inhibitions;
  std::vector<ReceiverConfig> receivers;
  std::vector<ContextConfig> contexts;
  std::vector<RuleConfig> rules;  ///< never empty after loading
  std::filesystem::path ca_file;  ///< trusted besides the system's authorities
  std::filesystem::path
      state_dir;  ///< spool, maildir and other state on disk; not created by loading
};

enum class Origin { kDefault, kFile, kEnvironment, kFlag };

/// Where one value came from.
struct OriginOf {
  Origin origin;
  std::string detail;                ///< "monitoring.toml:12", "MYSQL_HOST", "--interval"
  std::filesystem::path value_file;  ///< the file of a `…_file` or NAME_FILE that held the value
};

/// By the dotted key as in the file: "mysql.password", "application[0].url".
using Origins = std::map<std::string, OriginOf, std::less<>>;

/// A flag of the command line that sets a configuration value, as the user's text.
struct FlagValue {
  std::string key;   ///< dotted key: "aggregator.interval"
  std::string flag;  ///< "--interval"
  std::string value;
};

struct LoadOptions {
  std::filesystem::path
      config_file;  ///< from --config; empty: $MONITORING_CONFIG, ./monitoring.toml, /etc/…
  std::filesystem::path env_file;  ///< from --env-file; empty: ./.env where it exists
  std::vector<FlagValue> flags;
  /// Checks a rule's expression; common does not know the grammar. Empty: not checked.
  std::function<Result<void>(const RuleConfig&)> check_rule;
  /// Checks what refers to alerts: routes and the like. Empty: not checked.
  std::function<Result<void>(const Config&)> check_alerting;
  /// Top-level keys and tables of the file that are read by others, and passed over.
  std::vector<std::string> of_others;
  /// Instead of the process's own environment.
  std::optional<std::map<std::string, std::string>> environment;
};

struct LoadedConfig {
  Config config;
  std::filesystem::path file;         ///< the configuration file that was read; empty: none
  Origins origins;                    ///< of every value that is not a default
  std::vector<std::string> warnings;  ///< "ERROR_RATE_THRESHOLD is ignored beside [[rule]]"
};

/// Reads and checks the whole configuration. Opens no connection, creates nothing.
/// Errors: kConfig, naming file, line and key (or the variable), what was found and what was
/// expected.
[[nodiscard]] Result<LoadedConfig> LoadConfig(const LoadOptions& options);

/// Reads the files of secrets again (`…_file`, NAME_FILE), and nothing else. True where one has
/// changed. Errors: kConfig, naming key and file; then what was read before it is taken over.
[[nodiscard]] Result<bool> RereadSecretFiles(LoadedConfig& loaded);

/// The origin of the value of `key`; nullptr where it is the default: nobody asked for it.
[[nodiscard]] const OriginOf* FindOrigin(const LoadedConfig& loaded, std::string_view key);

/// The whole configuration as TOML that this program would read back, the origin of each value as a
/// comment behind it. Secrets are masked, or shown as the file they came from. The built-in
/// application and rule are printed like configured ones.
[[nodiscard]] std::string ShowConfig(const LoadedConfig& loaded);

[[nodiscard]] std::string_view ToString(Severity severity);

}  // namespace mon
