#include "directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace mon::data_aggregator::doctor {
namespace {

std::unexpected<Error> Because(const std::filesystem::path& path, std::string_view what) {
  const int number = errno;
  return Fail(ErrorCode::kIo, fmt::format("{} {}: {}", path.string(), what, std::strerror(number)));
}

/// `directory`, or the nearest one above it that is there.
std::filesystem::path Nearest(std::filesystem::path directory) {
  std::error_code error;
  while (!std::filesystem::exists(directory, error) && directory.has_relative_path())
    directory = directory.parent_path();
  return directory;
}

Result<void> TryFile(const std::filesystem::path& directory) {
  std::string file = directory / ".doctor-XXXXXX";
  const int opened = mkostemp(file.data(), O_CLOEXEC);
  if (opened < 0) return Because(directory, "cannot be written");
  Result<void> result;
  if (write(opened, "x", 1) != 1 || fsync(opened) != 0)
    result = Because(directory, "takes no data, or cannot be synced");
  close(opened);
  if (unlink(file.c_str()) != 0 && result) result = Because(file, "cannot be removed");
  return result;
}

}  // namespace

Result<DirectoryState> TryDirectory(const std::filesystem::path& directory) {
  const std::filesystem::path nearest = Nearest(directory);
  std::error_code error;
  if (!std::filesystem::is_directory(nearest, error)) {
    errno = error ? error.value() : ENOTDIR;
    return Because(nearest, "cannot be used");
  }
  if (auto tried = TryFile(nearest); !tried) return std::unexpected(tried.error());
  struct statvfs disk{};
  if (statvfs(nearest.c_str(), &disk) != 0) return Because(nearest, "cannot be looked at");
  return DirectoryState{nearest == directory, std::uint64_t{disk.f_bavail} * disk.f_frsize};
}

std::string DirectoryRemedy(const std::filesystem::path& directory, const std::string& setting) {
  return fmt::format(
      "make {} a directory that uid {} can write to, with room on its disk, or set {} "
      "to another one",
      directory.string(), geteuid(), setting);
}

}  // namespace mon::data_aggregator::doctor
