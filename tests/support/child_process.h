#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace mon::test {

/// What a finished program left behind.
struct Finished {
  int exit_code = -1;  ///< 128 + signal number where a signal ended it
  std::string out;
  std::string err;
};

/// Runs a program to its end. `environment` replaces the whole environment except PATH and HOME.
Finished Run(const std::vector<std::string>& command,
             const std::map<std::string, std::string>& environment = {},
             const std::string& standard_input = "",
             std::chrono::seconds limit = std::chrono::seconds(60));

/// The path of one of our programs: Program("processor").
std::string Program(const std::string& name);

/// A program that runs beside the test and is ended with it (SIGTERM, then SIGKILL after 10 s).
class Background {
 public:
  explicit Background(const std::vector<std::string>& command,
                      const std::map<std::string, std::string>& environment = {});
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// The next line of its standard output; empty at the end or after `limit`.
  std::string ReadLine(std::chrono::seconds limit = std::chrono::seconds(120));
  /// Writes to its standard input, which stays open until CloseInput() or the end of this object.
  void Write(const std::string& text) const;
  void CloseInput();
  void Signal(int number) const;
  /// Waits for its end; 128 + signal number where a signal ended it, -1 if it has not ended within
  /// `limit`.
  int Wait(std::chrono::seconds limit = std::chrono::seconds(30));
  [[nodiscard]] pid_t Pid() const { return pid_; }
  [[nodiscard]] std::string ErrorText() const;  ///< its standard error so far

 private:
  pid_t pid_ = -1;
  int stdin_ = -1;  ///< held open: the servers of tests/servers end with it
  int stdout_ = -1;
  std::string error_file_;
  std::string buffer_;
};

/// A directory of its own that is removed with the object.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  ~TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::string& Path() const { return path_; }

 private:
  std::string path_;
};

/// Starts `tests/servers/NAME.py` and waits for its line of facts; a server that does not start
/// fails the test loudly.
class TestServer {
 public:
  TestServer(const std::string& name, const std::string& directory,
             const std::vector<std::string>& arguments = {});
  /// A fact as text: Fact("port"), Fact("ca").
  [[nodiscard]] std::string Fact(const std::string& key) const;
  [[nodiscard]] Background& Process() { return process_; }

 private:
  Background process_;
  std::map<std::string, std::string> facts_;
};

}  // namespace mon::test
