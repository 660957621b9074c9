#include "spool_state.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <cassert>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "common/log.h"
#include "files.h"

namespace mon::data_aggregator {
namespace {

constexpr mode_t kMode = 0640;
constexpr std::size_t kSlotBytes = 4096;  // the counters have ten names: some 400 are used
constexpr std::size_t kSlots = 2;
constexpr std::size_t kSumDigits = 8;

struct Slot {
  std::size_t place = 0;
  std::uint64_t round = 0;  ///< one more with each write
  bool synced = false;      ///< the writer waited for the disk
  SpoolState state;
};

std::string SumOf(std::string_view bytes) {
  return fmt::format("{:08x}",
                     crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string TextOf(const Slot& slot) {
  const nlohmann::json json = {{"round", slot.round},
                               {"synced", slot.synced},
                               {"freed", slot.state.freed},
                               {"last", slot.state.last},
                               {"totals", slot.state.totals}};
  std::string text = " " + json.dump();
  assert(kSumDigits + text.size() < kSlotBytes);
  text.resize(kSlotBytes - kSumDigits - 1, ' ');
  text += '\n';
  return SumOf(text) + text;
}

std::optional<Slot> SlotIn(std::string_view bytes, std::size_t place) {
  if (bytes.size() < (place + 1) * kSlotBytes) return std::nullopt;
  const auto text = bytes.substr(place * kSlotBytes, kSlotBytes);
  if (text.substr(0, kSumDigits) != SumOf(text.substr(kSumDigits))) return std::nullopt;
  try {
    const auto json = nlohmann::json::parse(text.substr(kSumDigits));
    return Slot{place,
                json.at("round").get<std::uint64_t>(),
                json.at("synced").get<bool>(),
                {json.at("freed").get<std::uint64_t>(), json.at("last").get<std::uint64_t>(),
                 json.at("totals").get<Outcomes>()}};
  } catch (const nlohmann::json::exception&) {
    return std::nullopt;
  }
}

struct StateFile {
  bool whole = false;  ///< it has room for all slots
  bool blank = true;   ///< nothing was ever written to it
  std::optional<Slot> youngest;
  std::optional<Slot> youngest_synced;
};

Result<StateFile> Read(const std::filesystem::path& file) {
  const Descriptor opened(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!opened && errno == ENOENT) return StateFile{};
  if (!opened) return FileError(file, "cannot be opened");
  const auto bytes = ReadUpTo(opened, kSlots * kSlotBytes, file);
  if (!bytes) return std::unexpected(bytes.error());
  StateFile read;
  read.whole = bytes->size() == kSlots * kSlotBytes;
  read.blank = bytes->empty();
  const auto is_younger = [](const Slot& slot, const std::optional<Slot>& than) {
    return !than || slot.round > than->round;
  };
  for (std::size_t place = 0; place < kSlots; ++place) {
    const auto slot = SlotIn(*bytes, place);
    if (!slot) continue;
    if (is_younger(*slot, read.youngest)) read.youngest = slot;
    if (slot->synced && is_younger(*slot, read.youngest_synced)) read.youngest_synced = slot;
  }
  return read;
}

}  // namespace

Result<SpoolState> LoadSpoolState(const std::filesystem::path& file) {
  auto read = Read(file);
  if (!read) return std::unexpected(read.error());
  if (read->youngest) return std::move(read->youngest->state);
  if (!read->blank)
    log::Warning("spool state not understood; what lies in the spool is stored once more",
                 {{"file", file.string()}});
  return SpoolState{};
}

Result<void> SaveSpoolState(const std::filesystem::path& file, const SpoolState& state,
                            bool durable) {
  const auto before = Read(file);
  if (!before) return std::unexpected(before.error());
  const std::size_t place = before->youngest_synced ? 1 - before->youngest_synced->place : 0;
  const std::uint64_t round = before->youngest ? before->youngest->round + 1 : 1;
  std::string text = TextOf({place, round, durable, state});
  const Descriptor opened(open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, kMode));
  if (!opened) return FileError(file, "cannot be opened");
  if (!before->whole) {
    text += text;  // so that it never needs more room
  } else if (lseek(opened.Get(), static_cast<off_t>(place * kSlotBytes), SEEK_SET) < 0) {
    return FileError(file, "cannot be written");
  }
  if (auto written = WriteAll(opened, text, file); !written) return written;
  if (durable && fdatasync(opened.Get()) != 0) return FileError(file, "cannot be synced");
  if (!durable || before->youngest_synced) return {};
  return SyncDirectory(file.parent_path());
}

}  // namespace mon::data_aggregator
