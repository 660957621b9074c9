#include <thread>

#include "alerting-system/delivery_fixture.h"

// How a run of the delivery ends, and what the next one finds.

namespace mon::mail_delivery {
namespace {

TEST_F(DeliveryTest, UnreachableServerEndsTheRunAndEverythingStaysQueued) {
  Problem({"a@x.org", "b@x.org"});
  transport_.answers = {Fail(ErrorCode::kUnavailable, "mail server m:25: refused")};
  const auto summary = Deliver();
  EXPECT_EQ(summary.exit_code, ExitCode::kUnavailable);
  EXPECT_EQ(transport_.asked.size(), 1U);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org queued", "problem b@x.org queued"));
  MakeRetriesDue();
  EXPECT_EQ(Deliver().sent, 2U);
}

TEST_F(DeliveryTest, RefusedLoginAndFullDiskHaveTheirOwnExitCodes) {
  Problem({"a@x.org"});
  transport_.answers = {Fail(ErrorCode::kRejected, "login refused"),
                        Fail(ErrorCode::kIo, "disk full")};
  EXPECT_EQ(Deliver().exit_code, ExitCode::kNoPermission);
  MakeRetriesDue();
  EXPECT_EQ(Deliver().exit_code, ExitCode::kIo);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org queued"));
}

TEST_F(DeliveryTest, TwoUnansweredMailsInARowEndTheRun) {
  Problem({"a@x.org", "b@x.org", "c@x.org"});
  transport_.answers = {Receipt{Status::kDeferred, "no answer at RCPT TO", true},
                        Receipt{Status::kDeferred, "no answer at RCPT TO", true}};
  Deliver();
  EXPECT_EQ(transport_.asked.size(), 2U);
  EXPECT_EQ(State().due, 1U);
}

TEST_F(DeliveryTest, MailOfADeadDeliveryBecomesUncertainAndIsRepeated) {
  Problem({"a@x.org"});
  InTransaction([&] { return alerting_system::ClaimNext(connection_); });
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org sending"));
  EXPECT_EQ(State().due, 1U);
  const auto summary = Deliver();
  EXPECT_EQ(summary.recovered, 1U);
  EXPECT_EQ(summary.sent, 1U);
  EXPECT_THAT(Attempts(), ElementsAre(HasSubstr("a@x.org uncertain"), "a@x.org sent 250 ok"));
}

TEST_F(DeliveryTest, SecondDeliveryIsBusyAndChangesNothing) {
  Problem({"a@x.org"});
  auto other = database_.Connect(test::Account::kProcessor);
  FakeTransport others;
  transport_.on_send = [&] {
    const auto second =
        DeliverDue(other, {others, receivers_}, settings_, zone_, options_, stop_.get_token());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kBusy);
    EXPECT_TRUE(State().at_work);
  };
  EXPECT_EQ(Deliver().sent, 1U);
  EXPECT_TRUE(others.asked.empty());
  EXPECT_FALSE(State().at_work);
}

TEST_F(DeliveryTest, LostLeaseEndsTheRunBeforeAnythingIsRecorded) {
  Problem({"a@x.org", "b@x.org"});
  transport_.on_send = [&] {
    database_.Execute("UPDATE leases SET token = token + 1 WHERE name = 'delivery'");
  };
  const auto run = DeliverDue(connection_, channels_, settings_, zone_, options_, {});
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, ErrorCode::kBusy);
  EXPECT_EQ(transport_.asked.size(), 1U);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org sending", "problem b@x.org queued"));
}

TEST_F(DeliveryTest, StopEndsTheRunAfterTheMailAtHand) {
  Problem({"a@x.org", "b@x.org"});
  transport_.on_send = [&] { stop_.request_stop(); };
  const auto summary = Deliver();
  EXPECT_EQ(summary.exit_code, ExitCode::kOk);
  EXPECT_THAT(Statuses(), ElementsAre("problem a@x.org sent", "problem b@x.org queued"));
}

TEST_F(DeliveryTest, ExchangeThatAStopEndedIsNoFailureAndDueAtOnce) {
  Problem({"a@x.org"});
  transport_.on_send = [&] { stop_.request_stop(); };
  transport_.answers = {Fail(ErrorCode::kUnavailable, "stopped")};
  EXPECT_EQ(Deliver().exit_code, ExitCode::kOk);
  EXPECT_EQ(State().due, 1U);
}

TEST_F(DeliveryTest, RunEndsAtItsTimeLimit) {
  Problem({"a@x.org", "b@x.org"});
  options_.max_runtime = std::chrono::milliseconds(1);
  transport_.on_send = [] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); };
  EXPECT_LE(Deliver().sent, 1U);
}

}  // namespace
}  // namespace mon::mail_delivery
