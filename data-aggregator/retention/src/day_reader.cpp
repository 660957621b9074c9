#include "day_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace mon::data_aggregator::archive {

/// One part, a line at a time.
class DayReader::PartReader {
 public:
  explicit PartReader(const Part& part, CompressedReader reader)
      : part_(part),
        format_(part.manifest.columns, part.manifest.key),
        reader_(std::move(reader)) {}

  Result<void> Begin() {
    const auto header = reader_.ReadLine(line_);
    if (!header) return std::unexpected(header.error());
    if (!*header || line_ != format_.Header())
      return Damaged("its first line does not name the columns of its manifest");
    return Advance();
  }

  /// Behind the last line it compares the file with its manifest.
  Result<void> Advance() {
    const auto more = reader_.ReadLine(line_);
    if (!more) return std::unexpected(more.error());
    if (!*more) {
      at_end_ = true;
      if (reader_.Seen() != part_.manifest.fingerprint || rows_ != part_.manifest.rows)
        return Damaged("its checksum is not the one in its manifest");
      return {};
    }
    ++rows_;
    auto key = format_.SortKey(line_);
    if (!key) return Damaged(fmt::format("row {} is none", rows_));
    key_ = *std::move(key);
    return {};
  }

  [[nodiscard]] bool AtEnd() const { return at_end_; }
  [[nodiscard]] const std::string& Key() const { return key_; }
  [[nodiscard]] Line Current() const { return {&line_, &format_}; }

 private:
  [[nodiscard]] std::unexpected<Error> Damaged(std::string_view what) const {
    return Fail(ErrorCode::kInvalidData,
                fmt::format("{} is damaged: {}", part_.file.string(), what));
  }

  Part part_;
  RowFormat format_;
  CompressedReader reader_;
  std::string line_;
  std::string key_;
  std::uint64_t rows_ = 0;
  bool at_end_ = false;
};

DayReader::DayReader(std::vector<std::unique_ptr<PartReader>> parts) : parts_(std::move(parts)) {}
DayReader::DayReader(DayReader&&) noexcept = default;
DayReader& DayReader::operator=(DayReader&&) noexcept = default;
DayReader::~DayReader() = default;

Result<DayReader> DayReader::Open(std::span<const Part> parts) {
  std::vector<std::unique_ptr<PartReader>> readers;
  for (const Part& part : parts) {
    const auto known = [&](const std::string& name) {
      return std::ranges::find(part.manifest.columns, name, &Column::name) !=
             part.manifest.columns.end();
    };
    if (!std::ranges::all_of(part.manifest.key, known))
      return Fail(
          ErrorCode::kInvalidData,
          fmt::format("the manifest of {} is damaged: its key is no column", part.file.string()));
    auto file = CompressedReader::Open(part.file);
    if (!file) return std::unexpected(file.error());
    readers.push_back(std::make_unique<PartReader>(part, *std::move(file)));
    if (auto begun = readers.back()->Begin(); !begun) return std::unexpected(begun.error());
  }
  return DayReader(std::move(readers));
}

Result<DayReader::Line> DayReader::Next() {
  for (PartReader* part : std::exchange(given_, {}))
    if (auto moved = part->Advance(); !moved) return std::unexpected(moved.error());
  for (const auto& part : parts_) {
    if (part->AtEnd()) continue;
    if (!given_.empty() && given_.front()->Key() < part->Key()) continue;
    if (!given_.empty() && part->Key() < given_.front()->Key()) given_.clear();
    given_.push_back(part.get());
  }
  return given_.empty() ? Line{} : given_.back()->Current();
}

Result<DayReader::Line> DayReader::Find(const std::string& key) {
  Line found;
  for (const auto& part : parts_) {
    while (!part->AtEnd() && part->Key() < key)
      if (auto moved = part->Advance(); !moved) return std::unexpected(moved.error());
    if (!part->AtEnd() && part->Key() == key) found = part->Current();
  }
  return found;
}

Result<void> DayReader::Finish() {
  for (const auto& part : parts_)
    while (!part->AtEnd())
      if (auto moved = part->Advance(); !moved) return moved;
  return {};
}

}  // namespace mon::data_aggregator::archive
