#include "data_aggregator/zabbix_collector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>
#include <tuple>

#include "support/fake_zabbix.h"
#include "support/memory_sample_store.h"

namespace mon::data_aggregator {
namespace {

constexpr std::int64_t kNow = 1'750'000'000;
constexpr std::int64_t kOverlap = 120;
constexpr std::chrono::seconds kForLate{2};

ApplicationConfig Application(const std::string& name, std::vector<std::string> hosts) {
  ApplicationConfig application;
  application.name = name;
  application.zabbix_hosts = std::move(hosts);
  return application;
}

Item NumericItem(std::uint64_t itemid, std::uint64_t hostid, const std::string& key) {
  Item item;
  item.itemid = itemid;
  item.hostid = hostid;
  item.name = key;
  item.key = key;
  return item;
}

Item TextItem(std::uint64_t itemid, std::uint64_t hostid, const std::string& key) {
  Item item = NumericItem(itemid, hostid, key);
  item.value_type = ValueType::kText;
  return item;
}

ItemValue ValueAt(std::uint64_t itemid, std::int64_t clock, const std::string& text = "1") {
  ItemValue value;
  value.itemid = itemid;
  value.clock = clock;
  value.text = text;
  return value;
}

class ZabbixCollectorTest : public testing::Test {
 protected:
  ZabbixCollectorTest() {
    zabbix_.hosts = {{10, "db-1", "Database"}, {20, "web-1", "Web"}};
    zabbix_.items = {NumericItem(100, 10, "system.cpu.load"), NumericItem(200, 20, "net.if.in")};
  }

  ZabbixReading Read(std::int64_t now = kNow) { return ReadPart(now, {}); }

  ZabbixReading ReadPart(std::int64_t now, const Part& part) {
    if (!collector_)
      collector_.emplace(applications_, zabbix_, std::chrono::hours(1), readings_,
                         [this] { return time_; });
    return collector_->Read(store_, TimePoint(std::chrono::seconds(now)), kForLate, {}, part);
  }

