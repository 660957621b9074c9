#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "processor/sample.h"

namespace mon::processor {

/// Samples of an application, sorted by time, and their numbers in columns, as rules are evaluated
/// on. What it is made of must outlive it.
class SampleSeries {
 public:
  SampleSeries(const std::string& application, std::span<const Sample> samples)
      : application_(application), samples_(samples) {
    times_.reserve(samples.size());
    response_times_.reserve(samples.size());
    error_rates_.reserve(samples.size());
    for (const Sample& sample : samples) {
      times_.push_back(sample.timestamp);
      response_times_.push_back(static_cast<double>(sample.response_time_ms));
      error_rates_.push_back(static_cast<double>(sample.error_rate));
    }
  }

  [[nodiscard]] const std::string& Application() const { return application_; }
  [[nodiscard]] std::span<const Sample> Samples() const { return samples_; }
  [[nodiscard]] std::span<const std::int64_t> Times() const { return times_; }
  [[nodiscard]] std::span<const double> ResponseTimes() const { return response_times_; }
  [[nodiscard]] std::span<const double> ErrorRates() const { return error_rates_; }

 private:
  const std::string& application_;
  std::span<const Sample> samples_;
  std::vector<std::int64_t> times_;
  std::vector<double> response_times_;
  std::vector<double> error_rates_;
};

}  // namespace mon::processor
