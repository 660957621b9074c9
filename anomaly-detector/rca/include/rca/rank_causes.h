#pragma once

#include <span>
#include <string>
#include <vector>

namespace mon::rca {

/// One component calls another; it waits for the answer, and its failures are the caller's.
struct Edge {
  std::string caller;
  std::string callee;
};

/// One statistic of one metric of one component over time.
struct Series {
  std::string component;       ///< "PetSearch_AWS::ECS::Fargate"
  std::string metric;          ///< "latency"
  std::string statistic;       ///< "Average"
  std::vector<double> values;  ///< one for each time of its table; NaN is missing
};

struct Table {
  std::vector<double> times;  ///< seconds since 1970, ascending
  std::vector<Series> series;
};

/// Where the incident was noticed, in which metric, and when it began.
struct Symptom {
  std::string component;
  std::string metric;
  std::string statistic;
  double onset = 0;  ///< seconds since 1970; known within a minute or so
};

struct Cause {
  std::string component;
  double score = 0;      ///< 0 and above, higher is more likely; comparable within one ranking
  double deviation = 0;  ///< how far it moved, in units of its healthy spread; 0: it did not
  double change = 0;     ///< the same in the unit of the metric
};

/// Ranks the components by how likely they caused the symptom, best first; among equals by name.
///
/// Input:   `normal` healthy times, whenever; `incident` some values before the onset and some
///          behind it. A value is taken for the mean of the interval that begins at its time, so
///          that the one in whose interval the onset lies belongs behind it. Only series of the
///          symptom's metric and statistic are looked at, and of them those with 10 healthy values
///          and one behind the onset at least. The component with the symptom is not ranked; where
///          it has no such series, a rise is taken for what is bad.
/// Score:   a component's change is how far its worst value behind the onset lies beyond both its
///          healthy median and its median before the onset, in the direction in which the symptom
///          moved. What was odd before already is not the cause. Its deviation d is that in units
///          of the healthy spread: the largest of 1.4826 MAD, IQR / 1.349, the 99th percentile
///          over 2.326, and 0.3 % of the median. Score: log(1 + d), of which
///          - the part is taken away that a callee explains: its own change over the caller's (a
///            caller waits for what it calls, so that a delay or a failure adds to its own), as
///            far as the callee's deviation is beyond doubt, d^2 / (d^2 + 9);
///          - likewise, where a component calls nothing, the part that is beyond doubt of another
///            callee of its caller that does call others: a load balancer, say, of which only
///            its caller tells, and which shows what the service behind it does;
///          - a fifth is left where no calls lead there from the symptom.
///          bench/root_cause.md has the measurements.
/// Errors:  none; an empty ranking where nothing can be judged. No I/O, safe from any thread.
[[nodiscard]] std::vector<Cause> RankCauses(const Table& normal, const Table& incident,
                                            std::span<const Edge> edges, const Symptom& symptom);

}  // namespace mon::rca
