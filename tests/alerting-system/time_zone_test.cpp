#include "alerting_system/time_zone.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <random>

#include "tzif.h"

namespace mon::alerting_system {
namespace {

/// What the C library says, as an independent reading of the same files.
std::int64_t LibraryOffset(const char* zone, std::int64_t at) {
  setenv("TZ", zone, 1);
  tzset();
  const std::time_t time = at;
  std::tm local{};
  localtime_r(&time, &local);
  unsetenv("TZ");
  tzset();
  return local.tm_gmtoff;
}

class EveryZoneTest : public testing::TestWithParam<const char*> {};

TEST_P(EveryZoneTest, AgreesWithTheCLibrary) {
  const TimeZone zone = TimeZone::Load(GetParam()).value();
  std::mt19937_64 random(7);
  std::uniform_int_distribution<std::int64_t> instant(0, 4'102'444'800);  // 1970 to 2100
  for (int i = 0; i < 2'000; ++i) {
    const std::int64_t at = instant(random);
    ASSERT_EQ(zone.OffsetAt(at), LibraryOffset(GetParam(), at)) << at;
  }
}

INSTANTIATE_TEST_SUITE_P(Zones, EveryZoneTest,
                         testing::Values("Europe/Berlin", "America/New_York", "Asia/Kolkata",
                                         "Australia/Lord_Howe", "America/Sao_Paulo",
                                         "Europe/Dublin", "Africa/Casablanca", "Asia/Tokyo",
                                         "America/St_Johns", "Etc/GMT+5"));

TEST(TimeZoneTest, PrintsLocalTimeWithItsOffset) {
  const TimeZone berlin = TimeZone::Load("Europe/Berlin").value();
  EXPECT_EQ(berlin.Format(1'750'000'000), "2025-06-15 17:06:40 +02:00");
  EXPECT_EQ(berlin.FormatTime(1'750'000'000), "17:06:40");
  EXPECT_EQ(berlin.FormatRfc5322(1'750'000'000), "Sun, 15 Jun 2025 17:06:40 +0200");
  EXPECT_EQ(TimeZone::Load("America/St_Johns").value().FormatRfc5322(1'736'000'000),
            "Sat, 04 Jan 2025 10:43:20 -0330");
}

TEST(TimeZoneTest, SwitchesAtTheSecond) {
  const TimeZone berlin = TimeZone::Load("Europe/Berlin").value();
  EXPECT_EQ(berlin.FormatTime(1'743'296'399), "01:59:59");  // 2025-03-30
  EXPECT_EQ(berlin.FormatTime(1'743'296'400), "03:00:00");
}

TEST(TimeZoneTest, UnknownNameIsAConfigurationErrorThatNamesIt) {
  for (const char* name : {"Europe/Berlim", "../../../etc/passwd", "/etc/localtime", "tzdata.zi",
                           "Europe", "posix/../../../../etc/hostname"}) {
    const auto zone = TimeZone::Load(name);
    ASSERT_FALSE(zone) << name;
    EXPECT_EQ(zone.error().code, ErrorCode::kConfig);
    EXPECT_THAT(zone.error().message, testing::HasSubstr(name));
  }
}

TEST(TimeZoneTest, SystemsZoneHasANameWhereItIsOneOfTheDatabase) {
  setenv("TZ", ":America/New_York", 1);
  EXPECT_EQ(TimeZone::SystemName(), "America/New_York");
  setenv("TZ", "XYZ-5:30", 1);
  EXPECT_EQ(TimeZone::SystemName(), "");
  unsetenv("TZ");
}

TEST(TimeZoneTest, EmptyNameIsTheSystemsZone) {
  setenv("TZ", ":America/New_York", 1);
  const auto named = TimeZone::Load("");
  setenv("TZ", "XYZ-5:30", 1);
  const auto rule = TimeZone::Load("");
  unsetenv("TZ");
  EXPECT_EQ(named->OffsetAt(1'750'000'000), -4 * 3600);
  EXPECT_EQ(rule->OffsetAt(1'750'000'000), 19'800);
}

TEST(TimeZoneTest, TimesBeyondTheCalendarDoNotBreakIt) {
  const TimeZone berlin = TimeZone::Load("Europe/Berlin").value();
  EXPECT_EQ(berlin.Format(INT64_MAX).substr(0, 5), "9999-");
  EXPECT_EQ(berlin.Format(INT64_MIN).substr(0, 5), "0001-");
}

TEST(TzifTest, CutAndForeignFilesAreRefused) {
  EXPECT_FALSE(tzif::Parse(""));
  EXPECT_FALSE(tzif::Parse("TZif2"));
  EXPECT_FALSE(tzif::Parse(std::string(200, 'x')));
  std::string huge = "TZif2" + std::string(39, '\xff');
  EXPECT_FALSE(tzif::Parse(huge));
}

TEST(TzifTest, FooterDecidesAfterTheLastTransition) {
  const auto footer = tzif::ParseFooter("CET-1CEST,M3.5.0,M10.5.0/3");
  ASSERT_TRUE(footer);
  const tzif::File file{3600, {}, footer};
  EXPECT_EQ(tzif::OffsetAt(file, 1'743'296'399), 3600);
  EXPECT_EQ(tzif::OffsetAt(file, 1'743'296'400), 7200);
  EXPECT_EQ(tzif::OffsetAt(file, 1'761'440'399), 7200);  // 2025-10-26 02:59:59
  EXPECT_EQ(tzif::OffsetAt(file, 1'761'440'400), 3600);
}

TEST(TzifTest, FooterOfTheSouthernHemisphere) {
  const tzif::File file{0, {}, tzif::ParseFooter("AEST-10AEDT,M10.1.0,M4.1.0/3")};
  EXPECT_EQ(tzif::OffsetAt(file, 1'736'000'000), 11 * 3600);  // January
  EXPECT_EQ(tzif::OffsetAt(file, 1'750'000'000), 10 * 3600);  // June
}

TEST(TzifTest, MalformedFootersAreRefused) {
  for (const char* text : {"", "CET", "CET-", "C-1", "CET-1CEST", "CET-1CEST,M3.5.0",
                           "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.5.0,M10.5.0x", "<+03"}) {
    EXPECT_FALSE(tzif::ParseFooter(text)) << text;
  }
}

}  // namespace
}  // namespace mon::alerting_system
