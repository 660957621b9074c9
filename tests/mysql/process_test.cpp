#include "process.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/child_process.h"

namespace mon::mysql {
namespace {

TEST(ProcessTest, ThisOneLives) { EXPECT_FALSE(IsGone(ThisProcess())); }

TEST(ProcessTest, EndedOneIsGone) {
  Process process = ThisProcess();
  const pid_t child = fork();
  if (child == 0) _exit(0);
  waitpid(child, nullptr, 0);
  process.pid = child;
  EXPECT_TRUE(IsGone(process));
}

TEST(ProcessTest, ZombieIsGone) {
  Process process = ThisProcess();
  const pid_t child = fork();
  if (child == 0) _exit(0);
  siginfo_t info{};
  waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT);
  process.pid = child;
  EXPECT_TRUE(IsGone(process));
  waitpid(child, nullptr, 0);
}

TEST(ProcessTest, PidThatIsUsedAgainIsAnotherProcess) {
  Process process = ThisProcess();
  process.started -= 1;
  EXPECT_TRUE(IsGone(process));
}

TEST(ProcessTest, NothingIsKnownOfAnotherBootOrContainer) {
  Process process = ThisProcess();
  process.pid = 2'000'000'000;
  EXPECT_TRUE(IsGone(process));
  process.boot = "another";
  EXPECT_FALSE(IsGone(process));
}

}  // namespace
}  // namespace mon::mysql
