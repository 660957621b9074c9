#include "item_names.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mon::zabbix_connector {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(KeyParametersTest, AreSplitAsZabbixDoes) {
  EXPECT_THAT(KeyParameters("system.cpu.load[all,avg1]"), ElementsAre("all", "avg1"));
  EXPECT_THAT(KeyParameters("a[ \"x, \\\"y\\\" ]\" , z]"), ElementsAre("x, \"y\" ]", "z"));
  EXPECT_THAT(KeyParameters("a[,user,]"), ElementsAre("", "user", ""));
  EXPECT_THAT(KeyParameters("a[[b,c],d]"), ElementsAre("[b,c]", "d"));
  EXPECT_THAT(KeyParameters("proc.num[]"), ElementsAre(""));
  EXPECT_THAT(KeyParameters("agent.ping"), IsEmpty());
}

TEST(KeyParametersTest, EndWithAKeyThatIsCut) {
  EXPECT_THAT(KeyParameters("a[b"), ElementsAre("b"));
  EXPECT_THAT(KeyParameters("a[\"b"), ElementsAre("b"));
  EXPECT_THAT(KeyParameters("a[[b"), ElementsAre("[b"));
}

TEST(ResolvePositionsTest, PutsTheKeysParametersIn) {
  EXPECT_EQ(ResolvePositions("CPU $2 time ($1)", "system.cpu.util[all,user]"),
            "CPU user time (all)");
  EXPECT_EQ(ResolvePositions("Missing: '$3'", "a[b]"), "Missing: ''");
  EXPECT_EQ(ResolvePositions("Costs 5$ or $0 $", "a[b]"), "Costs 5$ or $0 $");
}

TEST(ResolveUserMacrosTest, AsksTheNearestScopeFirst) {
  const Macros host = {{"{$A}", "host"}};
  const Macros global = {{"{$A}", "global"}, {"{$B}", "other"}};
  EXPECT_EQ(ResolveUserMacros("x {$A} y {$B}", {&host, &global}), "x host y other");
}

TEST(ResolveUserMacrosTest, FallsBackFromContextToPlain) {
  const Macros host = {{"{$LIMIT}", "10"}, {"{$LIMIT:/var}", "20"}};
  EXPECT_EQ(ResolveUserMacros("{$LIMIT:/var} {$LIMIT:/tmp}", {&host}), "20 10");
}

TEST(ResolveUserMacrosTest, LeavesWhatItDoesNotKnow) {
  EXPECT_EQ(ResolveUserMacros("{$A} {$B", {}), "{$A} {$B");
  EXPECT_EQ(ResolveUserMacros("{$A:\"}\"}!", {}), "{$A:\"}\"}!");
  EXPECT_EQ(ResolveUserMacros("{HOST.NAME}", {}), "{HOST.NAME}");
}

}  // namespace
}  // namespace mon::zabbix_connector
