#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "alerting_system/dead_letters.h"
#include "mail_delivery/delivery.h"
#include "mysql/lease.h"
#include "support/child_process.h"
#include "support/mariadb_server.h"
#include "support/scripted_server.h"

namespace mon::mail_delivery {

using alerting_system::ComposedMail;
using alerting_system::ReportKind;
using mail_transport::OutgoingMail;
using mail_transport::Receipt;
using mail_transport::Status;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Strings = std::vector<std::string>;

/// Takes every mail, unless told otherwise, and keeps a record.
class FakeTransport final : public mail_transport::MailTransport {
 public:
  Result<Receipt> Send(const OutgoingMail& mail, std::stop_token) override {
    asked.push_back(mail);
    if (on_send) on_send();
    if (answers.empty()) return Receipt{Status::kSent, "250 ok", false};
    auto answer = answers.front();
    answers.pop_front();
    return answer;
  }
  std::string Name() const override { return "fake"; }

  [[nodiscard]] Strings Recipients() const {
    Strings all;
    for (const auto& mail : asked) all.push_back(mail.to);
    return all;
  }

  std::deque<Result<Receipt>> answers;
  std::vector<OutgoingMail> asked;
  std::function<void()> on_send;
};

inline Receipt Refused() { return {Status::kRefused, "550 5.1.1 unknown", false}; }
inline Receipt Deferred() { return {Status::kDeferred, "451 4.3.0 busy", false}; }
inline Receipt Uncertain() { return {Status::kUncertain, "connection lost", true}; }

inline ComposedMail Mail(const std::string& kind, int alert = 17, int priority = 1) {
  ComposedMail mail;
  mail.subject = kind + " of alert " + std::to_string(alert);
  mail.body_text = "text\n";
  mail.body_html = "<p>text</p>\n";
  mail.thread_key = "alert/" + std::to_string(alert);
  mail.dedup_key = mail.thread_key + "/" + kind;
  mail.priority = priority;
  return mail;
}

class DeliveryTest : public testing::Test {
 protected:
  // One database for all: making one takes longer than all that these tests do with it.
  static void SetUpTestSuite() { shared_ = std::make_unique<test::TestDatabase>(); }
  static void TearDownTestSuite() { shared_.reset(); }
  void SetUp() override {
    for (const char* table :
         {"notification_attempts", "notification_recipients", "notifications", "leases"}) {
      database_.Execute(std::string("DELETE FROM ") + table);
    }
  }

  void Problem(const Strings& recipients, int alert = 17, int priority = 1) {
    InTransaction([&] {
      return alerting_system::Enqueue(connection_, alert, ReportKind::kProblem,
                                      Mail("problem", alert, priority), recipients);
    });
  }
  /// To those to whom the problem mail went.
  void Recovery(int alert = 17) {
    Strings recipients;
    for (const auto& row : database_.Query(
             "SELECT DISTINCT r.recipient FROM notification_recipients r JOIN notifications n"
             " ON n.id = r.notification_id WHERE n.thread_key = 'alert/" +
             std::to_string(alert) + "'")) {
      recipients.push_back(row[0]);
    }
    InTransaction([&] {
      return alerting_system::Enqueue(connection_, alert, ReportKind::kRecovery,
                                      Mail("recovery", alert), recipients);
    });
  }
  template <typename F>
  void InTransaction(F work) {
    auto transaction = mysql::Transaction::Begin(connection_);
    ASSERT_TRUE(transaction);
    const auto done = work();
    ASSERT_TRUE(done) << done.error().message;
    ASSERT_TRUE(transaction->Commit());
  }

  /// Receivers that run a shell command.
  static Config ConfigOf(const std::map<std::string, std::string>& commands) {
    Config config;
    for (const auto& [name, command] : commands) {
      ReceiverConfig& receiver = config.receivers.emplace_back();
      receiver.name = name;
      receiver.command = {"/bin/sh", "-c", command};
    }
    return config;
  }

  DeliverySummary Deliver() {
    auto summary =
        DeliverDue(connection_, channels_, settings_, zone_, options_, stop_.get_token());
    EXPECT_TRUE(summary) << summary.error().message;
    return summary.value_or(DeliverySummary{});
  }

  /// "oncall@example.org sent", by notification and recipient.
  Strings Statuses() {
    Strings all;
    for (const auto& row :
         database_.Query("SELECT n.kind, r.recipient, r.status FROM notification_recipients r JOIN "
                         "notifications"
                         " n ON n.id = r.notification_id ORDER BY n.id, r.recipient")) {
      all.push_back(row[0] + " " + row[1] + " " + row[2]);
    }
    return all;
  }
  Strings Attempts() {
    Strings all;
    for (const auto& row : database_.Query(
             "SELECT recipient, outcome, reply FROM notification_attempts ORDER BY id")) {
      all.push_back(row[0] + " " + row[1] + " " + row[2]);
    }
    return all;
  }
  void MakeRetriesDue() {
    database_.Execute(
        "UPDATE notification_recipients SET next_attempt_at = CURRENT_TIMESTAMP(3) - INTERVAL 1 "
        "SECOND"
        " WHERE next_attempt_at IS NOT NULL");
  }
  alerting_system::QueueState State() {
    const auto state = alerting_system::ReadQueueState(connection_);
    EXPECT_TRUE(state) << state.error().message;
    return state.value_or(alerting_system::QueueState{});
  }

  inline static std::unique_ptr<test::TestDatabase> shared_;
  test::TestDatabase& database_ = *shared_;
  mysql::Connection connection_ = database_.Connect(test::Account::kProcessor);
  FakeTransport transport_;
  test::TemporaryDirectory directory_;
  receivers::Receivers receivers_{ConfigOf({})};
  const Channels channels_{transport_, receivers_};
  alerting_system::MailSettings settings_{"monitoring@example.org", {}, {}, {}};
  alerting_system::TimeZone zone_ = alerting_system::TimeZone::Utc();
  DeliveryOptions options_;
  std::stop_source stop_;
};

}  // namespace mon::mail_delivery
