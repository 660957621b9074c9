#include "spool_state.h"

#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "common/log.h"
#include "data_aggregator/replace_file.h"
#include "files.h"

namespace mon::data_aggregator {

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
  return ReplaceFile(file, json.dump() + "\n", durable);
}

}  // namespace mon::data_aggregator
