// The loop of a daemon around work that only takes notes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "daemon/daemon.h"
#include "support/child_process.h"
#include "support/notify_socket.h"

namespace mon::daemon {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

class LoopTest : public testing::Test {
 protected:
  class Notes final : public Work {
   public:
    explicit Notes(LoopTest& test) : test_(test) {}
    Result<void> Use(std::shared_ptr<const LoadedConfig> loaded) override {
      const MysqlConfig& mysql = loaded->config.mysql;
      if (mysql.user == "unusable") return Fail(ErrorCode::kConfig, "not that one");
      test_.used_.push_back(mysql.user + ":" + mysql.password.Reveal());
      test_.in_use_ = std::move(loaded);
      return {};
    }
    Login RunCycle(const std::stop_token&, const std::function<void()>& progress) override {
      progress();
      test_.metrics_ = Metrics().Text();
      States().Set("mysql", {test_.well_, test_.well_ ? "connected" : "refused"});
      return test_.cycle_(++test_.cycles_);
    }
    void End() override { test_.ended_ = true; }

   private:
    LoopTest& test_;
  };

  LoopTest() {
    loaded_.config.processor.interval = 1ms;
    loaded_.config.processor.listen = "none";
    loaded_.config.mysql.user = "first";
  }

  /// What the next attempt to load the configuration gives.
  Result<LoadedConfig> fresh_ = LoadedConfig{};
  LoadedConfig& Fresh() {
    fresh_ = loaded_;
    return *fresh_;
  }

  Result<ExitCode> RunLoop() {
    const Options options{
        .section = "processor",
        .section_of = [](Config& config) -> DaemonConfig& { return config.processor; },
        .reload =
            [this] {
              loading_();
              return fresh_;
            },
        .make_work = [this] { return std::make_unique<Notes>(*this); }};
    testing::internal::CaptureStderr();
    auto code = daemon::Run(options, loaded_, stop_.get_token());
    log_ = testing::internal::GetCapturedStderr();
    return code;
  }

  /// Asks for a reload in the first cycle, and goes on until `done`.
  void ReloadUntil(const std::function<bool()>& done) {
    cycle_ = [this, done](int cycle) {
      if (cycle == 1) kill(getpid(), SIGHUP);
      if (done()) stop_.request_stop();
      return Login::kFine;
    };
    EXPECT_EQ(RunLoop(), ExitCode::kOk);
  }
  [[nodiscard]] bool Measured(const std::string& line) const {
    return metrics_.contains("\n" + line + "\n");
  }

