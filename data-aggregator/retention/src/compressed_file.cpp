#include "compressed_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

#include "common/descriptor.h"
#include "sha256.h"

namespace mon::data_aggregator::archive {
namespace {

constexpr mode_t kMode = 0640;
constexpr mode_t kDirectoryMode = 0777;  // less the umask
constexpr std::size_t kChunk = 1U << 16U;
constexpr int kGzip = 15 + 16;                     // the largest window, in the format of gzip
constexpr std::size_t kLongestLine = 256U << 20U;  // a damaged file may unpack to anything

std::unexpected<Error> ReadError(const std::filesystem::path& file) {
  return Fail(ErrorCode::kNotFound,
              fmt::format("{} cannot be read: {}", file.string(), std::strerror(errno)));
}

Result<void> WriteAll(int fd, std::string_view bytes, const std::filesystem::path& file) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return WriteError(file, "cannot be written");
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

/// Makes new names in `directory` last.
Result<void> SyncDirectory(const std::filesystem::path& directory) {
  const Descriptor opened(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!opened || fsync(opened.Get()) != 0) return WriteError(directory, "cannot be synced");
  return {};
}

Bytef* AsBytes(const char* text) {
  // zlib's interface is not const; deflate only reads.
  return const_cast<Bytef*>(reinterpret_cast<const Bytef*>(text));
}

}  // namespace

std::unexpected<Error> WriteError(const std::filesystem::path& file, std::string_view what) {
  return Fail(ErrorCode::kIo, fmt::format("{} {}: {}", file.string(), what, std::strerror(errno)));
}

Result<void> MakeDirectories(const std::filesystem::path& directory) {
  std::error_code error;
  if (std::filesystem::is_directory(directory, error)) return {};
  const auto above = std::filesystem::absolute(directory).parent_path();
  if (auto made = MakeDirectories(above); !made) return made;
  if (mkdir(directory.c_str(), kDirectoryMode) != 0 && errno != EEXIST)
    return WriteError(directory, "cannot be made");
  return SyncDirectory(above);
}

Result<void> WriteWhole(const std::filesystem::path& file, std::string_view text) {
  const std::filesystem::path fresh = file.string() + ".new";
  {
    const Descriptor opened(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
    if (!opened) return WriteError(fresh, "cannot be made");
    if (auto written = WriteAll(opened.Get(), text, fresh); !written) return written;
    if (fsync(opened.Get()) != 0) return WriteError(fresh, "cannot be synced");
  }
  if (rename(fresh.c_str(), file.c_str()) != 0) return WriteError(file, "cannot be put in place");
  return SyncDirectory(file.parent_path());
}

struct CompressedWriter::Impl {
  explicit Impl(std::filesystem::path name)
      : path(std::move(name)),
        file(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    deflateEnd(&stream);
    if (file && !finished) (void)unlink(path.c_str());
  }

  /// Compresses what the stream has been given, and writes what comes out.
  Result<void> Deflate(int flush) {
    do {
      stream.next_out = AsBytes(out.data());
      stream.avail_out = kChunk;
      deflate(&stream, flush);
      const std::string_view bytes(out.data(), kChunk - stream.avail_out);
      if (auto written = WriteAll(file.Get(), bytes, path); !written) return written;
      raw.Update(bytes);
      seen.bytes += bytes.size();
    } while (stream.avail_out == 0);
    return {};
  }

  std::filesystem::path path;
  Descriptor file;
  z_stream stream{};
  std::array<char, kChunk> out{};
  Sha256 raw;
  Sha256 content;
  Fingerprint seen;
  bool finished = false;
};

CompressedWriter::CompressedWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CompressedWriter::CompressedWriter(CompressedWriter&&) noexcept = default;
CompressedWriter::~CompressedWriter() = default;

Result<CompressedWriter> CompressedWriter::Create(const std::filesystem::path& file) {
  auto impl = std::make_unique<Impl>(file);
  if (!impl->file) return WriteError(file, "cannot be made");
  constexpr int kMemory = 8;  // zlib's default
  if (deflateInit2(&impl->stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzip, kMemory,
                   Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  return CompressedWriter(std::move(impl));
}

Result<void> CompressedWriter::Write(std::string_view text) {
  impl_->content.Update(text);
  impl_->seen.content_bytes += text.size();
  impl_->stream.next_in = AsBytes(text.data());
  impl_->stream.avail_in = static_cast<uInt>(text.size());
  return impl_->Deflate(Z_NO_FLUSH);
}

Result<Fingerprint> CompressedWriter::Finish() {
  if (auto written = impl_->Deflate(Z_FINISH); !written) return std::unexpected(written.error());
  if (fsync(impl_->file.Get()) != 0) return WriteError(impl_->path, "cannot be synced");
  impl_->finished = true;
  impl_->seen.sha256 = impl_->raw.Hex();
  impl_->seen.content_sha256 = impl_->content.Hex();
  return impl_->seen;
}

struct CompressedReader::Impl {
  explicit Impl(const std::filesystem::path& name)
      : path(name), file(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { inflateEnd(&stream); }

  Result<void> Fill() {
    ssize_t got = 0;
    do got = read(file.Get(), in.data(), in.size());
    while (got < 0 && errno == EINTR);
    if (got < 0) return ReadError(path);
    const std::string_view bytes(in.data(), static_cast<std::size_t>(got));
    raw.Update(bytes);
    seen.bytes += bytes.size();
    stream.next_in = AsBytes(in.data());
    stream.avail_in = static_cast<uInt>(got);
    at_end = got == 0;
    return {};
  }

  /// Unpacks a piece more into `text`; nothing where the stream is over.
  Result<void> Inflate() {
    text.erase(0, std::exchange(begin, 0));
    if (stream.avail_in == 0) {
      if (auto filled = Fill(); !filled) return filled;
    }
    if (at_end && !over) return Damaged("is cut off");
    if (over) return stream.avail_in == 0 ? Result<void>{} : Damaged("goes on behind its end");
    stream.next_out = AsBytes(out.data());
    stream.avail_out = kChunk;
    const int status = inflate(&stream, Z_NO_FLUSH);
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR)
      return Damaged("is damaged");
    over = status == Z_STREAM_END;
    const std::string_view bytes(out.data(), kChunk - stream.avail_out);
    content.Update(bytes);
    seen.content_bytes += bytes.size();
    text += bytes;
    return text.size() < kLongestLine + kChunk ? Result<void>{} : Damaged("is damaged");
  }

  [[nodiscard]] std::unexpected<Error> Damaged(std::string_view what) const {
    return Fail(ErrorCode::kInvalidData, fmt::format("{} {}", path.string(), what));
  }

  std::filesystem::path path;
  Descriptor file;
  z_stream stream{};
  std::array<char, kChunk> in{};
  std::array<char, kChunk> out{};
  bool at_end = false;  ///< of the file
  bool over = false;    ///< the compressed stream
  std::string text;     ///< unpacked, from `begin` on not yet given out
  std::size_t begin = 0;
  Sha256 raw;
  Sha256 content;
  Fingerprint seen;
};

CompressedReader::CompressedReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
CompressedReader::CompressedReader(CompressedReader&&) noexcept = default;
CompressedReader& CompressedReader::operator=(CompressedReader&&) noexcept = default;
CompressedReader::~CompressedReader() = default;

Result<CompressedReader> CompressedReader::Open(const std::filesystem::path& file) {
  auto impl = std::make_unique<Impl>(file);
  if (!impl->file) return ReadError(file);
  if (inflateInit2(&impl->stream, kGzip) != Z_OK) throw std::bad_alloc();
  return CompressedReader(std::move(impl));
}

Result<bool> CompressedReader::ReadLine(std::string& line) {
  for (std::size_t searched = impl_->begin;;) {
    const auto end = impl_->text.find('\n', searched);
    if (end != std::string::npos) {
      line.assign(impl_->text, impl_->begin, end - impl_->begin);
      impl_->begin = end + 1;
      return true;
    }
    if (impl_->over && impl_->at_end) {
      if (impl_->begin < impl_->text.size()) return impl_->Damaged("ends within a line");
      return false;
    }
    searched = impl_->text.size() - impl_->begin;
    if (auto more = impl_->Inflate(); !more) return std::unexpected(more.error());
  }
}

Fingerprint CompressedReader::Seen() {
  impl_->seen.sha256 = impl_->raw.Hex();
  impl_->seen.content_sha256 = impl_->content.Hex();
  return impl_->seen;
}

}  // namespace mon::data_aggregator::archive
