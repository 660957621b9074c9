#include "files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace mon::data_aggregator {

std::unexpected<Error> FileError(const std::filesystem::path& file, std::string_view what) {
  return Fail(ErrorCode::kIo,
              fmt::format("spool {}: {}: {}", file.string(), what, std::strerror(errno)));
}

Result<std::string> ReadUpTo(const Descriptor& file, std::size_t most,
                             const std::filesystem::path& name) {
  std::string bytes(most, '\0');
  std::size_t done = 0;
  while (done < most) {
    const ssize_t got = read(file.Get(), bytes.data() + done, most - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileError(name, "cannot be read");
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  bytes.resize(done);
  return bytes;
}

Result<void> WriteAll(const Descriptor& file, std::string_view bytes,
                      const std::filesystem::path& name) {
  while (!bytes.empty()) {
    const ssize_t written = write(file.Get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileError(name, "cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> SyncDirectory(const std::filesystem::path& directory) {
  const Descriptor opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || fsync(opened.Get()) != 0) return FileError(directory, "cannot be synced");
  return {};
}

}  // namespace mon::data_aggregator
