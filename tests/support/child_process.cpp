#include "support/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>
#include <thread>

#include "support/paths.h"

namespace mon::test {
namespace {

using SteadyClock = std::chrono::steady_clock;

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> EnvironmentOf(const std::map<std::string, std::string>& environment) {
  std::vector<std::string> result;
  for (const char* name : {"PATH", "HOME", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"}) {
    const char* value = getenv(name);
    if (value != nullptr && !environment.contains(name))
      result.push_back(std::string(name) + "=" + value);
  }
  for (const auto& [name, value] : environment) result.push_back(name + "=" + value);
  return result;
}

struct Pipe {
  int read = -1;
  int write = -1;
  Pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2 failed");
    read = ends[0];
    write = ends[1];
  }
};

/// Forks and executes; the three descriptors become its standard ones.
pid_t Spawn(const std::vector<std::string>& command,
            const std::map<std::string, std::string>& environment, int in, int out, int err) {
  std::vector<std::string> arguments = command;
  std::vector<std::string> variables = EnvironmentOf(environment);
  const auto argv = Pointers(arguments);
  const auto envp = Pointers(variables);
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("fork failed");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    dup2(in, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execvpe(argv[0], argv.data(), envp.data());
    _exit(127);
  }
  return pid;
}

int ExitCode(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Finished Run(const std::vector<std::string>& command,
             const std::map<std::string, std::string>& environment,
             const std::string& standard_input, std::chrono::seconds limit) {
  Pipe in;
  Pipe out;
  Pipe err;
  signal(SIGPIPE, SIG_IGN);
  const pid_t pid = Spawn(command, environment, in.read, out.write, err.write);
  close(in.read);
  close(out.write);
  close(err.write);
  std::jthread writer([&] {
    std::size_t done = 0;
    while (done < standard_input.size()) {
      const ssize_t n = write(in.write, standard_input.data() + done, standard_input.size() - done);
      if (n <= 0) break;
      done += static_cast<std::size_t>(n);
    }
    close(in.write);
  });

  Finished finished;
  const auto deadline = SteadyClock::now() + limit;
  pollfd ends[2] = {{out.read, POLLIN, 0}, {err.read, POLLIN, 0}};
  std::string* texts[2] = {&finished.out, &finished.err};
  int open_ends = 2;
  while (open_ends > 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now());
    if (left.count() <= 0) {
      kill(pid, SIGKILL);
      finished.err += "\n[killed: not finished in time]\n";
      break;
    }
    poll(ends, 2, static_cast<int>(left.count()));
    for (int i = 0; i < 2; ++i) {
      if (ends[i].fd < 0 || ends[i].revents == 0) continue;
      char bytes[65536];
      const ssize_t n = read(ends[i].fd, bytes, sizeof bytes);
      if (n > 0) {
        texts[i]->append(bytes, static_cast<std::size_t>(n));
      } else {
        ends[i].fd = -1;
        --open_ends;
      }
    }
  }
  int status = 0;
  waitpid(pid, &status, 0);
  close(out.read);
  close(err.read);
  finished.exit_code = ExitCode(status);
  return finished;
}

std::string Program(const std::string& name) { return ProgramDirectory() + "/" + name; }

Background::Background(const std::vector<std::string>& command,
                       const std::map<std::string, std::string>& environment) {
  Pipe in;
  Pipe out;
  error_file_ = (std::filesystem::temp_directory_path() / "mon-test-stderr-XXXXXX").string();
  const int err = mkostemp(error_file_.data(), O_CLOEXEC);
  if (err < 0) throw std::runtime_error("mkostemp failed");
  pid_ = Spawn(command, environment, in.read, out.write, err);
  close(in.read);
  close(out.write);
  close(err);
  stdin_ = in.write;
  stdout_ = out.read;
}

Background::~Background() {
  if (pid_ > 0) {
    CloseInput();
    kill(pid_, SIGTERM);
    if (Wait(std::chrono::seconds(10)) == -1) {
      kill(pid_, SIGKILL);
      Wait();
    }
  }
  CloseInput();
  close(stdout_);
  unlink(error_file_.c_str());
}

std::string Background::ReadLine(std::chrono::seconds limit) {
  const auto deadline = SteadyClock::now() + limit;
  for (;;) {
    const auto end = buffer_.find('\n');
    if (end != std::string::npos) {
      std::string line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - SteadyClock::now());
    pollfd end_of_pipe{stdout_, POLLIN, 0};
    if (left.count() <= 0 || poll(&end_of_pipe, 1, static_cast<int>(left.count())) <= 0) return "";
    char bytes[4096];
    const ssize_t n = read(stdout_, bytes, sizeof bytes);
    if (n <= 0) return "";
    buffer_.append(bytes, static_cast<std::size_t>(n));
  }
}

void Background::Write(const std::string& text) const {
  signal(SIGPIPE, SIG_IGN);
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = write(stdin_, text.data() + done, text.size() - done);
    if (n <= 0) throw std::runtime_error("the program does not read its input");
    done += static_cast<std::size_t>(n);
  }
}

void Background::CloseInput() {
  if (stdin_ >= 0) close(stdin_);
  stdin_ = -1;
}

void Background::Signal(int number) const {
  if (pid_ > 0) kill(pid_, number);
}

int Background::Wait(std::chrono::seconds limit) {
  if (pid_ <= 0) return -1;
  const auto deadline = SteadyClock::now() + limit;
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) {
      pid_ = -1;
      return ExitCode(status);
    }
    if (SteadyClock::now() >= deadline) return -1;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

std::string Background::ErrorText() const {
  std::ifstream file(error_file_);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TemporaryDirectory::TemporaryDirectory() {
  path_ = (std::filesystem::temp_directory_path() / "mon-test-XXXXXX").string();
  if (mkdtemp(path_.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
}

TemporaryDirectory::~TemporaryDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

namespace {

std::vector<std::string> ServerCommand(const std::string& name, const std::string& directory,
                                       const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {"/usr/bin/python3", ServersDirectory() + "/" + name + ".py",
                                      "--dir", directory};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

}  // namespace

TestServer::TestServer(const std::string& name, const std::string& directory,
                       const std::vector<std::string>& arguments)
    : process_(ServerCommand(name, directory, arguments)) {
  const std::string line = process_.ReadLine();
  if (line.empty())
    throw std::runtime_error("server " + name + " did not start: " + process_.ErrorText());
  const auto facts = nlohmann::json::parse(line);  // named: items() does not keep it alive
  for (const auto& [key, value] : facts.items()) {
    facts_[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
}

std::string TestServer::Fact(const std::string& key) const { return facts_.at(key); }

}  // namespace mon::test
