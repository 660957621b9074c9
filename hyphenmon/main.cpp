#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <condition_variable>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <optional>
#include <random>
#include <sstream>

#include "anomaly_detector/rule.h"
#include "common/clock.h"
#include "common/expect.h"
#include "common/program.h"
#include "common/signals.h"
#include "common/text.h"
#include "hyphenmon/scenario.h"
#include "hyphenmon/server.h"

namespace {

using mon::hyphenmon::Story;

constexpr double kLeastSpeed = 0.01;
constexpr double kMostSpeed = 1000;

constexpr const char* kFooter =
    "Scenarios: steady, incident, flapping, slow, stuck, garbage, or the path of a CSV file with\n"
    "the columns seconds,response_time_ms,error_rate,delay_ms,answer (see hyphenmon/README.md).\n"
    "\n"
    "Example: hyphenmon --listen 127.0.0.1:5001 --seed 7 --scenario incident\n"
    "Exit codes: 0 stopped; 64 wrong usage; 65 a bad line in the story; 66 no such scenario or\n"
    "file; 69 the port is taken, or threads cannot be had; 77 no right to the port; 78 bad\n"
    "configuration.";

struct Flags {
  std::string listen = "127.0.0.1:5001";
  std::string scenario = "steady";
  std::string seed;
  double speed = 1;
};

void AddFlags(CLI::App& app, Flags& flags) {
  app.add_option("--listen", flags.listen, "Address and port to serve on; port 0 takes a free one")
      ->type_name("ADDR:PORT")
      ->capture_default_str();
  app.add_option("--scenario", flags.scenario, "The story to play: a name or a file")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  app.add_option(
         "--seed", flags.seed,
         "Makes the values repeatable: they depend on it and on the seconds since the start")
      ->type_name("N")
      ->check(mon::expect::WholeNumber(0));
  app.add_option("--speed", flags.speed, "Plays the story this many times faster, 0.01 to 1000")
      ->type_name("X")
      ->check(mon::expect::Number(kLeastSpeed, kMostSpeed))
      ->capture_default_str();
}

mon::Result<Story> LoadStory(const std::string& scenario) {
  if (auto story = mon::hyphenmon::BuiltInStory(scenario)) return *story;
  std::ifstream file(scenario);
  std::ostringstream text;
  // Not by iterators of the buffer: those throw where `scenario` is a directory.
  if (file.is_open() && file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (!file.is_open() || file.bad())
    return mon::Fail(mon::ErrorCode::kNotFound,
                     fmt::format("--scenario '{}': no scenario of that name, and no file that can "
                                 "be read",
                                 scenario));
  return mon::hyphenmon::ParseStory(text.str(), scenario);
}

std::optional<std::uint64_t> RandomSeed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

void WaitFor(std::stop_token stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait(lock, stop, [] { return false; });
}

mon::Result<mon::ExitCode> Serve(const Flags& flags) {
  const mon::StopSignals signals;
  const auto address = mon::hyphenmon::ParseAddress(flags.listen);
  if (!address) return std::unexpected(address.error());
  auto story = LoadStory(flags.scenario);
  if (!story) return std::unexpected(story.error());
  const auto seed = flags.seed.empty() ? RandomSeed() : mon::ParseUint(flags.seed);
  const mon::SystemClock clock;
  mon::RaiseOpenFileLimit();  // each client has one
  auto server = mon::hyphenmon::Server::Start(
      *address, mon::hyphenmon::Scenario(std::move(*story), *seed, flags.speed), clock);
  if (!server) return std::unexpected(server.error());
  const bool v6 = address->host.contains(':');
  fmt::print("hyphenmon serves http://{}{}{}:{}/metrics scenario={} seed={}\n", v6 ? "[" : "",
             address->host, v6 ? "]" : "", (*server)->Port(), flags.scenario, *seed);
  std::fflush(stdout);
  WaitFor(signals.Token());
  (*server)->Stop();
  return mon::ExitCode::kOk;
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  mon::ProgramInfo info;
  info.name = "hyphenmon";
  info.description = "A mock application that reports its own metrics and plays stories over time.";
  info.footer = kFooter;
  info.check_rule = mon::anomaly_detector::CheckRule;
  return mon::RunProgram(
      argc, argv, info, [&](CLI::App& app) { AddFlags(app, flags); },
      [&](const mon::LoadedConfig&, const mon::ProgramOptions&) { return Serve(flags); });
}
