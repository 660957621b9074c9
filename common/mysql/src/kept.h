#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace mon::mysql {

/// The prepared statements of the last time, by their text. Who writes row by row writes the same
/// again and again, and preparing costs the server more than executing.
template <typename Statement>
class KeptStatements {
 public:
  /// Where there is none, the one that `prepare` makes.
  template <typename Prepare>
  Statement& Get(std::string_view sql, Prepare prepare) {
    auto found = statements_.find(sql);
    if (found == statements_.end()) {
      if (statements_.size() == kMost) Clear();
      found = statements_.emplace(sql, prepare()).first;
    }
    return *found->second;
  }
  void Clear() { statements_.clear(); }

 private:
  static constexpr std::size_t kMost = 32;
  std::map<std::string, std::unique_ptr<Statement>, std::less<>> statements_;
};

}  // namespace mon::mysql