  LoadedConfig loaded_;
  std::stop_source stop_;
  std::function<Login(int)> cycle_;
  std::function<void()> loading_ = [] {};
  int cycles_ = 0;
  bool well_ = true;
  std::vector<std::string> used_;
  std::shared_ptr<const LoadedConfig> in_use_;
  bool ended_ = false;
  std::string metrics_;  ///< as they were when the last cycle began
  std::string log_;
};

TEST_F(LoopTest, RepeatsUntilItIsStopped) {
  cycle_ = [this](int cycle) {
    if (cycle == 3) stop_.request_stop();
    return Login::kFine;
  };
  EXPECT_EQ(RunLoop(), ExitCode::kOk);
  EXPECT_EQ(cycles_, 3);
  EXPECT_TRUE(ended_);
}

TEST_F(LoopTest, AFirstConfigurationThatCannotBeUsedEndsIt) {
  loaded_.config.mysql.user = "unusable";
  const auto code = RunLoop();
  ASSERT_FALSE(code);
  EXPECT_EQ(code.error().code, ErrorCode::kConfig);
}

TEST_F(LoopTest, AHangUpLoadsTheConfiguration) {
  Fresh().config.mysql.user = "second";
  ReloadUntil([this] { return used_.size() > 1; });
  EXPECT_THAT(used_, ElementsAre("first:", "second:"));
  EXPECT_EQ(log_, "");
}

TEST_F(LoopTest, TheHashTellsConfigurationsApart) {
  const auto hash = [this] {
    const auto at = metrics_.find("\nprocessor_config_hash ");
    return metrics_.substr(at + 1, metrics_.find('\n', at + 1) - at - 1);
  };
  std::string before;
  Fresh().config.mysql.user = "second";
  ReloadUntil([&] {
    if (before.empty()) before = hash();
    return used_.size() > 1 && hash() != before;
  });
  EXPECT_THAT(before, StartsWith("processor_config_hash "));
}

TEST_F(LoopTest, ABadFileLeavesTheOldConfigurationAndIsOneLineInTheLog) {
  fresh_ = Fail(ErrorCode::kConfig, "monitoring.toml:2: mysql.usr: unknown key\nand more");
  ReloadUntil([this] { return Measured("processor_config_last_reload_successful 0"); });
  EXPECT_THAT(used_, ElementsAre("first:"));
  EXPECT_THAT(log_, HasSubstr("mysql.usr: unknown key\\nand more"));
  EXPECT_EQ(std::ranges::count(log_, '\n'), 1);
}

TEST_F(LoopTest, AConfigurationThatCannotBeUsedLeavesTheOldOne) {
  Fresh().config.mysql.user = "unusable";
  ReloadUntil([this] { return Measured("processor_config_last_reload_successful 0"); });
  EXPECT_EQ(in_use_->config.mysql.user, "first");
  EXPECT_THAT(log_, HasSubstr("not that one"));
}

TEST_F(LoopTest, AReloadThatStandsStillIsCutOffByAStop) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  loading_ = [this] {
    stop_.request_stop();
    std::promise<void>().get_future().wait();  // as for a server that does not answer
  };
  EXPECT_EXIT(ReloadUntil([] { return false; }), testing::ExitedWithCode(0), "");
}

TEST_F(LoopTest, AFileThatIsGoneIsNoConfiguration) {
  loaded_.file = "/etc/monitoring.toml";
  Fresh().file = "";
  ReloadUntil([this] { return Measured("processor_config_last_reload_successful 0"); });
  EXPECT_THAT(used_, ElementsAre("first:"));
  EXPECT_THAT(log_, HasSubstr("/etc/monitoring.toml"));
}

TEST_F(LoopTest, WhatCannotChangeStaysAndIsNamed) {
  loaded_.config.state_dir = "/old";
  Fresh().config.state_dir = "/new";
  fresh_->config.processor.listen = "127.0.0.1:1";
  fresh_->config.processor.interval = 2ms;
  ReloadUntil([this] { return used_.size() > 1; });
  EXPECT_EQ(in_use_->config.state_dir, "/old");
  EXPECT_EQ(in_use_->config.processor.listen, "none");
  EXPECT_EQ(in_use_->config.processor.interval, 2ms);
  EXPECT_THAT(log_, AllOf(HasSubstr("key=state_dir"), HasSubstr("in_use=/old"),
                          HasSubstr("key=processor.listen"), HasSubstr("new=127.0.0.1:1")));
}

TEST_F(LoopTest, SecretsAreReadAgainAfterARefusedLogin) {
  const test::TemporaryDirectory directory;
  const std::string file = directory.Path() + "/password";
  loaded_.config.mysql.password = Secret("old");
  loaded_.origins["mysql.password"] = {Origin::kFile, "monitoring.toml:1", file};
  cycle_ = [&](int cycle) {
    if (cycle == 1) std::ofstream(file) << "new";
    if (cycle == 2) stop_.request_stop();
    return Login::kRefused;
  };
  EXPECT_EQ(RunLoop(), ExitCode::kOk);
  EXPECT_THAT(used_, ElementsAre("first:old", "first:new"));
}

TEST_F(LoopTest, ASecretThatCannotBeReadIsToldOnce) {
  loaded_.origins["mysql.password"] = {Origin::kFile, "monitoring.toml:1", "/nowhere/password"};
  cycle_ = [this](int cycle) {
    if (cycle == 5) stop_.request_stop();
    return Login::kRefused;
  };
  EXPECT_EQ(RunLoop(), ExitCode::kOk);
  EXPECT_THAT(used_, ElementsAre("first:"));
  EXPECT_THAT(log_, HasSubstr("/nowhere/password"));
  EXPECT_EQ(std::ranges::count(log_, '\n'), 1);
}

