#include "spool_state.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/log.h"
#include "files.h"

namespace mon::data_aggregator {
namespace {

constexpr mode_t kMode = 0640;

}  // namespace

Result<SpoolState> LoadSpoolState(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) {
    if (access(file.c_str(), F_OK) != 0 && errno == ENOENT) return SpoolState{};
    return FileError(file, "cannot be read");
  }
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  SpoolState state;
  try {
    const auto json = nlohmann::json::parse(text);
    state.freed = json.at("freed").get<std::uint64_t>();
    state.last = json.at("last").get<std::uint64_t>();
    state.totals = json.at("totals").get<Outcomes>();
  } catch (const nlohmann::json::exception&) {
    log::Warning("spool state not understood; what lies in the spool is stored once more",
                 {{"file", file.string()}});
    return SpoolState{};
  }
  return state;
}

Result<void> SaveSpoolState(const std::filesystem::path& file, const SpoolState& state,
                            bool durable) {
  const nlohmann::json json = {
      {"freed", state.freed}, {"last", state.last}, {"totals", state.totals}};
  const std::filesystem::path fresh = file.string() + ".new";
  const OpenFile opened(open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kMode));
  if (!opened) return FileError(fresh, "cannot be made");
  if (auto written = WriteAll(opened, json.dump() + "\n", fresh); !written) return written;
  if (durable && fdatasync(opened.Get()) != 0) return FileError(fresh, "cannot be synced");
  if (rename(fresh.c_str(), file.c_str()) != 0) return FileError(fresh, "cannot be renamed");
  return durable ? SyncDirectory(file.parent_path()) : Result<void>();
}

}  // namespace mon::data_aggregator
