#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <future>

#include "support/child_process.h"
#include "support/scripted_server.h"

namespace mon::zabbix_connector {
namespace {

using test::Connection;
using test::Finished;
using test::Program;
using test::ScriptedServer;
using testing::HasSubstr;

TEST(ZabbixConnectorProgramTest, EndsAtOnceWhenItIsToldTo) {
  std::promise<void> asked;
  ScriptedServer server([&](Connection& connection) {
    connection.ReadRequest();
    asked.set_value();
    connection.WaitForClose();  // never an answer
  });
  test::Background program({Program("zabbix-connector"), "version"},
                           {{"ZABBIX_URL", server.Url("/api_jsonrpc.php")}});
  asked.get_future().wait();
  program.Signal(SIGTERM);
  EXPECT_EQ(program.Wait(std::chrono::seconds(10)), 0);
  EXPECT_EQ(program.ErrorText(), "");
}

TEST(ZabbixConnectorProgramTest, TeachesByItsHelp) {
  const Finished help = test::Run({Program("zabbix-connector"), "--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const char* word :
       {"check", "version", "hosts", "items", "history", "Exit codes", "Examples"})
    EXPECT_THAT(help.out, HasSubstr(word));
}

TEST(ZabbixConnectorProgramTest, RefusesWrongUsageBeforeItAsksAnybody) {
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{},
        {"hosts", "--format", "xml"},
        {"history"},
        {"unknown"},
        {"history", "--item", "1", "--last", "1h", "--from", "0"}}) {
    std::vector<std::string> command = {Program("zabbix-connector")};
    command.insert(command.end(), arguments.begin(), arguments.end());
    EXPECT_EQ(test::Run(command, {{"ZABBIX_URL", "http://127.0.0.1:1/"}}).exit_code, 64);
  }
}

}  // namespace
}  // namespace mon::zabbix_connector
