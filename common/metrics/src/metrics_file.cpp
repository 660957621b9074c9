#include "metrics/metrics_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <utility>

#include "common/log.h"

namespace mon {

namespace {

namespace fs = std::filesystem;

// Whatever the umask is: the collector has an account of its own.
constexpr auto kFileMode = static_cast<fs::perms>(0644);
constexpr auto kDirectoryMode = static_cast<fs::perms>(0755);

/// All of a file; empty where it cannot be read.
std::string ReadAll(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return std::move(text).str();
}

/// Without waiting for the disk: a crash of the machine may cost the counts.
bool Replace(const fs::path& file, std::string_view bytes) {
  std::error_code failed;
  if (fs::create_directories(file.parent_path(), failed))
    fs::permissions(file.parent_path(), kDirectoryMode, failed);
  // Of this process, so that two runs at once do not write into each other's.
  const fs::path fresh = fmt::format("{}.{}", file.string(), getpid());
  std::ofstream stream(fresh, std::ios::binary);
  stream << bytes;
  stream.close();
  if (stream) {
    failed.clear();
    fs::permissions(fresh, kFileMode, failed);
    if (!failed) fs::rename(fresh, file, failed);
    if (!failed) return true;
  }
  fs::remove(fresh, failed);
  return false;
}

}  // namespace

void UpdateMetricsFile(const fs::path& state_dir, std::string_view program,
                       const std::function<void(Metrics&)>& record) {
  const fs::path file = state_dir / "metrics" / fmt::format("{}.prom", program);
  Metrics metrics;
  metrics.Restore(ReadAll(file));
  record(metrics);
  if (!Replace(file, metrics.Text())) log::Debug("metrics not written", {{"file", file.string()}});
}

}  // namespace mon
