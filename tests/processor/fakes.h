#pragma once

#include <map>
#include <string>
#include <vector>

#include "alert_book.h"
#include "detectors.h"
#include "items.h"
#include "judge.h"
#include "sample_reader.h"

namespace mon::processor {

/// Stored samples in memory, in pages of `page` so that tests see the seams between pages.
class FakeHistory final : public SampleHistory {
 public:
  void Store(const Sample& sample, const std::string& application = "shop") {
    samples_[{application, sample.timestamp}] = sample;
  }

  Result<SampleStretch> Read(const std::string& application, std::int64_t from,
                             std::int64_t to) override;
  Result<std::map<std::string, std::vector<Sample>>> ReadMany(
      std::span<const std::string> applications, std::int64_t from, std::int64_t to) override;
  Result<std::vector<Sample>> ReadBefore(const std::string& application, std::int64_t before,
                                         std::size_t count) override;

  std::size_t page = 3;
  std::size_t reads = 0;

 private:
  std::map<std::pair<std::string, std::int64_t>, Sample> samples_;
};

/// Items in memory.
class FakeItems final : public ItemSource {
 public:
  /// Adds an item of `host`, whose id is made from the name's length and order.
  std::uint64_t Add(const std::string& host, const std::string& key);
  void Put(std::uint64_t itemid, std::int64_t clock, double value);

  Result<std::span<const RelatedItem>> Related(const std::string& application) override;
  Result<std::vector<ItemValues>> Series(std::span<const RelatedItem* const> items,
                                         std::int64_t from, std::int64_t to) override;
  Result<std::vector<std::optional<ItemPoint>>> LastBefore(
      std::span<const RelatedItem* const> items, std::int64_t before) override;
  Result<bool> HaveHistory(std::span<const RelatedItem* const>) override { return have_history; }
  Result<std::optional<std::int64_t>> ReadUntil(std::uint64_t hostid) override;

  std::vector<RelatedItem> items;
  std::map<std::uint64_t, std::int64_t> read_until;  ///< by host id
  bool have_history = false;                         ///< more than the newest value of each
  std::map<std::uint64_t, std::map<std::int64_t, double>> values;
  std::size_t reads = 0;  ///< of series
};

/// What passes have saved of detectors.
class FakeDetectorStore final : public DetectorStore {
 public:
  Result<std::vector<StoredDetector>> Load(std::span<const std::string> series) override {
    ++loads;
    std::vector<StoredDetector> found;
    for (const auto& name : series) {
      if (const auto one = saved.find(name); one != saved.end()) found.push_back(one->second);
    }
    return found;
  }
  Result<std::vector<AcceptedOddity>> LoadAccepted() override { return accepted; }

  void Save(Detectors& detectors) {
    for (auto& one : detectors.Due()) saved[one.series] = one;
    for (const auto& done : detectors.Accepted()) std::erase(accepted, done);
    detectors.Saved();
  }

  std::map<std::string, StoredDetector> saved;
  std::vector<AcceptedOddity> accepted;
  int loads = 0;
};

/// What earlier passes recorded, in memory.
class FakeStore final : public AlertStore {
 public:
  Result<std::vector<StoredState>> LoadStates(std::span<const std::string> applications) override;
  Result<std::vector<Alert>> LoadOverlapping(const Alert& candidate) override;
  Result<std::vector<Alert>> LoadAround(std::span<const std::string> applications,
                                        std::int64_t from, std::int64_t to) override;
  Result<std::vector<Alert>> LoadTold() override;

  /// Records what an aggregator told while it was cut off.
  void Tell(Alert alert);
  /// Does what a committed page does: alerts and states of `book` become recorded ones.
  void Commit(AlertBook& book);

  std::vector<Alert> alerts;
  std::size_t overlap_reads = 0;
  std::map<AlertBook::Key, TrackedState> states;
};

/// A rule, its state and its alerts over several passes, with samples ten seconds apart.
class JudgeWorld {
 public:
  explicit JudgeWorld(RuleConfig config = {});

  /// One pass over `samples`, which become stored samples first. Returns the alerts it touched.
  std::vector<Alert> Pass(const std::vector<Sample>& samples,
                          const std::string& application = "shop");

  FakeHistory history;
  FakeItems items;
  FakeStore store;

 private:
  anomaly_detector::Rule rule_;
  Evaluator evaluator_;
};

/// The default rule with another expression, and with another `for`.
[[nodiscard]] RuleConfig RuleOf(const std::string& expr);
[[nodiscard]] RuleConfig RuleFor(std::chrono::seconds held);

/// A sample of `shop` with that error rate.
[[nodiscard]] Sample At(std::int64_t timestamp, float error_rate);

}  // namespace mon::processor