TEST_F(LoopTest, BeatsThatWereOverrunAreLeftOutAndCounted) {
  cycle_ = [this](int cycle) {
    const auto until = std::chrono::steady_clock::now() + 5ms;
    while (cycle == 1 && std::chrono::steady_clock::now() < until) {
    }
    if (cycle == 2) stop_.request_stop();
    return Login::kFine;
  };
  EXPECT_EQ(RunLoop(), ExitCode::kOk);
  EXPECT_THAT(metrics_, HasSubstr("processor_skipped_cycles_total "));
}

class WatchedLoopTest : public LoopTest {
 protected:
  WatchedLoopTest() {
    setenv("NOTIFY_SOCKET", manager_.Name().c_str(), 1);
    setenv("WATCHDOG_USEC", "8", 1);
  }
  ~WatchedLoopTest() override {
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
  }

  test::TemporaryDirectory directory_;
  test::NotifySocket manager_{directory_.Path() + "/notify"};
};

TEST_F(WatchedLoopTest, TellsTheManagerWhatItDoes) {
  well_ = false;
  cycle_ = [this](int cycle) {
    if (cycle == 1) {
      EXPECT_EQ(manager_.Read(), "READY=1");
      EXPECT_EQ(manager_.Read(), "WATCHDOG=1") << "of the progress in the cycle";
    }
    stop_.request_stop();
    return Login::kFine;
  };
  EXPECT_EQ(RunLoop(), ExitCode::kOk);
  EXPECT_EQ(manager_.Read(), "STOPPING=1");
  EXPECT_EQ(manager_.Read(), "WATCHDOG=1") << "of the cycle that has ended";
  EXPECT_EQ(manager_.Read(), "STATUS=mysql: refused");
}

TEST_F(WatchedLoopTest, ALoopThatStandsStillFeedsNoWatchdog) {
  cycle_ = [this](int) {
    while (manager_.Read(0ms) != "") {
    }
    EXPECT_EQ(manager_.Read(100ms), "");
    stop_.request_stop();
    return Login::kFine;
  };
  EXPECT_EQ(RunLoop(), ExitCode::kOk);
}

TEST_F(WatchedLoopTest, ALoopThatWaitsForItsBeatFeedsIt) {
  setenv("WATCHDOG_USEC", "4000", 1);
  loaded_.config.processor.interval = 1h;
  std::jthread reader;
  cycle_ = [&](int) {
    reader = std::jthread([this] {
      for (int fed = 0; fed < 5;) fed += manager_.Read() == "WATCHDOG=1" ? 1 : 0;
      stop_.request_stop();
    });
    return Login::kFine;
  };
  EXPECT_EQ(RunLoop(), ExitCode::kOk);
  EXPECT_EQ(cycles_, 1);
}

TEST_F(WatchedLoopTest, AReloadIsToldBeforeAndAfter) {
  unsetenv("WATCHDOG_USEC");
  loaded_.config.processor.interval = 1h;
  Fresh().config.mysql.user = "second";
  cycle_ = [this](int cycle) {
    if (cycle == 1) kill(getpid(), SIGHUP);
    if (cycle == 2) {
      std::vector<std::string> told;
      for (std::string message = manager_.Read(0ms); !message.empty();
           message = manager_.Read(0ms)) {
        if (!message.starts_with("STATUS")) told.push_back(message);
      }
      EXPECT_THAT(told,
                  ElementsAre("READY=1", StartsWith("RELOADING=1\nMONOTONIC_USEC="), "READY=1"));
      stop_.request_stop();
    }
    return Login::kFine;
  };
  EXPECT_EQ(RunLoop(), ExitCode::kOk);
}

}  // namespace
}  // namespace mon::daemon
