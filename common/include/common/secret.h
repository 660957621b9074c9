#pragma once

#include <string>
#include <utility>

namespace mon {

/// A password or token. Printing it by accident is a compile error: it has no conversion and no
/// operator<<; only `Reveal()` gives the text, at the place that hands it to a library.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}

  [[nodiscard]] const std::string& Reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  bool operator==(const Secret&) const = default;

 private:
  std::string value_;
};

/// What stands in the place of a secret wherever configuration is printed.
inline constexpr const char* kMaskedSecret = "<secret>";

}  // namespace mon
