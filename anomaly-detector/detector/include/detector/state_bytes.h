#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "common/error.h"

namespace mon::detector {

/// What is learnt, as bytes for a database column: the fields in the order in which `Visit` of the
/// stages names them, 8 bytes each, little-endian. A double keeps its exact bits.
///
///     template <typename Archive>
///     void Visit(Archive& archive) { archive(count_, center_, blocks_); }
///
/// The same `Visit` serves both directions. `Close` puts a version before the fields and a checksum
/// behind them; `Open` accepts nothing else, so that a stage need not fear its own indices.
class StateWriter {
 public:
  template <typename... Fields>
  void operator()(Fields&... fields) {
    (Put(fields), ...);
  }

  [[nodiscard]] std::string Close(std::uint64_t version) const;

 private:
  template <typename Field>
  void Put(Field& field) {
    if constexpr (std::same_as<Field, double>) {
      PutWord(std::bit_cast<std::uint64_t>(field));
    } else if constexpr (std::is_enum_v<Field> || std::is_integral_v<Field>) {
      PutWord(static_cast<std::uint64_t>(field));
    } else if constexpr (requires { field.Visit(*this); }) {
      field.Visit(*this);
    } else {
      for (auto& element : field) Put(element);
    }
  }
  void PutWord(std::uint64_t word);

  std::string bytes_;
};

class StateReader {
 public:
  /// Errors: kInvalidData for another version, a wrong checksum or a wrong length. `bytes` must
  /// outlive the reader.
  [[nodiscard]] static Result<StateReader> Open(std::string_view bytes, std::uint64_t version);

  template <typename... Fields>
  void operator()(Fields&... fields) {
    (Take(fields), ...);
  }

  /// After the last field. Errors: kInvalidData where there were more or fewer.
  [[nodiscard]] Result<void> Finish() const;

 private:
  explicit StateReader(std::string_view fields) : rest_(fields) {}

  template <typename Field>
  void Take(Field& field) {
    if constexpr (std::same_as<Field, double>) {
      field = std::bit_cast<double>(TakeWord());
    } else if constexpr (std::is_enum_v<Field> || std::is_integral_v<Field>) {
      field = static_cast<Field>(TakeWord());
    } else if constexpr (requires { field.Visit(*this); }) {
      field.Visit(*this);
    } else {
      for (auto& element : field) Take(element);
    }
  }
  std::uint64_t TakeWord();

  std::string_view rest_;
  bool short_ = false;
};

/// All that `stage` has learnt.
template <typename Stage>
[[nodiscard]] std::string SaveState(Stage stage, std::uint64_t version) {
  StateWriter writer;
  stage.Visit(writer);
  return writer.Close(version);
}

/// `fresh`, with what SaveState has saved. Errors: those of Open and Finish.
template <typename Stage>
[[nodiscard]] Result<Stage> LoadState(std::string_view bytes, std::uint64_t version, Stage fresh) {
  Result<StateReader> reader = StateReader::Open(bytes, version);
  if (!reader) return std::unexpected(reader.error());
  fresh.Visit(*reader);
  if (auto finished = reader->Finish(); !finished) return std::unexpected(finished.error());
  return fresh;
}

}  // namespace mon::detector