  std::vector<ApplicationConfig> applications_ = {Application("shop", {"10", "web-1"})};
  test::FakeZabbix zabbix_;
  test::MemorySampleStore store_;
  Readings readings_ = Readings::kOne;
  std::optional<ZabbixCollector> collector_;  // made with the first reading
  ZabbixCollector::SteadyTime time_;
};

TEST_F(ZabbixCollectorTest, StoresHostsItemsAndHistory) {
  zabbix_.values = {ValueAt(100, kNow - 3000, "0.1"), ValueAt(200, kNow - 5, "7")};
  const ZabbixReading reading = Read();
  EXPECT_FALSE(reading.zabbix_error || reading.store_error);
  EXPECT_EQ(store_.links.at("shop"), (std::vector<std::uint64_t>{10, 20}));
  EXPECT_EQ(store_.items.size(), 2U);
  EXPECT_EQ(store_.history.size(), 2U);
  EXPECT_EQ(reading.values.inserted, 2U);
  EXPECT_EQ(reading.newest, kNow - 5);
}

TEST_F(ZabbixCollectorTest, SecondReadingAddsNothing) {
  zabbix_.values = {ValueAt(100, kNow - 10), ValueAt(200, kNow - 5)};
  static_cast<void>(Read());
  const auto before = store_.history;
  const ZabbixReading again = Read();
  EXPECT_EQ(again.values.inserted, 0U);
  EXPECT_EQ(store_.history, before);
}

TEST_F(ZabbixCollectorTest, FirstReadingCoversTheBackfillWithoutAGap) {
  static_cast<void>(Read());
  ASSERT_FALSE(zabbix_.ranges.empty());
  EXPECT_EQ(zabbix_.ranges.front().first, kNow - 3600);
  EXPECT_EQ(zabbix_.ranges.back().second, kNow);
  for (std::size_t i = 1; i < zabbix_.ranges.size(); ++i)
    EXPECT_EQ(zabbix_.ranges[i].first, zabbix_.ranges[i - 1].second + 1);
}

TEST_F(ZabbixCollectorTest, LaterReadingIsOneShortRange) {
  zabbix_.values = {ValueAt(100, kNow), ValueAt(200, kNow)};
  static_cast<void>(Read());
  zabbix_.ranges.clear();
  static_cast<void>(Read(kNow + 10));
  EXPECT_EQ(zabbix_.ranges,
            (std::vector<std::pair<std::int64_t, std::int64_t>>{{kNow - 5 - 120, kNow + 10}}));
}

TEST_F(ZabbixCollectorTest, LateValueWithinTheOverlapIsFound) {
  zabbix_.values = {ValueAt(100, kNow), ValueAt(200, kNow)};
  static_cast<void>(Read());
  zabbix_.values.push_back(ValueAt(100, kNow - 60));
  EXPECT_EQ(Read(kNow + 10).values.inserted, 1U);
}

TEST_F(ZabbixCollectorTest, ValueOfAProxyThatWasCutOffIsFoundByTheHourlyReading) {
  zabbix_.values = {ValueAt(100, kNow), ValueAt(200, kNow)};
  static_cast<void>(Read());
  zabbix_.values.push_back(ValueAt(100, kNow - 1200));
  std::size_t found = 0;
  for (std::int64_t now = kNow + 60; now <= kNow + 3600; now += 60) {
    zabbix_.values.push_back(ValueAt(100, now));
    zabbix_.values.push_back(ValueAt(200, now));
    found += Read(now).values.inserted;
  }
  EXPECT_EQ(found, 60 * 2 + 1U);
}

TEST_F(ZabbixCollectorTest, HourlyReadingThatFailsKeepsNothingNewBack) {
  const std::int64_t half_past = kNow / 3600 * 3600 + 1800;
  store_.read_until = {{10, half_past - 10}, {20, half_past - 10}};
  zabbix_.values = {ValueAt(100, half_past + 10), ValueAt(200, half_past + 10)};
  zabbix_.fails_before = half_past - 600;
  const ZabbixReading reading = Read(half_past + 10);
  EXPECT_TRUE(reading.wide);
  EXPECT_FALSE(reading.zabbix_error || reading.store_error);
  EXPECT_EQ(zabbix_.ranges,
            (std::vector<std::pair<std::int64_t, std::int64_t>>{
                {half_past - 130, half_past + 10}, {half_past - 3610, half_past - 3551}}));
  EXPECT_EQ(store_.read_until.at(10), half_past + 5);
  EXPECT_FALSE(Read(half_past + 20).wide);
  EXPECT_EQ(zabbix_.ranges.size(), 3U);
}

TEST_F(ZabbixCollectorTest, MarkAheadOfTheClockComesBack) {
  store_.read_until = {{10, kNow + 86'400}, {20, kNow - 10}};
  zabbix_.values = {ValueAt(100, kNow), ValueAt(200, kNow)};
  static_cast<void>(Read());
  EXPECT_EQ(store_.read_until.at(10), kNow);
  EXPECT_EQ(store_.read_until.at(20), kNow - 5);
}

TEST_F(ZabbixCollectorTest, HostWithoutFreshValuesIsReadFromItsLastOneOn) {
  zabbix_.values = {ValueAt(100, kNow - 900), ValueAt(200, kNow)};
  static_cast<void>(Read());
  EXPECT_EQ(store_.read_until.at(10), kNow - 900);
  EXPECT_EQ(store_.read_until.at(20), kNow - 5);
}

TEST_F(ZabbixCollectorTest, BrokenReadingKeepsTheSlicesItFinished) {
  zabbix_.values = {ValueAt(100, kNow - 3500), ValueAt(100, kNow - 10)};
  zabbix_.fails_after = kNow - 2500;
  const ZabbixReading reading = Read();
  EXPECT_EQ(reading.zabbix_error->code, ErrorCode::kBadReply);
  EXPECT_EQ(store_.read_until.at(10), kNow - 3600 + 599);
  EXPECT_TRUE(store_.history.contains({100, kNow - 3500, 0}));
  zabbix_.fails_after.reset();
  static_cast<void>(Read());
  EXPECT_EQ(store_.history.size(), 2U);
}

TEST_F(ZabbixCollectorTest, UnknownHostIsNamedAndStopsNoOther) {
  applications_ = {Application("shop", {"10105", "db-1"}), Application("blog", {"nowhere"})};
  zabbix_.values = {ValueAt(100, kNow)};
  const ZabbixReading reading = Read();
  EXPECT_EQ(reading.unknown, (std::vector<std::string>{"host 10105 of application shop",
                                                       "host nowhere of application blog"}));
  EXPECT_EQ(store_.history.size(), 1U);
  EXPECT_EQ(store_.links.at("blog"), std::vector<std::uint64_t>{});
}

TEST_F(ZabbixCollectorTest, HostsMayBeChosenByGroup) {
  applications_[0].zabbix_hosts.clear();
  applications_[0].zabbix_groups = {"Web servers", "No such group"};
  zabbix_.groups["Web servers"] = {20};
  const ZabbixReading reading = Read();
  EXPECT_EQ(store_.links.at("shop"), std::vector<std::uint64_t>{20});
  EXPECT_EQ(reading.unknown, std::vector<std::string>{"group No such group of application shop"});
}

TEST_F(ZabbixCollectorTest, HostsOfAllApplicationsAreAskedForAtOnce) {
  applications_ = {Application("shop", {"10"}), Application("blog", {"10", "20"})};
  static_cast<void>(Read());
  EXPECT_EQ(zabbix_.selections.size(), 1U);
  EXPECT_EQ(store_.links.at("shop"), std::vector<std::uint64_t>{10});
  EXPECT_EQ(store_.links.at("blog"), (std::vector<std::uint64_t>{10, 20}));
}

TEST_F(ZabbixCollectorTest, TakesNumericItemsOnlyWithoutPatterns) {
  zabbix_.items.push_back(TextItem(101, 10, "system.uname"));
  static_cast<void>(Read());
  EXPECT_TRUE(zabbix_.queries.at(0).numeric_only);
  EXPECT_FALSE(store_.items.contains(101));
}

TEST_F(ZabbixCollectorTest, PatternsChooseItemsAndTextsToo) {
  applications_[0].items = {"system.*"};
  applications_[0].items_exclude = {"*load*"};
  zabbix_.items.push_back(TextItem(101, 10, "system.uname"));
  static_cast<void>(Read());
  EXPECT_FALSE(zabbix_.queries.at(0).numeric_only);
  EXPECT_EQ(store_.items.size(), 1U);
  EXPECT_TRUE(store_.items.contains(101));
}

TEST_F(ZabbixCollectorTest, PatternsOfOneApplicationDoNotHideItemsOfAnother) {
  applications_ = {Application("shop", {"10"}), Application("blog", {"10"})};
  applications_[0].items = {"net.*"};
  static_cast<void>(Read());
  EXPECT_TRUE(store_.items.contains(100));
}

TEST_F(ZabbixCollectorTest, VanishedItemsAreKeptAndMarked) {
  static_cast<void>(Read());
  zabbix_.items.erase(zabbix_.items.begin());
  static_cast<void>(Read());
  EXPECT_TRUE(store_.items.contains(100));
  EXPECT_EQ(store_.vanished, std::set<std::uint64_t>{100});
}

TEST_F(ZabbixCollectorTest, UnsupportedItemsAreCounted) {
  zabbix_.items[0].state = 1;
  EXPECT_EQ(Read().unsupported, 1U);
}

TEST_F(ZabbixCollectorTest, FailureOfTheStoreIsNotZabbixsFault) {
  store_.failure = Error{ErrorCode::kUnavailable, "server has gone away"};
  const ZabbixReading reading = Read();
  EXPECT_FALSE(reading.zabbix_error.has_value());
  EXPECT_EQ(reading.store_error->message, "server has gone away");
}

TEST_F(ZabbixCollectorTest, FailureOfTheStoreDuringHistoryIsNotZabbixsFault) {
  zabbix_.values = {ValueAt(100, kNow)};
  static_cast<void>(Read());
  store_.history_failure = Error{ErrorCode::kTimeout, "lock wait"};
  const ZabbixReading reading = Read(kNow + 10);
  EXPECT_FALSE(reading.zabbix_error.has_value());
  EXPECT_EQ(reading.store_error->message, "lock wait");
  EXPECT_EQ(store_.read_until.at(10), kNow - 5);
}

/// One that takes long over some things.
class SlowZabbixTest : public ZabbixCollectorTest {
 protected:
  SlowZabbixTest() {
    readings_ = Readings::kMany;
    zabbix_.time = &time_;
    store_.read_until = {{10, kNow - 10}, {20, kNow - 10}};
  }

  /// Of a cycle so many seconds after the first one; values are there until then.
  ZabbixReading ReadAt(int seconds) {
    time_ = begin_ + std::chrono::seconds(seconds);
    for (const std::uint64_t itemid : {100U, 200U})
      zabbix_.values.push_back(ValueAt(itemid, kNow + seconds));
    zabbix_.ranges.clear();
    return Read(kNow + seconds);
  }

  [[nodiscard]] std::int64_t ReadFrom() const { return zabbix_.ranges.front().first - kNow; }

  const ZabbixCollector::SteadyTime begin_ = time_ += std::chrono::hours(1);
};

TEST_F(SlowZabbixTest, ListsTakeATwentiethOfTheTimeAtMost) {
  zabbix_.list_takes = std::chrono::milliseconds(1500);
  for (int seconds = 0; seconds < 60; seconds += 10) static_cast<void>(ReadAt(seconds));
  EXPECT_EQ(zabbix_.selections.size(), 2U);
  EXPECT_EQ(zabbix_.queries.size(), 2U);
  EXPECT_EQ(store_.history.size(), 2 * 6U);
}

TEST_F(SlowZabbixTest, ListsAreMadeEveryFiveMinutesWhateverTheyTake) {
  zabbix_.list_takes = std::chrono::minutes(1);
  for (const int seconds : {0, 290, 300}) static_cast<void>(ReadAt(seconds));
  EXPECT_EQ(zabbix_.selections.size(), 2U);
  EXPECT_EQ(zabbix_.queries.size(), 2U);
}

TEST_F(SlowZabbixTest, KeptListsTellTheSameOfHostsAndItems) {
  applications_ = {Application("shop", {"10", "web-1", "nowhere"})};
  zabbix_.items[0].state = 1;
  zabbix_.list_takes = std::chrono::seconds(1);
  const ZabbixReading listed = ReadAt(0);
  const ZabbixReading kept = ReadAt(10);
  EXPECT_EQ(zabbix_.queries.size(), 1U);
  EXPECT_EQ(std::tuple(kept.hosts, kept.items, kept.unsupported, kept.unknown, kept.tells),
            std::tuple(listed.hosts, listed.items, listed.unsupported, listed.unknown, true));
}

TEST_F(SlowZabbixTest, NewItemIsReadFromTheLastListOn) {
  zabbix_.list_takes = std::chrono::seconds(10);
  zabbix_.history_takes = std::chrono::seconds(20);  // so that no overlap finds it
  static_cast<void>(ReadAt(0));
  zabbix_.items.push_back(NumericItem(101, 10, "new"));
  zabbix_.values.push_back(ValueAt(101, kNow + 5));
  static_cast<void>(ReadAt(100));
  EXPECT_FALSE(store_.items.contains(101));
  static_cast<void>(ReadAt(210));
  EXPECT_TRUE(store_.history.contains({101, kNow + 5, 0}));
}

TEST_F(SlowZabbixTest, ItemOfAnotherTypeIsReadFromTheLastListOn) {
  zabbix_.list_takes = std::chrono::seconds(10);
  static_cast<void>(ReadAt(0));
  static_cast<void>(ReadAt(190));
  zabbix_.items[0].value_type = ValueType::kUnsigned;
  static_cast<void>(ReadAt(200));
  EXPECT_EQ(zabbix_.ranges.back().first, kNow - kOverlap);
}

TEST_F(SlowZabbixTest, ListsAreMadeAnewOnceTheStoreHasFailed) {
  zabbix_.list_takes = std::chrono::seconds(10);
  static_cast<void>(ReadAt(0));
  store_.failure = Error{ErrorCode::kUnavailable, "server has gone away"};
  EXPECT_TRUE(ReadAt(10).store_error);
  store_.failure.reset();
  store_.items.clear();  // as a server that was restored has them
  static_cast<void>(ReadAt(20));
  EXPECT_EQ(store_.items.size(), 2U);
}

TEST_F(SlowZabbixTest, ListThatFailedIsMadeInTheNextReading) {
  zabbix_.list_takes = std::chrono::seconds(10);
  zabbix_.failure = Error{ErrorCode::kTimeout, "zabbix: no answer"};
  EXPECT_TRUE(ReadAt(0).zabbix_error);
  zabbix_.failure.reset();
  EXPECT_EQ(ReadAt(10).items, 2U);
}

TEST_F(SlowZabbixTest, OverlapIsReadSeldomAndThenBackToTheLastOne) {
  zabbix_.history_takes = std::chrono::milliseconds(1500);
  static_cast<void>(ReadAt(0));
  for (const int seconds : {60, 70, 80}) {
    static_cast<void>(ReadAt(seconds));
    const int mark = (seconds == 60 ? 0 : seconds - 10) - 5;
    EXPECT_EQ(ReadFrom(), seconds == 60 ? mark - kOverlap - 60 : mark - 15) << seconds;
  }
  static_cast<void>(ReadAt(90));
  EXPECT_EQ(ReadFrom(), 80 - 5 - kOverlap - 30);
}

TEST_F(SlowZabbixTest, LateValueIsFoundByTheNextOverlap) {
  zabbix_.history_takes = std::chrono::seconds(5);
  static_cast<void>(ReadAt(0));
  static_cast<void>(ReadAt(10));
  zabbix_.values.push_back(ValueAt(100, kNow - 100));
  for (int seconds = 20; seconds <= 100; seconds += 10) static_cast<void>(ReadAt(seconds));
  EXPECT_TRUE(store_.history.contains({100, kNow - 100, 0}));
}

TEST_F(SlowZabbixTest, OverlapThatDoesNotComeToItsEndIsNotInTheWayOfWhatIsNew) {
  static_cast<void>(ReadAt(0));
  zabbix_.history_takes = std::chrono::seconds(5);
  zabbix_.fails_before = kNow - 100;
  EXPECT_TRUE(ReadAt(10).zabbix_error);
  EXPECT_FALSE(ReadAt(20).zabbix_error);
  EXPECT_EQ(store_.read_until.at(10), kNow + 20 - 5);
}

TEST_F(SlowZabbixTest, HourlyReadingIsSpreadOverAsManyReadingsAsItTakes) {
  constexpr int kHalfPast = 1'800 - kNow % 3'600 + 3'600;
  store_.read_until = {{10, kNow + kHalfPast - 10}, {20, kNow + kHalfPast - 10}};
  zabbix_.history_takes = std::chrono::milliseconds(1200);  // too long for a longer piece
  std::vector<std::pair<std::int64_t, std::int64_t>> pieces;
  int readings = 0;
  std::int64_t read_from = 0;
  for (int seconds = kHalfPast; seconds < kHalfPast + 3'600; seconds += 10) {
    static_cast<void>(ReadAt(seconds));
    if (read_from == 0) read_from = zabbix_.ranges.front().first;
    EXPECT_LE(zabbix_.ranges.size(), 3U) << "what is new, and two pieces";
    EXPECT_EQ(store_.read_until.at(10), kNow + seconds - 5);
    pieces.insert(pieces.end(), zabbix_.ranges.begin() + 1, zabbix_.ranges.end());
    if (zabbix_.ranges.size() > 1) ++readings;
  }
  EXPECT_GT(readings, 10);
  EXPECT_EQ(pieces.front().first, read_from - (3'600 - kOverlap));
  EXPECT_EQ(pieces.back().second, read_from - 1);
  for (std::size_t i = 1; i < pieces.size(); ++i)
    EXPECT_EQ(pieces[i].first, pieces[i - 1].second + 1);
}

TEST_F(SlowZabbixTest, HourlyReadingThatIsCheapIsDoneAtOnce) {
  constexpr int kHalfPast = 1'800 - kNow % 3'600 + 3'600;
  store_.read_until = {{10, kNow + kHalfPast - 10}, {20, kNow + kHalfPast - 10}};
  EXPECT_TRUE(ReadAt(kHalfPast).wide);
  EXPECT_EQ(zabbix_.ranges.back().second, zabbix_.ranges.front().first - 1);
  static_cast<void>(ReadAt(kHalfPast + 10));
  EXPECT_EQ(zabbix_.ranges.size(), 1U);
}

TEST_F(SlowZabbixTest, HourlyReadingOfASingleRunTakesAllTheTimeThereIs) {
  readings_ = Readings::kOne;
  constexpr int kHalfPast = 1'800 - kNow % 3'600 + 3'600;
  store_.read_until = {{10, kNow + kHalfPast - 10}, {20, kNow + kHalfPast - 10}};
  zabbix_.history_takes = std::chrono::milliseconds(1200);
  static_cast<void>(ReadAt(kHalfPast));
  EXPECT_EQ(zabbix_.ranges.back().second, kNow + kHalfPast - 10 - kOverlap - 1);
}

TEST_F(SlowZabbixTest, HourlyReadingGoesOnOnceTheStoreIsBack) {
  constexpr int kHalfPast = 1'800 - kNow % 3'600 + 3'600;
  store_.read_until = {{10, kNow + kHalfPast - 10}, {20, kNow + kHalfPast - 10}};
  zabbix_.history_takes = std::chrono::seconds(5);  // a piece a reading
  static_cast<void>(ReadAt(kHalfPast));
  const auto piece = zabbix_.ranges.back();
  store_.failure = Error{ErrorCode::kUnavailable, "server has gone away"};
  EXPECT_TRUE(ReadAt(kHalfPast + 10).store_error);
  store_.failure.reset();
  static_cast<void>(ReadAt(kHalfPast + 20));
  EXPECT_EQ(zabbix_.ranges.back().first, piece.second + 1);
}

TEST_F(SlowZabbixTest, FirstOverlapReachesBackToWhateverThoseBeforeMayHaveLeftOut) {
  static_cast<void>(ReadAt(0));
  EXPECT_EQ(ReadFrom(), -10 - kOverlap - 300);
  static_cast<void>(ReadAt(10));
  EXPECT_EQ(ReadFrom(), -5 - kOverlap - 10);
}

/// Two hosts, and what each of two members reads of them.
class SharedZabbixTest : public ZabbixCollectorTest {
 protected:
  static constexpr bool kFirst = true;

  SharedZabbixTest() { zabbix_.values = {ValueAt(100, kNow - 10), ValueAt(200, kNow - 5)}; }

  /// Of the member that owns these hosts.
  ZabbixReading ReadPart(const std::vector<std::uint64_t>& hosts, bool first,
                         std::int64_t now = kNow) {
    const Part part{.owns =
                        [&](std::string_view target) {
                          return std::ranges::any_of(hosts, [&](std::uint64_t host) {
                            return target == "zabbix host:" + std::to_string(host);
                          });
                        },
                    .first = first};
    return ZabbixCollectorTest::ReadPart(now, part);
  }
};

TEST_F(SharedZabbixTest, EachMemberReadsItsHosts) {
  EXPECT_EQ(ReadPart({10}, kFirst).hosts, 1U);
  EXPECT_EQ(store_.items.size(), 1U);
  EXPECT_EQ(ReadPart({20}, !kFirst).values.inserted, 1U);
  EXPECT_EQ(store_.history.size(), 2U);
}

TEST_F(SharedZabbixTest, TheFirstMemberKeepsTheListOfAllHosts) {
  static_cast<void>(ReadPart({10}, !kFirst));
  EXPECT_TRUE(store_.links.empty());
  static_cast<void>(ReadPart({20}, kFirst));
  EXPECT_EQ(store_.links.at("shop").size(), 2U);
}

TEST_F(SharedZabbixTest, WhoTakesAHostOverGoesOnWhereTheOtherStopped) {
  static_cast<void>(ReadPart({10}, kFirst));
  static_cast<void>(ReadPart({20}, !kFirst));
  zabbix_.values.push_back(ValueAt(200, kNow + 7));
  zabbix_.ranges.clear();
  EXPECT_EQ(ReadPart({10, 20}, kFirst, kNow + 20).values.inserted, 1U);
  EXPECT_GE(zabbix_.ranges.front().first, kNow - 5 - 120);
  EXPECT_EQ(store_.history.size(), 3U);
}

TEST_F(SharedZabbixTest, ItemsOfAHostThatIsTakenOverAreListedAtOnce) {
  zabbix_.time = &time_;
  zabbix_.list_takes = std::chrono::seconds(10);
  static_cast<void>(ReadPart({10}, kFirst));
  EXPECT_EQ(ReadPart({10, 20}, kFirst, kNow + 10).items, 2U);
  EXPECT_TRUE(store_.items.contains(200));
}

TEST_F(SharedZabbixTest, OverlapOfAHostThatIsTakenOverReachesBackToWhateverTheOtherLeftOut) {
  readings_ = Readings::kMany;
  zabbix_.time = &time_;
  zabbix_.history_takes = std::chrono::seconds(5);
  store_.read_until = {{10, kNow - 10}, {20, kNow - 10}};
  static_cast<void>(ReadPart({10}, kFirst));
  static_cast<void>(ReadPart({10}, kFirst, kNow + 10));
  EXPECT_EQ(zabbix_.ranges.back().first, kNow - 5 - 15);
  static_cast<void>(ReadPart({20}, kFirst, kNow + 20));  // gained
  EXPECT_EQ(zabbix_.ranges.back().first, kNow - 10 - kOverlap - 300);
  static_cast<void>(ReadPart({10, 20}, kFirst, kNow + 30));
  EXPECT_EQ(zabbix_.ranges.back().first, kNow + 5 - kOverlap - 300);
}

TEST_F(SharedZabbixTest, ReadingOfSomeHostsAloneIsNoneOfTheHourOfAll) {
  readings_ = Readings::kMany;
  zabbix_.time = &time_;
  zabbix_.history_takes = std::chrono::seconds(5);  // a piece a reading
  const std::int64_t half_past = kNow / 3600 * 3600 + 1800;
  store_.read_until = {{10, half_past - 10}, {20, half_past - 10}};
  zabbix_.values = {ValueAt(100, half_past), ValueAt(200, half_past)};
  static_cast<void>(ReadPart({10, 20}, kFirst, half_past));
  const auto piece = zabbix_.ranges.back();
  static_cast<void>(ReadPart({20}, kFirst, half_past + 10));
  EXPECT_GT(zabbix_.ranges.back().first, piece.second);
  static_cast<void>(ReadPart({10, 20}, kFirst, half_past + 20));
  EXPECT_EQ(zabbix_.ranges.back().first, piece.second + 1);
}

TEST_F(SharedZabbixTest, WhoHasTheFirstHostTellsOfZabbixAndHasValuesToShow) {
  EXPECT_FALSE(ReadPart({}, kFirst).tells);
  EXPECT_FALSE(ReadPart({20}, kFirst).tells);
  const ZabbixReading telling = ReadPart({10}, !kFirst);
  EXPECT_TRUE(telling.tells);
  EXPECT_TRUE(telling.newest);
}

TEST_F(SharedZabbixTest, WithoutAnyHostTheFirstMemberTells) {
  zabbix_.hosts.clear();
  EXPECT_TRUE(ReadPart({}, kFirst).tells);
  EXPECT_FALSE(ReadPart({}, !kFirst).tells);
}

TEST_F(SharedZabbixTest, WhatIsDueEachHourIsDueForAFirstMemberWithoutHosts) {
  EXPECT_TRUE(ReadPart({}, kFirst).wide);
  EXPECT_FALSE(ReadPart({}, !kFirst).wide);
}

}  // namespace
}  // namespace mon::data_aggregator
