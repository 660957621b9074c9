#include <fstream>

#include "alerting-system/delivery_fixture.h"

// What becomes of each mail.

namespace mon::mail_delivery {
namespace {

TEST_F(DeliveryTest, PictureIsDrawnOnTheWayOut) {
  auto mail = Mail("problem");
  mail.chart =
      R"({"from":1,"to":9,"onset":5,"panels":[{"title":"error_rate","units":"","points":[[1,0.1],[9,0.9]]}]})";
  InTransaction([&] {
    return alerting_system::Enqueue(connection_, 17, ReportKind::kProblem, mail,
                                    Strings{"a@example.org"});
  });
  EXPECT_EQ(Deliver().sent, 1U);
  EXPECT_THAT(transport_.asked.at(0).bytes, HasSubstr("Content-Type: image/png\r\n"));
}

TEST_F(DeliveryTest, MailThatCannotHaveItsPictureGoesWithoutIt) {
  auto mail = Mail("problem");
  mail.chart = R"({"from":1})";
  InTransaction([&] {
    return alerting_system::Enqueue(connection_, 17, ReportKind::kProblem, mail,
                                    Strings{"a@example.org"});
  });
  EXPECT_EQ(Deliver().sent, 1U);
  EXPECT_THAT(transport_.asked.at(0).bytes, testing::Not(HasSubstr("image/png")));
}

TEST_F(DeliveryTest, QueueingIsPartOfTheCallersTransaction) {
  {
    auto transaction = mysql::Transaction::Begin(connection_);
    const Strings recipients = {"a@x.org"};
    ASSERT_TRUE(alerting_system::Enqueue(connection_, 17, ReportKind::kProblem, Mail("problem"),
                                         recipients));
  }
  EXPECT_THAT(Statuses(), IsEmpty());
  EXPECT_EQ(State().due, 0U);
}

TEST_F(DeliveryTest, QueueingTheSameMailTwiceLeavesOne) {
  Problem({"a@x.org", "a@x.org", "b@x.org"});
  Problem({"c@x.org"});
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org queued", "problem b@x.org queued"));
  EXPECT_EQ(State().due, 2U);
}

TEST_F(DeliveryTest, EachRecipientGetsTheMailOnce) {
  Problem({"a@x.org", "b@x.org"});
  const auto summary = Deliver();
  EXPECT_EQ(summary.sent, 2U);
  EXPECT_EQ(summary.exit_code, ExitCode::kOk);
  EXPECT_THAT(summary.problems, IsEmpty());
  Deliver();
  EXPECT_THAT(transport_.Recipients(), ElementsAre("a@x.org", "b@x.org"));
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org sent", "problem b@x.org sent"));
  EXPECT_THAT(Attempts(), ElementsAre("a@x.org sent 250 ok", "b@x.org sent 250 ok"));
  EXPECT_EQ(State().due, 0U);
}

TEST_F(DeliveryTest, NothingDueIsNoFailure) { EXPECT_EQ(Deliver().exit_code, ExitCode::kOk); }

TEST_F(DeliveryTest, RefusedRecipientIsNamedAndTheOthersGetTheirs) {
  Problem({"a@x.org", "b@x.org", "c@x.org"});
  transport_.answers = {Receipt{Status::kSent, "250 ok", false}, Refused()};
  testing::internal::CaptureStderr();
  const auto summary = Deliver();
  const std::string log = testing::internal::GetCapturedStderr();
  EXPECT_EQ(summary.exit_code, ExitCode::kUnavailable);
  EXPECT_THAT(summary.problems, IsEmpty()) << "told twice";
  EXPECT_THAT(log, HasSubstr("b@x.org was refused: 550 5.1.1 unknown (no further attempt"));
  EXPECT_THAT(Statuses(),
              ElementsAre("problem a@x.org sent", "problem b@x.org dead", "problem c@x.org sent"));
  MakeRetriesDue();
  EXPECT_EQ(Deliver().exit_code, ExitCode::kOk);
  EXPECT_EQ(transport_.asked.size(), 3U) << "a dead mail is not tried again";
}

TEST_F(DeliveryTest, WhileTheMailServerIsAwayReceiversGetTheirs) {
  receivers_ = receivers::Receivers(ConfigOf({{"pager", "exit 0"}}));
  Problem({"a@x.org", "b@x.org", "command:pager"});
  transport_.answers = {Fail(ErrorCode::kUnavailable, "mail server away")};
  const auto summary = Deliver();
  EXPECT_EQ(summary.exit_code, ExitCode::kUnavailable);
  EXPECT_EQ(summary.service_error, "mail server away");
  EXPECT_EQ(transport_.asked.size(), 1U);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org queued", "problem b@x.org queued",
                                      "problem command:pager sent"));
}

