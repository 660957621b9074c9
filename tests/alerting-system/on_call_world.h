#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "processor/processor_world.h"

namespace mon::test {

/// What a person on call has: a database that the processor writes, and the program. One for all
/// tests of an executable.
class OnCallWorld : public ProcessorWorld {
 public:
  /// As it is before anything happens. `config`: TOML behind the rules and applications, such as
  /// routes.
  static OnCallWorld& Fresh(const std::string& config = "");

  /// alerting-system with these arguments, run by anna or somebody else.
  [[nodiscard]] Finished Do(const std::vector<std::string>& arguments,
                            const std::string& user = "anna") const;
  /// So too, has to succeed; what it printed.
  std::string Get(const std::vector<std::string>& arguments) const;

  /// Rule `errors` (critical) fires for `application`; a pass tells it.
  void Fail(const std::string& application);
  /// It ends; a pass tells it.
  void Recover(const std::string& application);
  /// Rule `some-errors` (info) fires, too: an error rate between the limits.
  void Weaken(const std::string& application);

  /// As if what was told had been told so much earlier.
  void TellEarlier(int hours);

  /// The cells of a query, blanks between them, a row each.
  [[nodiscard]] std::vector<std::string> Rows(const std::string& sql);

 private:
  std::int64_t next_ = 0;  ///< sample
};

}  // namespace mon::test
