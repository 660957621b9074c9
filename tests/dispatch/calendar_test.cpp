#include "dispatch/calendar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace mon::test {
namespace {

using alerting_system::TimeZone;
using dispatch::Calendar;
using namespace std::chrono;
using namespace std::chrono_literals;

std::int64_t Utc(year_month_day date, seconds time) {
  return (sys_days(date) + time).time_since_epoch() / 1s;
}

Calendar Of(std::string_view text, const TimeZone& zone = TimeZone::Utc()) {
  auto calendar = Calendar::Parse(text, zone);
  EXPECT_TRUE(calendar) << (calendar ? "" : calendar.error().message);
  return *std::move(calendar);
}

constexpr auto kMonday = 2025y / June / 16;
constexpr auto kFriday = 2025y / June / 20;
constexpr auto kSaturday = 2025y / June / 21;
constexpr auto kSunday = 2025y / June / 22;

TEST(CalendarTest, CoversDaysAndTimes) {
  const auto office = Of("mon-fri 08:00-18:00");
  EXPECT_FALSE(office.Covers(Utc(kMonday, 7h + 59min)));
  EXPECT_TRUE(office.Covers(Utc(kMonday, 8h)));
  EXPECT_TRUE(office.Covers(Utc(kFriday, 17h + 59min)));
  EXPECT_FALSE(office.Covers(Utc(kFriday, 18h)));
  EXPECT_FALSE(office.Covers(Utc(kSaturday, 12h)));
}

TEST(CalendarTest, ATimePastMidnightBelongsToTheDayOnWhichItBegins) {
  const auto nights = Of("fri 22:00-06:00");
  EXPECT_TRUE(nights.Covers(Utc(kFriday, 23h)));
  EXPECT_TRUE(nights.Covers(Utc(kSaturday, 5h + 59min)));
  EXPECT_FALSE(nights.Covers(Utc(kSaturday, 6h)));
  EXPECT_FALSE(nights.Covers(Utc(kFriday, 5h)));
}

TEST(CalendarTest, DaysWithoutTimesAreWholeDays) {
  const auto weekend = Of("sat, sun");
  EXPECT_TRUE(weekend.Covers(Utc(kSunday, 0h)));
  EXPECT_FALSE(weekend.Covers(Utc(kMonday, 0h)));
}

TEST(CalendarTest, SeveralPartsAddUp) {
  const auto calendar = Of("mon-fri 20:00-24:00; daily 00:00-06:00; sun-mon 12:00-13:00");
  EXPECT_TRUE(calendar.Covers(Utc(kFriday, 23h + 59min)));
  EXPECT_TRUE(calendar.Covers(Utc(kSaturday, 3h)));
  EXPECT_TRUE(calendar.Covers(Utc(kMonday, 12h)));
  EXPECT_FALSE(calendar.Covers(Utc(kFriday, 12h)));
}

TEST(CalendarTest, GoesByTheClockOnTheWall) {
  const auto zone = TimeZone::Load("Europe/Berlin");
  ASSERT_TRUE(zone);
  const auto nights = Of("daily 22:00-06:00", *zone);
  // Before and after the clock is put forward on 2025-03-30.
  EXPECT_TRUE(nights.Covers(Utc(2025y / March / 29, 4h + 59min)));  // 05:59 +01:00
  EXPECT_FALSE(nights.Covers(Utc(2025y / March / 29, 5h)));
  EXPECT_TRUE(nights.Covers(Utc(2025y / March / 30, 3h + 59min)));  // 05:59 +02:00
  EXPECT_FALSE(nights.Covers(Utc(2025y / March / 30, 4h)));
  EXPECT_TRUE(nights.Covers(Utc(2025y / October / 26, 4h + 59min)));  // 05:59 +01:00 again
}

TEST(CalendarTest, MistakesSayWhatIsExpected) {
  for (const std::string text :
       {"", "monday", "mon-", "mon 8:00-18:00", "mon 08:00", "mon 25:00-26:00", "mon 08:00-08:00",
        "mon 24:00-06:00", "08:61-09:00"}) {
    const auto calendar = Calendar::Parse(text, TimeZone::Utc());
    ASSERT_FALSE(calendar) << text;
    EXPECT_THAT(calendar.error().message, testing::HasSubstr("mon-fri 22:00-06:00")) << text;
  }
}

}  // namespace
}  // namespace mon::test
