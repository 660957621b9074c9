#include "anomaly_detector/rule_state.h"

#include <gmock/gmock.h>

#include <limits>
#include <random>
#include <string>

namespace mon::anomaly_detector {
namespace {

using std::chrono_literals::operator""s;
using testing::HasSubstr;

constexpr Truth kT = Truth::kTrue;
constexpr Truth kF = Truth::kFalse;
constexpr Truth kU = Truth::kUnknown;

Timing For(std::chrono::seconds duration) {
  return {.for_ = duration, .keep_firing_for = {}, .expected_spacing = 10s};
}
Timing KeepFor(std::chrono::seconds duration) {
  return {.for_ = 0s, .keep_firing_for = duration, .expected_spacing = 10s};
}

/// One sample every 10 s from 0: 'T' true, 'F' false, '?' unknown, ' ' no sample. Answers with one
/// letter a sample: 'p' pending, '!' fired, 'r' resolved, '.' nothing, ' ' no sample.
std::string Play(const Timing& timing, const std::string& truths, RuleState state = {}) {
  std::string steps;
  for (std::size_t i = 0; i < truths.size(); ++i) {
    if (truths[i] == ' ') {
      steps += ' ';
      continue;
    }
    const Truth truth = truths[i] == 'T' ? kT : truths[i] == 'F' ? kF : kU;
    const StepResult result = Advance(state, timing, static_cast<std::int64_t>(i) * 10, truth);
    steps += std::string(".lp!r")[static_cast<std::size_t>(result.step)];
  }
  return steps;
}

/// The same of a rule with a recovery: 'T' true, 'M' neither that nor recovered, 'R' recovered, 'B'
/// both, '?' no truth and no recovery known.
std::string PlayRecovery(const Timing& timing, const std::string& samples) {
  std::string steps;
  RuleState state;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const char sample = samples[i];
    const Truth truth = sample == '?' ? kU : sample == 'T' || sample == 'B' ? kT : kF;
    const Truth recovery = sample == '?' ? kU : sample == 'R' || sample == 'B' ? kT : kF;
    const StepResult result =
        Advance(state, timing, static_cast<std::int64_t>(i) * 10, truth, recovery);
    steps += std::string(".lp!r")[static_cast<std::size_t>(result.step)];
  }
  return steps;
}

TEST(RuleStateTest, RecoveryEndsIncidentsInsteadOfAFalseCondition) {
  EXPECT_EQ(PlayRecovery(For(0s), "TMMMMRR"), "!.....r");
  EXPECT_EQ(PlayRecovery(For(0s), "TRMRR"), "!...r") << "two in a row";
  EXPECT_EQ(PlayRecovery(For(0s), "TR?R"), "!..r") << "unknown interrupts no row";
  EXPECT_EQ(PlayRecovery(For(0s), "TBBB"), "!...") << "it is not over while the condition is true";
}

TEST(RuleStateTest, RecoveryHasToLastForTheTimeToKeepFiring) {
  EXPECT_EQ(PlayRecovery(KeepFor(30s), "TMRRRR"), "!....r");
  EXPECT_EQ(PlayRecovery(KeepFor(30s), "TRRMRRRR"), "!......r");
}

TEST(RuleStateTest, RecoveryIsNotAskedBeforeItFires) {
  EXPECT_EQ(PlayRecovery(For(20s), "TTMTTT"), "p..p.!");
  EXPECT_EQ(PlayRecovery(For(20s), "BBBB"), "p.!.");
}

TEST(RuleStateTest, FiresAtOnceWithoutFor) { EXPECT_EQ(Play(For(0s), "FTTT"), ".!.."); }

TEST(RuleStateTest, FiresWhenTheConditionHasHeldForLongEnough) {
  EXPECT_EQ(Play(For(30s), "FTTTTT"), ".p..!.");
  EXPECT_EQ(Play(For(25s), "FTTTTT"), ".p..!.");
  EXPECT_EQ(Play(For(31s), "FTTTTT"), ".p...!");
}

TEST(RuleStateTest, AFalseSampleBeginsTheRunAnew) { EXPECT_EQ(Play(For(20s), "TTFTTT"), "p..p.!"); }

TEST(RuleStateTest, AGapOfMoreThanTwoAndAHalfSpacingsBeginsTheRunAnew) {
  // Spacing 10 s: 20 s is no gap, 30 s is one.
  EXPECT_EQ(Play(For(40s), "TT TT"), "p. .!");
  EXPECT_EQ(Play(For(40s), "TT  TTTTT"), "p.  p...!");
}

TEST(RuleStateTest, TheUsualSpacingIsTheConfiguredOneUntilTwentyAreKnown) {
  Timing timing = For(40s);
  timing.expected_spacing = 3s;  // so that even neighbouring samples are 10 s, a gap
  EXPECT_EQ(Play(timing, "TTTTTTTT"), "pppppppp");
  // The 21st sample makes the 20th spacing; from the 22nd on their median counts.
  EXPECT_EQ(Play(timing, "FFFFFFFFFFFFFFFFFFFFTTTTT"), "....................p...!");
  EXPECT_EQ(Play(timing, "FFFFFFFFFFFFFFFFFFFTTTTTT"), "...................pp...!");
}

TEST(RuleStateTest, TheUsualSpacingIsTheMedianOfTheLastTwenty) {
  RuleState state;
  std::int64_t now = 0;
  const auto sample_after = [&](std::int64_t spacing) {
    Advance(state, For(0s), now += spacing, kF);
  };
  sample_after(0);
  for (int i = 0; i < 30; ++i) sample_after(60);
  EXPECT_EQ(UsualSpacing(state, For(0s)), 60s);
  for (int i = 0; i < 10; ++i) sample_after(7);
  EXPECT_EQ(UsualSpacing(state, For(0s)), std::chrono::milliseconds(33'500));
  sample_after(7);
  EXPECT_EQ(UsualSpacing(state, For(0s)), 7s);
  sample_after(100'000);  // one outlier moves nothing
  EXPECT_EQ(UsualSpacing(state, For(0s)), 7s);
}

TEST(RuleStateTest, ResolvesAtTheSecondFalseSampleInARow) {
  EXPECT_EQ(Play(For(0s), "TFF"), "!.r");
  EXPECT_EQ(Play(For(0s), "TFTFTFF"), "!.....r");
  EXPECT_EQ(Play(For(0s), "TFFFT"), "!.r.!");
}

TEST(RuleStateTest, AGapDoesNotEndAFiringRule) {
  EXPECT_EQ(Play(For(0s), "T         T         FF"), "!         .         .r");
}

TEST(RuleStateTest, KeepFiringForReplacesTheSecondFalseSample) {
  EXPECT_EQ(Play(KeepFor(30s), "TFFFF"), "!...r");
  EXPECT_EQ(Play(KeepFor(30s), "TFFTFFFF"), "!......r");
  EXPECT_EQ(Play(KeepFor(0s), "TF"), "!r");
  EXPECT_EQ(Play(KeepFor(30s), "TF    F"), "!.    r");
}

TEST(RuleStateTest, UnknownNeitherFiresNorResolvesNorInterrupts) {
  EXPECT_EQ(Play(For(0s), "????"), "....");
  EXPECT_EQ(Play(For(20s), "T???T"), "p...!");
  EXPECT_EQ(Play(For(0s), "T?????"), "!.....");
  EXPECT_EQ(Play(For(0s), "TF?F"), "!..r");
  EXPECT_EQ(Play(KeepFor(20s), "TF??F"), "!...r");
  EXPECT_EQ(Play(For(20s), "TT  ?TTT"), "p.  .p.!") << "a gap before an unknown sample is a gap";
}

TEST(RuleStateTest, TellsWhenAnIncidentBeganFiredAndEnded) {
  RuleState state;
  const Timing timing = For(20s);
  Advance(state, timing, 100, kT);
  Advance(state, timing, 110, kT);
  const StepResult fired = Advance(state, timing, 120, kT);
  EXPECT_EQ(fired.incident,
            (Incident{.started_at = 100, .fired_at = 120, .ended_at = {}, .resolved_at = {}}));
  Advance(state, timing, 130, kF);
  const StepResult resolved = Advance(state, timing, 140, kF);
  EXPECT_EQ(resolved.incident, (Incident{100, 120, 130, 140}));
  EXPECT_EQ(state.phase, Phase::kInactive);
}

TEST(RuleStateTest, MovesForwardOnly) {
  RuleState state;
  Advance(state, For(0s), 100, kF);
  const RuleState before = state;
  EXPECT_EQ(Advance(state, For(0s), 99, kT).step, Step::kLate);
  EXPECT_EQ(Advance(state, For(0s), 100, kT).step, Step::kLate);
  EXPECT_EQ(state, before);
  EXPECT_EQ(Advance(state, For(0s), 101, kT).step, Step::kFired);
}

TEST(RuleStateTest, BearsExtremeTimes) {
  constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  RuleState state;
  EXPECT_EQ(Advance(state, For(10s), kMin, kT).step, Step::kPending);
  EXPECT_EQ(Advance(state, For(10s), kMax, kT).step, Step::kPending) << "a gap, not a hold";
  state = {};
  for (int i = 0; i < 30; ++i) Advance(state, For(10s), kMin + i, kF);
  for (int i = 30; i >= 0; --i) Advance(state, For(10s), kMax - i, kF);
  state.spacings.fill(kMax);
  EXPECT_GT(UsualSpacing(state, For(0s)), 1'000'000s);
}

TEST(RuleStateTest, TextHoldsEverything) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> truth(0, 2);
  std::uniform_int_distribution<std::int64_t> spacing(1, 40);
  for (const Timing& timing : {For(0s), For(30s), KeepFor(60s)}) {
    RuleState state;
    std::int64_t now = -500;
    for (int i = 0; i < 300; ++i) {
      const Result<RuleState> read = FromText(ToText(state));
      ASSERT_TRUE(read) << read.error().message;
      EXPECT_EQ(*read, state) << ToText(state);
      Advance(state, timing, now += spacing(random), static_cast<Truth>(truth(random)));
    }
  }
}

TEST(RuleStateTest, TextIsOneLineOfJsonThatStaysReadable) {
  RuleState state;
  Advance(state, For(0s), 100, kT);
  Advance(state, For(0s), 110, kF);
  const std::string written =
      R"({"fired_at":100,"first_false":110,"newest":110,"phase":"firing","spacings":[10],"started_at":100,"v":1})";
  EXPECT_EQ(ToText(state), written);
  EXPECT_EQ(FromText(written).value(), state);
}

TEST(RuleStateTest, RefusesTextThatIsNoState) {
  for (
      const char* text :
      {"", "{", "[]", "{}", "null", R"({"v":2,"phase":"inactive","spacings":[]})",
       R"({"v":1,"phase":"asleep","spacings":[]})", R"({"v":1,"phase":"firing","spacings":[]})",
       R"({"v":1,"phase":"inactive","spacings":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21]})",
       R"({"v":1,"phase":"inactive","spacings":["a"]})",
       R"({"v":1,"phase":"inactive","spacings":{}})"}) {
    const Result<RuleState> state = FromText(text);
    ASSERT_FALSE(state) << text;
    EXPECT_EQ(state.error().code, ErrorCode::kInvalidData);
    EXPECT_THAT(state.error().message, HasSubstr("rule state"));
  }
}

}  // namespace
}  // namespace mon::anomaly_detector
