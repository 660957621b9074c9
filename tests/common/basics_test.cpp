#include <gtest/gtest.h>
#include <sys/utsname.h>

#include <chrono>
#include <string>
#include <type_traits>

#include "common/clock.h"
#include "common/config.h"
#include "common/error.h"
#include "common/host_name.h"
#include "common/host_port.h"
#include "common/program.h"
#include "common/secret.h"
#include "common/table.h"

namespace mon {
namespace {

using namespace std::chrono_literals;

TEST(ErrorTest, TellsWhatMayPassByItself) {
  EXPECT_TRUE((Error{ErrorCode::kTimeout, ""}.Retryable()));
  EXPECT_TRUE((Error{ErrorCode::kUnavailable, ""}.Retryable()));
  EXPECT_FALSE((Error{ErrorCode::kRejected, ""}.Retryable()));
  EXPECT_FALSE((Error{ErrorCode::kConfig, ""}.Retryable()));
}

TEST(ErrorTest, ContextStandsInFront) {
  const Result<int> failed = Context("zabbix history.get", Error{ErrorCode::kTimeout, "no answer"});
  EXPECT_EQ(failed.error().message, "zabbix history.get: no answer");
  EXPECT_EQ(failed.error().code, ErrorCode::kTimeout);
}

TEST(ExitCodeTest, FollowsTheError) {
  EXPECT_EQ(ExitCodeFor(ErrorCode::kUsage), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kInvalidData), ExitCode::kData);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kNotFound), ExitCode::kNoInput);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kBadReply), ExitCode::kUnavailable);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kInternal), ExitCode::kSoftware);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kIo), ExitCode::kIo);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kBusy), ExitCode::kTempFail);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kRejected), ExitCode::kNoPermission);
  EXPECT_EQ(ExitCodeFor(ErrorCode::kConfig), ExitCode::kConfig);
}

TEST(ExitCodeTest, TheFirstThatAppliesWins) {
  const ExitCode order[] = {ExitCode::kConfig, ExitCode::kNoPermission, ExitCode::kIo,
                            ExitCode::kUnavailable, ExitCode::kData};
  for (std::size_t i = 0; i < std::size(order); ++i) {
    for (std::size_t j = i; j < std::size(order); ++j) {
      EXPECT_EQ(Worse(order[i], order[j]), order[i]);
      EXPECT_EQ(Worse(order[j], order[i]), order[i]);
    }
    EXPECT_EQ(Worse(ExitCode::kOk, order[i]), order[i]);
  }
}

TEST(ClockTest, RoundsDownBeforeTheEpoch) {
  EXPECT_EQ(EpochSeconds(TimePoint(1999ms)), 1);
  EXPECT_EQ(EpochSeconds(TimePoint(-1ms)), -1);
}

TEST(SecretTest, CannotBePrintedByAccident) {
  EXPECT_FALSE((std::is_convertible_v<Secret, std::string>));
  EXPECT_FALSE((std::is_convertible_v<Secret, std::string_view>));
  EXPECT_EQ(Secret("hunter2").Reveal(), "hunter2");
}

TEST(HostPortTest, ReadsNamesAndAddresses) {
  EXPECT_EQ(ParseHostPort("db:3307", 1).value(), (HostPort{"db", 3307}));
  EXPECT_EQ(ParseHostPort("db", 3306).value(), (HostPort{"db", 3306}));
  EXPECT_EQ(ParseHostPort("[::1]:80", 1).value(), (HostPort{"::1", 80}));
  EXPECT_EQ(ParseHostPort("[::1]", 3306).value(), (HostPort{"::1", 3306}));
  EXPECT_EQ(ParseHostPort(":9301", 1).value(), (HostPort{"", 9301}));
}

TEST(HostPortTest, RefusesEverythingElse) {
  for (const char* text : {"", "::1", "db:", "db:x", "db:65536", "db:-1", "[::1", "[::1]x",
                           "[::1]:", "[db]:1", "a b:1", "a@b:1", "http://db:1", "db\n:1"}) {
    EXPECT_FALSE(ParseHostPort(text, 1).has_value()) << text;
  }
}

TEST(HostPortTest, ReadsBack) {
  for (const char* text : {"db:1", "[fe80::1]:65535", "127.0.0.1:0"}) {
    EXPECT_EQ(FormatHostPort(ParseHostPort(text, 1).value()), text);
  }
}

TEST(TableTest, AlignsByWhatATerminalShows) {
  Table table({{"ID", Table::Align::kRight}, {"NAME"}, {"VALUE", Table::Align::kRight}});
  table.AddRow({"7", "L\u00fcfter", "12"});
  table.AddRow({"1234", "\u65e5\u672c", "0.5"});
  EXPECT_EQ(table.Text(false),
            "  ID  NAME    VALUE\n"
            "   7  L\u00fcfter     12\n"
            "1234  \u65e5\u672c      0.5\n");
}

TEST(TableTest, ForeignTextCannotBreakALine) {
  Table table({{"NAME"}});
  table.AddRow({"a\nb\x1b[31m"});
  EXPECT_EQ(table.Text(false), "NAME\na\\nb\\u001b[31m\n");
}

TEST(TableTest, LeavesNoBlanksAtTheEnd) {
  Table table({{"A"}, {"B"}});
  table.AddRow({"long value"});
  EXPECT_EQ(table.Text(false), "A           B\nlong value\n");
}

TEST(TableTest, IsBoldOnATerminalAlone) {
  const Table table({{"A"}});
  EXPECT_EQ(table.Text(false), "A\n");
  EXPECT_EQ(table.Text(true), "\x1b[1mA\x1b[0m\n");
}

TEST(VersionTest, NamesThePlatform) {
  EXPECT_TRUE(VersionText().starts_with("monitoring-platform "));
}

TEST(HostNameTest, IsTheNodeNameOfTheKernel) {
  utsname system{};
  ASSERT_EQ(uname(&system), 0);
  EXPECT_EQ(HostName(), system.nodename);
}

}  // namespace
}  // namespace mon
