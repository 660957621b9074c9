#include "known_samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "text_columns.h"

namespace mon::data_aggregator {
namespace {

using mysql::Value;
using Samples = std::span<const ApplicationSample* const>;
using Take = std::function<void(const mysql::Row&)>;

// Of lists of 1,000 and more MariaDB makes a join, unless they are of pairs.
constexpr std::size_t kApplicationsAQuery = 500;
constexpr std::size_t kPairsAQuery = 1'000;

/// All of these applications, from one second to another, both inclusive.
struct Block {
  std::vector<Value> applications;
  std::int64_t first = 0;
  std::int64_t last = 0;
};

Block BlockAround(Samples samples) {
  const std::int64_t any = samples.front()->timestamp;
  Block block{.applications = {}, .first = any, .last = any};
  const ApplicationSample* before = nullptr;
  for (const ApplicationSample* sample : samples) {
    if (before == nullptr || before->application != sample->application)
      block.applications.emplace_back(sample->application);
    block.first = std::min(block.first, sample->timestamp);
    block.last = std::max(block.last, sample->timestamp);
    before = sample;
  }
  return block;
}

/// Whether a block holds no more than twice as many rows as `samples`, as of applications that are
/// polled each ten seconds: a row of a block costs half of one that is looked up by itself.
bool IsDense(const Block& block, std::size_t samples) {
  constexpr std::int64_t kUsualSpacing = 10;  // s
  const auto rounds = static_cast<std::size_t>((block.last - block.first) / kUsualSpacing + 1);
  return rounds <= 2 * samples / block.applications.size();
}

Result<void> Read(mysql::Connection& connection, const std::string& condition,
                  const std::vector<Value>& parameters, const Take& take) {
  return connection.Read(
      "SELECT application, timestamp, response_time_ms, error_rate, id"
      " FROM hyphenmon_metrics FORCE INDEX (application_timestamp) WHERE " +
          condition,
      parameters, take);
}

Result<void> ReadBlock(mysql::Connection& connection, const Block& block, const Take& take) {
  for (std::size_t i = 0; i < block.applications.size(); i += kApplicationsAQuery) {
    const auto end = std::min(i + kApplicationsAQuery, block.applications.size());
    std::vector<Value> parameters(block.applications.begin() + static_cast<std::ptrdiff_t>(i),
                                  block.applications.begin() + static_cast<std::ptrdiff_t>(end));
    const auto condition = fmt::format("application IN {} AND timestamp BETWEEN ? AND ?",
                                       Placeholders(parameters.size()));
    parameters.emplace_back(block.first);
    parameters.emplace_back(block.last);
    if (auto read = Read(connection, condition, parameters, take); !read) return read;
  }
  return {};
}

Result<void> ReadPairs(mysql::Connection& connection, Samples samples, const Take& take) {
  for (std::size_t i = 0; i < samples.size(); i += kPairsAQuery) {
    std::string pairs;
    std::vector<Value> parameters;
    for (const auto* sample : samples.subspan(i, std::min(kPairsAQuery, samples.size() - i))) {
      pairs += pairs.empty() ? "(?,?)" : ",(?,?)";
      parameters.emplace_back(sample->application);
      parameters.emplace_back(sample->timestamp);
    }
    const auto condition = fmt::format("(application, timestamp) IN ({})", pairs);
    if (auto read = Read(connection, condition, parameters, take); !read) return read;
  }
  return {};
}

}  // namespace

Result<void> ReadKnown(mysql::Connection& connection, Samples samples, const Take& take) {
  if (samples.empty()) return {};
  const Block block = BlockAround(samples);
  return IsDense(block, samples.size()) ? ReadBlock(connection, block, take)
                                        : ReadPairs(connection, samples, take);
}

}  // namespace mon::data_aggregator
