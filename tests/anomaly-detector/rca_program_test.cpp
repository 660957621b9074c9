#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "support/child_process.h"

namespace mon::test {
namespace {

using testing::HasSubstr;

const std::map<std::string, std::string> kAlone = {{"MONITORING_CONFIG", "/dev/null"}};

class RcaProgramTest : public testing::Test {
 protected:
  RcaProgramTest() {
    std::string normal =
        "timestamp,shop|latency|Average,db|latency|Average,\"a,b|latency|Average\"\n";
    for (int i = 0; i < 30; ++i) {
      normal += std::to_string(i) + (i % 2 == 0 ? ",10,20,5\n" : ",11,21,6\n");
    }
    Write("normal.csv", normal);
    Write("incident.csv",
          "timestamp,shop|latency|Average,db|latency|Average,\"a,b|latency|Average\"\n"
          "1000,10,20,5\n1060,11,21,\n1120,30,40,6\n");
    Write("edges.csv", "caller,callee\nshop,db\nshop,\"a,b\"\n");
    Write("target.csv", "shop,latency,Average,1120\n");
  }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(directory_.Path() + "/" + name) << text;
  }

  [[nodiscard]] Finished Rank() const {
    return mon::test::Run({Program("anomaly-detector"), "rca", directory_.Path()}, kAlone);
  }

  [[nodiscard]] std::string Refusal() const {
    const Finished run = Rank();
    EXPECT_EQ(run.exit_code, 65);
    EXPECT_EQ(run.out, "");
    return run.err;
  }

  TemporaryDirectory directory_;
};

TEST_F(RcaProgramTest, PrintsTheComponentsBestFirst) {
  const Finished run = Rank();
  EXPECT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, testing::MatchesRegex("db,3\\.[0-9]+\n\"a,b\",0\\.[0-9]+\n"));
}

TEST_F(RcaProgramTest, LinesMayComeInAnyOrder) {
  const std::string ordered = Rank().out;
  Write("incident.csv",
        "timestamp,shop|latency|Average,db|latency|Average,\"a,b|latency|Average\"\n"
        "1120,30,40,6\n1060,11,21,\n1000,10,20,5\n");
  EXPECT_EQ(Rank().out, ordered);
}

TEST_F(RcaProgramTest, SymptomThatNoColumnIsOfIsRefused) {
  Write("target.csv", "shop,latncy,Average,1120\n");
  EXPECT_THAT(Refusal(), HasSubstr("/incident.csv: no column is of the metric and statistic in "
                                   "target.csv, latncy|Average"));
}

TEST_F(RcaProgramTest, TakesCrlf) {
  Write("target.csv", "shop,latency,Average,1120\r\n");
  Write("edges.csv", "caller,callee\r\nshop,db\r\n");
  EXPECT_THAT(Rank().out, testing::StartsWith("db,3"));
}

TEST_F(RcaProgramTest, NamesTheFileThatIsMissing) {
  for (const std::string name : {"target.csv", "edges.csv", "normal.csv", "incident.csv"}) {
    const std::string path = directory_.Path() + "/" + name;
    std::filesystem::rename(path, path + ".away");
    const Finished run = Rank();
    EXPECT_EQ(run.exit_code, 66);
    EXPECT_THAT(run.err, HasSubstr(path + ": No such file or directory"));
    std::filesystem::rename(path + ".away", path);
  }
}

TEST_F(RcaProgramTest, NamesTheLineThatIsBad) {
  Write("incident.csv", "timestamp,shop|latency|Average\n1000,10\n1060,slow\n");
  EXPECT_THAT(Refusal(), HasSubstr("/incident.csv: line 3: expected a finite number, nan or "
                                   "nothing, found 'slow'"));
  Write("incident.csv", "timestamp,shop|latency|Average\n1000,10,11\n");
  EXPECT_THAT(Refusal(),
              HasSubstr("/incident.csv: line 2: expected 2 fields as in the header, found 3"));
  Write("incident.csv", "timestamp,shop|latency|Average\nnoon,10\n");
  EXPECT_THAT(Refusal(), HasSubstr("/incident.csv: line 2: expected a time, found 'noon'"));
  Write("incident.csv", "timestamp,latency\n1000,10\n");
  EXPECT_THAT(Refusal(), HasSubstr("line 1: expected component|metric|statistic, found 'latency'"));
  Write("incident.csv", "");
  EXPECT_THAT(Refusal(), HasSubstr("/incident.csv: line 1: expected a header"));
}

TEST_F(RcaProgramTest, NamesABadEdgeAndABadTarget) {
  Write("edges.csv", "caller,callee\nshop\n");
  EXPECT_THAT(Refusal(), HasSubstr("/edges.csv: line 2: expected caller,callee, found 1 field"));
  Write("target.csv", "shop,latency,1120\n");
  EXPECT_THAT(Refusal(),
              HasSubstr("/target.csv: line 1: expected component,metric,statistic,timestamp"));
  Write("target.csv", "shop,latency,Average,soon\n");
  EXPECT_THAT(Refusal(), HasSubstr("/target.csv: line 1: expected a time, found 'soon'"));
}

TEST_F(RcaProgramTest, NeedsADirectory) {
  EXPECT_EQ(mon::test::Run({Program("anomaly-detector"), "rca"}, kAlone).exit_code, 64);
  const Finished run = mon::test::Run({Program("anomaly-detector"), "rca", "/nowhere"}, kAlone);
  EXPECT_EQ(run.exit_code, 66);
  EXPECT_THAT(run.err, HasSubstr("/nowhere/target.csv: No such file or directory"));
}

}  // namespace
}  // namespace mon::test
