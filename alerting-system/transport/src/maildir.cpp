#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "common/descriptor.h"
#include "mail_transport/mail_transport.h"

namespace mon::mail_transport {
namespace {

std::unexpected<Error> IoError(std::string_view what, const std::filesystem::path& path) {
  const int number = errno;
  return Fail(ErrorCode::kIo, fmt::format("{} {}: {}", what, path.string(), std::strerror(number)));
}

Result<void> MakeDirectory(const std::filesystem::path& path) {
  if (mkdir(path.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return IoError("cannot make mail directory", path);
}

Result<void> MakeDirectories(const std::filesystem::path& maildir) {
  std::error_code error;
  std::filesystem::create_directories(maildir.parent_path(), error);  // a failure shows just below
  for (const auto& path : {maildir, maildir / "tmp", maildir / "new", maildir / "cur"}) {
    if (auto made = MakeDirectory(path); !made) return made;
  }
  return {};
}

/// Readers sort by it. The kernel's own is as coarse as its tick, so that mails of a few
/// milliseconds would have no order.
Result<void> StampExactly(const Descriptor& file, const std::filesystem::path& path) {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  const std::array<timespec, 2> times{now, now};
  if (futimens(file.Get(), times.data()) != 0) return IoError("cannot write mail", path);
  return {};
}

Result<void> WriteSynced(const std::filesystem::path& path, std::string_view bytes) {
  const Descriptor file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!file) return IoError("cannot write mail", path);
  while (!bytes.empty()) {
    const ssize_t written = write(file.Get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return IoError("cannot write mail", path);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (auto stamped = StampExactly(file, path); !stamped) return stamped;
  if (fsync(file.Get()) != 0) return IoError("cannot write mail", path);
  return {};
}

/// A rename is on disk only when its directory is.
Result<void> SyncDirectory(const std::filesystem::path& path) {
  const Descriptor directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || fsync(directory.Get()) != 0) {
    return IoError("cannot write mail directory", path);
  }
  return {};
}

/// Letters that neither a path nor a Maildir reader (which ends the name at ":") takes specially.
std::string FileName(const OutgoingMail& mail) {
  std::string name = fmt::format("{}.{}", mail.created_at, mail.message_id);
  std::ranges::replace_if(name, [](char c) { return c == '/' || c == ':' || c == ','; }, '_');
  return name.substr(0, 200);
}

class Maildir final : public MailTransport {
 public:
  explicit Maildir(std::filesystem::path directory) : directory_(std::move(directory)) {}

  Result<Receipt> Send(const OutgoingMail& mail, std::stop_token) override {
    if (auto made = MakeDirectories(directory_); !made) return std::unexpected(made.error());
    const std::string name = FileName(mail);
    const std::filesystem::path temporary =
        directory_ / "tmp" / fmt::format("{}.{}", name, getpid());
    const std::filesystem::path final_path = directory_ / "new" / name;
    if (auto written = WriteSynced(temporary, mail.bytes); !written) {
      unlink(temporary.c_str());
      return std::unexpected(written.error());
    }
    if (rename(temporary.c_str(), final_path.c_str()) != 0) {
      auto error = IoError("cannot write mail", final_path);
      unlink(temporary.c_str());
      return error;
    }
    if (auto synced = SyncDirectory(directory_ / "new"); !synced) {
      return std::unexpected(synced.error());
    }
    return Receipt{Status::kSent, "written to " + final_path.string(), false};
  }

  std::string Name() const override { return "maildir " + directory_.string(); }

 private:
  std::filesystem::path directory_;
};

}  // namespace

std::unique_ptr<MailTransport> MakeMaildirTransport(std::filesystem::path directory) {
  return std::make_unique<Maildir>(std::move(directory));
}

}  // namespace mon::mail_transport
