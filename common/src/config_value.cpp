#include "config_value.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "common/descriptor.h"
#include "common/secret.h"
#include "common/text.h"

namespace mon::config {

namespace {

constexpr std::size_t kMaxFileBytes = 64 << 20;  // a hundred thousand applications have some 15 MB
constexpr std::size_t kMaxQuotedBytes = 64;
constexpr std::size_t kMaxProblems = 20;

/// A text that was refused, without what may be the user and password of a URL: everything from
/// its scheme to the last @, for nobody knows where a malformed one hides them.
std::string WithoutLogin(const std::string& text) {
  const std::size_t at = text.rfind('@');
  const std::size_t colon = text.find(':');
  if (at == std::string::npos || colon > at) return text;
  const std::size_t scheme = text.find("://");
  return text.substr(0, scheme == std::string::npos ? 0 : scheme + 3) + kMaskedSecret +
         text.substr(at);
}

std::unexpected<Error> Unreadable(const std::filesystem::path& path, int error) {
  return Fail(ErrorCode::kConfig,
              fmt::format("{} cannot be read: {}", path.string(), std::strerror(error)));
}

}  // namespace

void Findings::Refuse(std::size_t line, std::string text) {
  const auto place = std::ranges::upper_bound(problems, line, {}, &Problem::line);
  problems.insert(place, {line, std::move(text), of_flags});
}

void Findings::SetOrigin(const std::string& key, OriginOf origin) {
  origins.insert_or_assign(key, std::move(origin));
}

void Findings::EraseOrigin(std::string_view key) {
  if (const auto found = origins.find(key); found != origins.end()) origins.erase(found);
}

const OriginOf* Findings::FindOrigin(std::string_view key) const {
  const auto found = origins.find(key);
  return found == origins.end() ? nullptr : &found->second;
}

Error Findings::ToError() const {
  std::string text;
  std::string_view last;  // one variable that several settings take is told once
  std::size_t told = 0;
  for (const Problem& problem : problems) {
    if (problem.text == last) continue;
    if (told++ == kMaxProblems) {
      text += fmt::format("\nand more, {} in all", problems.size());
      break;
    }
    if (!text.empty()) text += '\n';
    text += problem.text;
    last = problem.text;
  }
  const bool usage = std::ranges::all_of(problems, &Problem::is_usage);
  return {usage ? ErrorCode::kUsage : ErrorCode::kConfig, std::move(text)};
}

std::string Describe(const RawValue& value, bool secret) {
  struct Describer {
    bool secret;
    std::string operator()(const std::string& text) const {
      return secret ? "a text" : QuoteJson(CleanUtf8(WithoutLogin(text), kMaxQuotedBytes));
    }
    std::string operator()(std::int64_t number) const {
      return secret ? "an integer" : fmt::format("the integer {}", number);
    }
    std::string operator()(double number) const {
      return secret ? "a number" : fmt::format("the number {}", number);
    }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(const std::vector<std::string>& list) const {
      return fmt::format("an array of {}", list.size());
    }
    std::string operator()(const OtherType& other) const { return other.name; }
  };
  return std::visit(Describer{secret}, value.data);
}

std::string Label(const RawValue& value, std::string_view full_key) {
  return value.origin == Origin::kFile ? fmt::format("{}: {}", value.where, full_key) : value.where;
}

std::filesystem::path Resolve(const std::filesystem::path& base,
                              const std::filesystem::path& path) {
  std::error_code ignored;  // fails only without a current directory; then the path stays relative
  const std::filesystem::path absolute = std::filesystem::absolute(base / path, ignored);
  return (ignored ? base / path : absolute).lexically_normal();
}

Result<std::string> ReadTextFile(const std::filesystem::path& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return Unreadable(path, errno);
  std::string text;
  std::array<char, 16384> buffer{};
  while (true) {
    const ssize_t count = read(file.Get(), buffer.data(), buffer.size());
    if (count == 0) return text;
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Unreadable(path, errno);
    text.append(buffer.data(), static_cast<std::size_t>(count));
    if (text.size() > kMaxFileBytes) return Unreadable(path, EFBIG);
  }
}

Result<std::string> ReadValueFile(const std::filesystem::path& path) {
  Result<std::string> text = ReadTextFile(path);
  if (!text) return text;
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  if (text->empty()) return Fail(ErrorCode::kConfig, path.string() + " is empty");
  if (text->find_first_of(std::string_view("\n\r\0", 3)) != std::string::npos) {
    return Fail(ErrorCode::kConfig, path.string() + " holds more than one line of text");
  }
  return text;
}

bool IsWorldReadable(const std::filesystem::path& path) {
  struct stat status{};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return false;
  return (status.st_mode & S_IROTH) != 0 && !path.string().starts_with("/run/secrets/");
}

}  // namespace mon::config