TEST_F(DeliveryTest, AReceiverThatIsAwayHoldsNobodyElseUp) {
  Config config = ConfigOf({{"gone", ""}, {"pager", "exit 0"}});
  config.receivers[0].command = {"/nowhere/page"};
  receivers_ = receivers::Receivers(config);
  Problem({"a@x.org", "command:gone", "command:pager"}, 17);
  Problem({"a@x.org", "command:gone", "command:pager"}, 18);
  const auto summary = Deliver();
  EXPECT_EQ(summary.sent, 4U);
  EXPECT_EQ(summary.deferred, 1U) << "the second one is not tried now";
  EXPECT_THAT(summary.service_error, HasSubstr("command of receiver gone: cannot be started"));
  EXPECT_EQ(transport_.asked.size(), 2U);
}

TEST_F(DeliveryTest, AReceiverGetsThePayloadThatWasQueued) {
  const std::string file = directory_.Path() + "/input";
  receivers_ = receivers::Receivers(ConfigOf({{"pager", "cat > " + file}}));
  ComposedMail mail = Mail("problem");
  mail.payload = R"({"version":"4","groupKey":"of the queue"})";
  const Strings recipients = {"command:pager"};
  InTransaction([&] {
    return alerting_system::Enqueue(connection_, 17, ReportKind::kProblem, mail, recipients);
  });
  EXPECT_EQ(Deliver().sent, 1U);
  std::ifstream input(file);
  const std::string text{std::istreambuf_iterator<char>(input), {}};
  EXPECT_EQ(text, R"({"receiver":"pager","version":"4","groupKey":"of the queue"})");
}

TEST_F(DeliveryTest, AReceiverThatIsConfiguredNoMoreIsADeadLetterThatCanBeRetried) {
  Problem({"command:pager"});
  Deliver();
  EXPECT_THAT(Statuses(), ElementsAre("problem command:pager dead"));
  InTransaction(
      [&] { return alerting_system::RetryDeadLetters(connection_, {}, "command:pager"); });
  receivers_ = receivers::Receivers(ConfigOf({{"pager", "exit 0"}}));
  EXPECT_EQ(Deliver().sent, 1U);
}

TEST_F(DeliveryTest, AServerThatAsksForTimeGetsIt) {
  test::ScriptedServer server([](test::Connection& connection) {
    connection.ReadRequest();
    connection.Reply(429, "slowly", "Retry-After: 7200\r\n");
  });
  Config config;
  config.receivers.emplace_back();
  config.receivers[0].name = "hook";
  config.receivers[0].webhook_url = Secret(server.Url());
  receivers_ = receivers::Receivers(config);
  Problem({"webhook:hook"}, 17);
  Problem({"webhook:hook"}, 18);
  EXPECT_EQ(Deliver().deferred, 1U) << "nor is it asked for the next one at once";
  EXPECT_EQ(database_.Query("SELECT COUNT(*) FROM notification_recipients WHERE next_attempt_at >"
                            " CURRENT_TIMESTAMP(3) + INTERVAL 7100 SECOND")[0][0],
            "1");
  EXPECT_THAT(Attempts(), ElementsAre("webhook:hook deferred HTTP 429: slowly"));
}

TEST_F(DeliveryTest, DeferredMailIsTriedLaterWithTheSameBytes) {
  Problem({"a@x.org"});
  transport_.answers = {Deferred()};
  EXPECT_EQ(Deliver().exit_code, ExitCode::kUnavailable);
  EXPECT_EQ(State().due, 0U) << "it waits";
  EXPECT_EQ(Deliver().exit_code, ExitCode::kOk) << "a mail that waits for its retry is no failure";
  EXPECT_EQ(transport_.asked.size(), 1U);
  MakeRetriesDue();
  EXPECT_EQ(Deliver().sent, 1U);
  ASSERT_EQ(transport_.asked.size(), 2U);
  EXPECT_EQ(transport_.asked[0].bytes, transport_.asked[1].bytes);
  EXPECT_THAT(Attempts(), ElementsAre("a@x.org deferred 451 4.3.0 busy", "a@x.org sent 250 ok"));
}

TEST_F(DeliveryTest, UncertainMailIsRepeatedWithTheSameMessageId) {
  Problem({"a@x.org"});
  transport_.answers = {Uncertain()};
  EXPECT_EQ(Deliver().uncertain, 1U);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org uncertain"));
  MakeRetriesDue();
  EXPECT_EQ(State().due, 1U);
  EXPECT_EQ(Deliver().sent, 1U);
  EXPECT_EQ(transport_.asked[0].message_id, transport_.asked[1].message_id);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org sent"));
}

TEST_F(DeliveryTest, UncertainMailThatIsGivenUpStaysUncertain) {
  Problem({"a@x.org"});
  transport_.answers = {Uncertain(), Refused()};
  Deliver();
  MakeRetriesDue();
  Deliver();
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org uncertain"));
  MakeRetriesDue();
  Deliver();
  EXPECT_EQ(transport_.asked.size(), 2U);
}

