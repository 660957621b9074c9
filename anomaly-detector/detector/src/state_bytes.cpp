#include "detector/state_bytes.h"

#include <fmt/format.h>

namespace mon::detector {
namespace {

constexpr std::size_t kWord = 8;

void Append(std::string& bytes, std::uint64_t word) {
  for (std::size_t i = 0; i < kWord; ++i) {
    bytes += static_cast<char>(static_cast<unsigned char>(word >> (8 * i)));
  }
}

std::uint64_t WordAt(std::string_view bytes) {
  std::uint64_t word = 0;
  for (std::size_t i = 0; i < kWord; ++i) {
    word |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
  }
  return word;
}

/// FNV-1a, http://www.isthe.com/chongo/tech/comp/fnv/
std::uint64_t Checksum(std::string_view bytes) {
  std::uint64_t sum = 14695981039346656037U;
  for (const char byte : bytes) {
    sum = (sum ^ static_cast<unsigned char>(byte)) * 1099511628211U;
  }
  return sum;
}

}  // namespace

void StateWriter::PutWord(std::uint64_t word) { Append(bytes_, word); }

std::string StateWriter::Close(std::uint64_t version) const {
  std::string state;
  state.reserve(bytes_.size() + 2 * kWord);
  Append(state, version);
  state += bytes_;
  Append(state, Checksum(state));
  return state;
}

Result<StateReader> StateReader::Open(std::string_view bytes, std::uint64_t version) {
  if (bytes.size() < 2 * kWord || bytes.size() % kWord != 0) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("a detector's state of {} bytes is cut", bytes.size()));
  }
  const std::uint64_t found = WordAt(bytes);
  if (found != version) {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("a detector's state: expected version {}, found {}", version, found));
  }
  const std::string_view body = bytes.substr(0, bytes.size() - kWord);
  if (WordAt(bytes.substr(body.size())) != Checksum(body)) {
    return Fail(ErrorCode::kInvalidData, "a detector's state has a wrong checksum");
  }
  return StateReader(body.substr(kWord));
}

std::uint64_t StateReader::TakeWord() {
  if (rest_.size() < kWord) {
    short_ = true;
    return 0;
  }
  const std::uint64_t word = WordAt(rest_);
  rest_.remove_prefix(kWord);
  return word;
}

Result<void> StateReader::Finish() const {
  if (short_ || !rest_.empty()) {
    return Fail(ErrorCode::kInvalidData, "a detector's state has a wrong length");
  }
  return {};
}

}  // namespace mon::detector
