#include "config_settings.h"

#include <type_traits>
#include <utility>

#include "config_codec.h"

// A member of a section, const or not, as a function: the tables below stay readable.
#define MON_AT(member) [](auto& section) -> auto& { return section.member; }

namespace mon::config {

namespace {

using namespace std::chrono_literals;

template <typename Section, typename Member, typename Codec>
Setting<Section> Make(std::string_view key, std::string_view environment, Member member,
                      Codec codec) {
  Setting<Section> setting;
  setting.key = key;
  setting.environment = environment;
  if constexpr (std::is_same_v<Codec, SecretCodec>) {
    setting.secret = true;
    setting.secret_at = [member](Section& section) { return &member(section); };
  }
  setting.set = [member, codec](Section& section,
                                const RawValue& value) -> std::optional<std::string> {
    auto parsed = codec.Read(value);
    if (!parsed) return parsed.error();
    member(section) = *std::move(parsed);
    return std::nullopt;
  };
  setting.show = [member, codec](const Section& section) { return codec.Show(member(section)); };
  setting.reset = [member](Section& section) {
    Section fresh;
    member(section) = std::move(member(fresh));
  };
  return setting;
}

template <typename Member, typename Codec>
Setting<Config> Plain(std::string_view key, std::string_view environment, Member member,
                      Codec codec) {
  return Make<Config>(key, environment, member, std::move(codec));
}

template <typename Member, typename Codec>
Setting<ApplicationConfig> App(std::string_view key, Member member, Codec codec) {
  return Make<ApplicationConfig>(key, "", member, std::move(codec));
}

template <typename Member, typename Codec>
Setting<RuleConfig> Rule(std::string_view key, Member member, Codec codec) {
  return Make<RuleConfig>(key, "", member, std::move(codec));
}

template <typename Section>
Setting<Section> Choice(std::string_view group, int choice, Setting<Section> setting) {
  setting.group = group;
  setting.choice = choice;
  return setting;
}

template <typename Section>
Setting<Section> Required(Setting<Section> setting) {
  setting.required = true;
  return setting;
}

template <typename Section>
Setting<Section> Environment(std::string_view name, Setting<Section> setting) {
  setting.environment = name;
  return setting;
}

template <typename Section>
Setting<Section> Headers() {
  Setting<Section> setting;
  setting.key = "headers";
  setting.secret = true;
  setting.is_table = true;
  setting.set = [](Section& section, const RawValue& value) -> std::optional<std::string> {
    auto header = HeaderCodec::Read(value);
    if (!header) return header.error();
    section.headers.push_back(*std::move(header));
    return std::nullopt;
  };
  setting.show = [](const Section& section) { return HeaderCodec::Show(section.headers); };
  setting.reset = [](Section& section) { section.headers.clear(); };
  return setting;
}

Setting<RuleConfig> Labels() {
  Setting<RuleConfig> setting;
  setting.key = "labels";
  setting.is_table = true;
  setting.set = [](RuleConfig& rule, const RawValue& value) -> std::optional<std::string> {
    auto label = LabelCodec::Read(value);
    if (!label) return label.error();
    rule.labels.insert(*std::move(label));
    return std::nullopt;
  };
  setting.show = [](const RuleConfig& rule) { return LabelCodec::Show(rule.labels); };
  setting.reset = [](RuleConfig& rule) { rule.labels.clear(); };
  return setting;
}

const TextCodec kWord{"a text without blanks", IsWord};
const TextCodec kUrl{"a URL that begins with http:// or https://", IsUrl};
const TextCodec kRequiredUrl{"a URL that begins with http:// or https://", IsUrl, false};
const TextCodec kAddress{"one mail address such as \"name@example.org\", without a name before it",
                         IsMailAddress};
const TextCodec kName{"a name of at most 128 bytes on one line", IsName, false};
const TextCodec kPointer{"a JSON Pointer such as \"/errors/ratio\"", IsJsonPointer, false};
const TextCodec kListen{"ADDR:PORT such as \"127.0.0.1:9301\", or \"none\"", IsListenAddress,
                        false};
const TextCodec kTimeZone{"a time zone such as \"Europe/Berlin\"", IsTimeZone};
const ListCodec kAddresses{"mail addresses such as \"name@example.org\"", IsMailAddress};
const DurationCodec<std::chrono::milliseconds> kInterval{{200ms, 1h, 1s, true}};
const DurationCodec<std::chrono::milliseconds> kTimeout{{1ms, 1h}};
const DurationCodec<std::chrono::milliseconds> kSilence{{1s, std::chrono::hours(30 * 24)}};
const DurationCodec<std::chrono::seconds> kEventTime{{0ms, std::chrono::hours(30 * 24)}};

const DurationCodec<std::chrono::seconds> kNotificationTime{{0ms, std::chrono::hours(30 * 24)}};
const DurationCodec<std::chrono::seconds> kRestored{{1h, std::chrono::hours(36'525 * 24)}};

const std::string_view kPollInterval = "POLL_INTERVAL_SECONDS";

}  // namespace

const std::vector<Setting<Config>>& PlainSettings() {
  const ChoiceCodec<MysqlTls> tls{{{"off", MysqlTls::kOff}, {"verify", MysqlTls::kVerify}}};
  const ChoiceCodec<bool> on_off{{{"off", false}, {"on", true}}};
  const ChoiceCodec<SmtpSecurity> security{{{"starttls", SmtpSecurity::kStarttls},
                                            {"tls", SmtpSecurity::kTls},
                                            {"none", SmtpSecurity::kNone}}};
  const DurationCodec<std::chrono::seconds> window{{0ms, 24h}};
  const DurationCodec<std::chrono::minutes> first_read{
      {0ms, std::chrono::hours(366 * 24), std::chrono::minutes(1)}};
  const DurationCodec<std::chrono::seconds> gap_age{{1min, std::chrono::hours(30 * 24)}};
  const DurationCodec<std::chrono::milliseconds> backfill{};
  const DurationCodec<std::chrono::seconds> spool_age{{1min}};
  const ChoiceCodec<SpoolPolicy> spool_policy{{{"drop-oldest", SpoolPolicy::kDropOldest},
                                               {"drop-newest", SpoolPolicy::kDropNewest},
                                               {"block", SpoolPolicy::kBlock}}};
  // Shorter, and rows would go that the processor may still want: see processor.gap_age.
  const DurationCodec<std::chrono::seconds> kept{
      {std::chrono::hours(2 * 24), std::chrono::hours(36'525 * 24)}};
  static const std::vector<Setting<Config>> kSettings = {
      Plain("ca_file", "CA_FILE", MON_AT(ca_file), PathCodec{}),
      Plain("state_dir", "MONITORING_STATE_DIR", MON_AT(state_dir), PathCodec{}),

      Choice("server", 0, Plain("mysql.hosts", "MYSQL_HOST", MON_AT(mysql.hosts), ServersCodec{})),
      Choice("server", 1,
             Plain("mysql.socket", "MYSQL_SOCKET", MON_AT(mysql.socket), PathTextCodec{})),
      Plain("mysql.user", "MYSQL_USER", MON_AT(mysql.user), TextCodec{}),
      Plain("mysql.password", "MYSQL_PASSWORD", MON_AT(mysql.password), SecretCodec{}),
      Plain("mysql.admin_user", "MYSQL_ADMIN_USER", MON_AT(mysql.admin_user), TextCodec{}),
      Plain("mysql.admin_password", "MYSQL_ADMIN_PASSWORD", MON_AT(mysql.admin_password),
            SecretCodec{}),
      Plain("mysql.database", "MYSQL_DATABASE", MON_AT(mysql.database),
            TextCodec{"the name of a database", nullptr, false}),
      Plain("mysql.tls", "MYSQL_TLS", MON_AT(mysql.tls), tls),
      Plain("mysql.tls_ca", "", MON_AT(mysql.tls_ca), PathCodec{}),
      Plain("mysql.compression", "", MON_AT(mysql.compression), on_off),

      Plain("zabbix.url", "ZABBIX_URL", MON_AT(zabbix.url), kUrl),
      Choice("login", 0,
             Plain("zabbix.token", "ZABBIX_TOKEN", MON_AT(zabbix.token), SecretCodec{})),
      Choice("login", 1, Plain("zabbix.user", "ZABBIX_USER", MON_AT(zabbix.user), TextCodec{})),
      Choice("login", 1,
             Plain("zabbix.password", "ZABBIX_PASSWORD", MON_AT(zabbix.password), SecretCodec{})),
      Plain("zabbix.tls_ca", "", MON_AT(zabbix.tls_ca), PathCodec{}),
      Plain("zabbix.timeout", "", MON_AT(zabbix.timeout), kTimeout),

      Choice("mail", 0, Plain("smtp.host", "SMTP_SERVER_HOST", MON_AT(smtp.host), kWord)),
      Plain("smtp.port", "SMTP_SERVER_PORT", MON_AT(smtp.port), PortCodec{}),
      Plain("smtp.security", "SMTP_SECURITY", MON_AT(smtp.security), security),
      Plain("smtp.from", "SMTP_EMAIL_ADDRESS", MON_AT(smtp.from), kAddress),
      Plain("smtp.to", "RECIPIENT_EMAIL_ADDRESS", MON_AT(smtp.to), kAddresses),
      Plain("smtp.user", "", MON_AT(smtp.user), TextCodec{}),
      Plain("smtp.password", "SMTP_EMAIL_PASSWORD", MON_AT(smtp.password), SecretCodec{}),
      Choice("mail", 1, Plain("smtp.maildir", "", MON_AT(smtp.maildir), PathCodec{})),
      Plain("smtp.tls_ca", "", MON_AT(smtp.tls_ca), PathCodec{}),

      Plain("mail.time_zone", "", MON_AT(mail.time_zone), kTimeZone),
      Plain("mail.grafana_url", "", MON_AT(mail.grafana_url), kUrl),

      Plain("aggregator.interval", kPollInterval, MON_AT(aggregator.interval), kInterval),
      Plain("aggregator.listen", "", MON_AT(aggregator.listen), kListen),
      Plain("aggregator.backfill", "", MON_AT(aggregator.backfill), backfill),
      Plain("aggregator.share", "", MON_AT(aggregator.share), on_off),

      Plain("spool.max_size", "", MON_AT(spool.max_bytes), SizeCodec{1U << 20U}),
      Plain("spool.max_age", "", MON_AT(spool.max_age), spool_age),
      Plain("spool.policy", "", MON_AT(spool.policy), spool_policy),

      Plain("retention.history", "", MON_AT(retention.history), kept),
      Plain("retention.metrics", "", MON_AT(retention.metrics), kept),
      Plain("retention.quarantine", "", MON_AT(retention.quarantine), kept),
      Plain("retention.restored", "", MON_AT(retention.restored), kRestored),
      Plain("retention.directory", "", MON_AT(retention.directory), PathCodec{}),

      Plain("processor.interval", kPollInterval, MON_AT(processor.interval), kInterval),
      Plain("processor.listen", "", MON_AT(processor.listen), kListen),
      Plain("processor.window", "CORRELATION_WINDOW_SECONDS", MON_AT(processor.window), window),
      Plain("processor.first_read", "DATA_FETCH_INTERVAL_MINUTES", MON_AT(processor.first_read),
            first_read),
      Plain("processor.gap_age", "", MON_AT(processor.gap_age), gap_age),
      Plain("processor.share", "", MON_AT(processor.share), on_off),

      Plain("alerting.interval", kPollInterval, MON_AT(alerting.interval), kInterval),
      Plain("alerting.listen", "", MON_AT(alerting.listen), kListen),

      Plain("alerting.flapping", "", MON_AT(alerting.flapping), CountCodec{}),
      Plain("alerting.digest", "", MON_AT(alerting.digest), kNotificationTime),
      Plain("alerting.mails_per_hour", "", MON_AT(alerting.mails_per_hour), CountCodec{}),

      Plain("watch.after", "", MON_AT(watch.after), kSilence),
      Plain("watch.mail_after", "", MON_AT(watch.mail_after), kSilence),
      Plain("watch.heartbeat_url", "", MON_AT(watch.heartbeat_url), kUrl),

      Plain("detector.alerts_per_month", "", MON_AT(detector.alerts_per_month), RateCodec{}),
  };
  return kSettings;
}

const std::vector<Setting<MysqlPort>>& MysqlPortSettings() {
  static const std::vector<Setting<MysqlPort>> kSettings = {
      Make<MysqlPort>("mysql.port", "MYSQL_PORT", MON_AT(port), PortCodec{})};
  return kSettings;
}

const std::vector<Setting<ApplicationConfig>>& ApplicationSettings() {
  static const std::vector<Setting<ApplicationConfig>> kSettings = {
      Required(App("name", MON_AT(name), kName)),
      Required(Environment("HYPHENMON_URL", App("url", MON_AT(url), kRequiredUrl))),
      Environment("ZABBIX_HOSTID", App("zabbix_hosts", MON_AT(zabbix_hosts), ListCodec{})),
      App("zabbix_groups", MON_AT(zabbix_groups), ListCodec{}),
      App("zabbix_tags", MON_AT(zabbix_tags), ListCodec{}),
      App("items", MON_AT(items), ListCodec{}),
      App("items_exclude", MON_AT(items_exclude), ListCodec{}),
      App("depends_on", MON_AT(depends_on), ListCodec{"names of applications"}),
      App("timeout", MON_AT(timeout), kTimeout),
      Headers<ApplicationConfig>(),
      Choice("authorization", 0, App("basic_user", MON_AT(basic_user), TextCodec{})),
      Choice("authorization", 0, App("basic_password", MON_AT(basic_password), SecretCodec{})),
      Choice("authorization", 1, App("bearer_token", MON_AT(bearer_token), SecretCodec{})),
      App("tls_ca", MON_AT(tls_ca), PathCodec{}),
      App("tls_cert", MON_AT(tls_cert), PathCodec{}),
      App("tls_key", MON_AT(tls_key), PathCodec{}),
      App("proxy", MON_AT(proxy), kWord),
      App("fields.timestamp", MON_AT(fields.timestamp), kPointer),
      App("fields.response_time_ms", MON_AT(fields.response_time_ms), kPointer),
      App("fields.error_rate", MON_AT(fields.error_rate), kPointer),
  };
  return kSettings;
}

const std::vector<Setting<RuleConfig>>& RuleSettings() {
  const ChoiceCodec<Severity> severity{{{"info", Severity::kInfo},
                                        {"warning", Severity::kWarning},
                                        {"critical", Severity::kCritical}}};
  static const std::vector<Setting<RuleConfig>> kSettings = {
      Required(Rule("name", MON_AT(name), kName)),
      Required(Environment("ERROR_RATE_THRESHOLD", Rule("expr", MON_AT(expr), ExpressionCodec{}))),
      Rule("for", MON_AT(for_), kEventTime),
      Rule("keep_firing_for", MON_AT(keep_firing_for), OptionalCodec{kEventTime}),
      Rule("severity", MON_AT(severity), severity),
      Rule("summary", MON_AT(summary), TextCodec{"a text on one line", nullptr, false}),

      Rule("recovery", MON_AT(recovery), TextCodec{"an expression such as \"error_rate < 0.2\""}),
      Labels(),
      Rule("description", MON_AT(description), ParagraphCodec{}),
      Rule("owner", MON_AT(owner), TextCodec{}),
      Rule("runbook", MON_AT(runbook), kUrl),
  };
  return kSettings;
}

const std::vector<Setting<RouteConfig>>& RouteSettings() {
  const ListCodec labels{"names of labels", IsLabelName};
  static const std::vector<Setting<RouteConfig>> kSettings = {
      Make<RouteConfig>("match", "", MON_AT(match), TextCodec{}),
      Make<RouteConfig>("receivers", "", MON_AT(receivers), ListCodec{}),
      Make<RouteConfig>("continue", "", MON_AT(continues), BoolCodec{}),
      Make<RouteConfig>("active", "", MON_AT(active), TextCodec{}),
      Make<RouteConfig>("group_by", "", MON_AT(group_by), OptionalCodec{labels}),
      Make<RouteConfig>("wait", "", MON_AT(wait), kNotificationTime),
      Make<RouteConfig>("interval", "", MON_AT(interval), kNotificationTime),
      Make<RouteConfig>("repeat", "", MON_AT(repeat), kNotificationTime),
      Make<RouteConfig>("escalate", "", MON_AT(escalate), ListCodec{}),
  };
  return kSettings;
}

const std::vector<Setting<ReceiverConfig>>& ReceiverSettings() {
  const TextCodec name{"a name of letters, digits and _ . -", IsReceiverName, false};
  const SecretCodec url{"a URL that begins with http:// or https://", IsUrl};
  const ChoiceCodec<WebhookFormat> format{{{"alertmanager", WebhookFormat::kAlertmanager},
                                           {"slack", WebhookFormat::kSlack},
                                           {"teams", WebhookFormat::kTeams}}};
  static const std::vector<Setting<ReceiverConfig>> kSettings = {
      Required(Make<ReceiverConfig>("name", "", MON_AT(name), name)),
      Make<ReceiverConfig>("mail", "", MON_AT(mail), kAddresses),
      Make<ReceiverConfig>("webhook_url", "", MON_AT(webhook_url), url),
      Make<ReceiverConfig>("format", "", MON_AT(format), format),
      Headers<ReceiverConfig>(),
      Make<ReceiverConfig>("bearer_token", "", MON_AT(bearer_token), SecretCodec{}),
      Make<ReceiverConfig>("tls_ca", "", MON_AT(tls_ca), PathCodec{}),
      Make<ReceiverConfig>("proxy", "", MON_AT(proxy), kWord),
      Make<ReceiverConfig>("command", "", MON_AT(command), ListCodec{}),
      Make<ReceiverConfig>("timeout", "", MON_AT(timeout), kTimeout),
  };
  return kSettings;
}

const std::vector<Setting<ContextConfig>>& ContextSettings() {
  const TextCodec pattern{"a pattern of names such as \"shop*\"", IsName, false};
  const ChoiceCodec<ContextRole> role{{{"cause", ContextRole::kCause},
                                       {"symptom", ContextRole::kSymptom},
                                       {"unrelated", ContextRole::kUnrelated}}};
  static const std::vector<Setting<ContextConfig>> kSettings = {
      Required(Make<ContextConfig>("application", "", MON_AT(application), pattern)),
      Make<ContextConfig>("hosts", "", MON_AT(hosts), ListCodec{"patterns of hosts"}),
      Make<ContextConfig>("tags", "", MON_AT(tags), ListCodec{}),
      Make<ContextConfig>("items", "", MON_AT(items), ListCodec{"patterns of item keys"}),
      Make<ContextConfig>("active", "", MON_AT(active), TextCodec{}),
      Make<ContextConfig>("role", "", MON_AT(role), OptionalCodec{role}),
      Make<ContextConfig>("window", "", MON_AT(window), OptionalCodec{JoinWindowCodec{}}),
  };
  return kSettings;
}

const std::vector<Setting<InhibitConfig>>& InhibitSettings() {
  const ListCodec labels{"names of labels", IsLabelName};
  const TextCodec matchers{"matchers such as 'severity=\"critical\"'", nullptr, false};
  static const std::vector<Setting<InhibitConfig>> kSettings = {
      Required(Make<InhibitConfig>("source", "", MON_AT(source), matchers)),
      Required(Make<InhibitConfig>("target", "", MON_AT(target), matchers)),
      Make<InhibitConfig>("equal", "", MON_AT(equal), labels),
  };
  return kSettings;
}

}  // namespace mon::config