TEST_F(DeliveryTest, RecoveryGoesToThoseWhoGotTheProblemMailAndIsInItsThread) {
  Problem({"a@x.org", "b@x.org"});
  transport_.answers = {Receipt{Status::kSent, "250 ok", false}, Refused()};
  Deliver();
  Recovery();
  Deliver();
  EXPECT_THAT(transport_.Recipients(), ElementsAre("a@x.org", "b@x.org", "a@x.org"));
  EXPECT_THAT(transport_.asked[2].bytes,
              HasSubstr("\r\nReferences: <" + transport_.asked[0].message_id + ">\r\n"));
  EXPECT_THAT(transport_.asked[0].bytes, testing::Not(HasSubstr("References")));
}

TEST_F(DeliveryTest, RecoveryIsNotSkippedWhereAnotherMailOfTheThreadCameThrough) {
  Problem({"a@x.org"});
  Deliver();
  auto reminder = Mail("reminder");
  InTransaction([&] {
    return alerting_system::Enqueue(connection_, 17, ReportKind::kReminder, reminder,
                                    Strings{"a@x.org"});
  });
  Recovery();
  transport_.answers = {Refused()};
  Deliver();
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org sent", "reminder a@x.org dead",
                                      "recovery a@x.org sent"));
}

TEST_F(DeliveryTest, RecoveryWithoutAnyProblemMailIsNotQueued) {
  Recovery();
  EXPECT_EQ(database_.QueryOne("SELECT COUNT(*) FROM notifications"), "0");
}

TEST_F(DeliveryTest, RecoveryNeverOvertakesTheProblemMail) {
  Problem({"a@x.org"});
  transport_.answers = {Deferred()};
  Deliver();
  Recovery();
  EXPECT_EQ(State().due, 0U);
  Deliver();
  EXPECT_EQ(transport_.asked.size(), 1U);
  MakeRetriesDue();
  Deliver();
  ASSERT_EQ(transport_.asked.size(), 3U);
  EXPECT_THAT(transport_.asked[1].bytes, HasSubstr("Subject: problem"));
  EXPECT_THAT(transport_.asked[2].bytes, HasSubstr("Subject: recovery"));
}

TEST_F(DeliveryTest, RecoveryIsSkippedWhenTheProblemMailIsRefusedAfterAll) {
  Problem({"a@x.org", "b@x.org"});
  Recovery();
  transport_.answers = {Refused()};
  Deliver();
  EXPECT_THAT(transport_.Recipients(), ElementsAre("a@x.org", "b@x.org", "b@x.org"));
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org dead", "problem b@x.org sent",
                                      "recovery a@x.org skipped", "recovery b@x.org sent"));
}

TEST_F(DeliveryTest, TooOldAMailIsGivenUpWithItsRecovery) {
  Problem({"a@x.org"});
  Recovery();
  database_.Execute("UPDATE notifications SET created_at = created_at - INTERVAL 4 DAY");
  transport_.answers = {Deferred()};
  testing::internal::CaptureStderr();
  const auto summary = Deliver();
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("no further attempt"));
  EXPECT_THAT(summary.problems, IsEmpty()) << "told twice";
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org dead", "recovery a@x.org skipped"));
}

TEST_F(DeliveryTest, HigherPriorityGoesFirst) {
  Problem({"a@x.org"}, 1, 4);
  Problem({"b@x.org"}, 2, 1);
  Deliver();
  EXPECT_THAT(transport_.Recipients(), ElementsAre("b@x.org", "a@x.org"));
}

TEST_F(DeliveryTest, MailThatCannotBeBuiltIsDeadAndDoesNotStopTheOthers) {
  Problem({"bad\r\nRCPT TO:<x@x.org>", "b@x.org"});
  const auto summary = Deliver();
  EXPECT_EQ(summary.refused, 1U);
  EXPECT_EQ(summary.sent, 1U);
  EXPECT_THAT(transport_.Recipients(), ElementsAre("b@x.org"));
}

TEST_F(DeliveryTest, LongRepliesAreCutToTheColumn) {
  Problem({"a@x.org"});
  transport_.answers = {Receipt{Status::kRefused, "550 " + std::string(5'000, 'x'), false}};
  EXPECT_EQ(Deliver().refused, 1U);
}

TEST(RetryDelayTest, DoublesUpToTheLongestWithJitter) {
  const DeliveryOptions options;
  std::mt19937_64 random(1);
  std::map<int, std::pair<std::int64_t, std::int64_t>> bounds = {
      {1, {15, 30}}, {2, {30, 60}}, {3, {60, 120}}, {20, {900, 1'800}}, {1'000'000, {900, 1'800}}};
  for (const auto& [attempts, range] : bounds) {
    std::int64_t least = 1'000'000;
    std::int64_t most = 0;
    for (int i = 0; i < 2'000; ++i) {
      const auto delay = RetryDelay(attempts, options, options.longest_retry, random).count();
      ASSERT_GE(delay, range.first);
      ASSERT_LE(delay, range.second);
      least = std::min(least, delay);
      most = std::max(most, delay);
    }
    EXPECT_GT(most - least, (range.second - range.first) / 2) << "no jitter";
  }
}

}  // namespace
}  // namespace mon::mail_delivery
