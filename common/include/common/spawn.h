#pragma once

#include <spawn.h>

namespace mon {

/// What a program that we start has to begin with: none of the signals blocked or ignored that we
/// block or ignore (common/signals.h).
class SpawnAttributes {
 public:
  /// `own_group`: it begins a process group, so that it can be ended with all that it starts.
  explicit SpawnAttributes(bool own_group = false);
  ~SpawnAttributes();
  SpawnAttributes(const SpawnAttributes&) = delete;
  SpawnAttributes& operator=(const SpawnAttributes&) = delete;

  [[nodiscard]] const posix_spawnattr_t* Get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

}  // namespace mon
