#include "data_aggregator/replace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "files.h"

namespace mon::data_aggregator {
namespace {

constexpr mode_t kMode = 0640;

}  // namespace

Result<void> ReplaceFile(const std::filesystem::path& file, std::string_view text, bool durable) {
  const std::filesystem::path fresh = file.string() + ".new";
  const Descriptor opened(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
  if (!opened) return FileError(fresh, "cannot be made");
  if (auto written = WriteAll(opened, text, fresh); !written) return written;
  if (durable && fdatasync(opened.Get()) != 0) return FileError(fresh, "cannot be synced");
  if (rename(fresh.c_str(), file.c_str()) != 0) return FileError(fresh, "cannot be renamed");
  return durable ? SyncDirectory(file.parent_path()) : Result<void>();
}

}  // namespace mon::data_aggregator
