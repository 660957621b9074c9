#include <cstdint>
#include <cstdlib>
#include <string>

#include "series.h"

// Whatever a file of either series holds.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::string application = text;
  const auto times = mon::correlator::ReadApplication(application, "A.csv");
  if (!times && times.error().message.empty()) std::abort();
  std::string infrastructure = text;
  const auto rows = mon::correlator::ReadInfrastructure(infrastructure, "B.csv");
  if (!rows) return 0;
  for (std::size_t i = 1; i < rows->size(); ++i) {
    const auto& before = (*rows)[i - 1];
    const auto& row = (*rows)[i];
    if (before.itemid > row.itemid || (before.itemid == row.itemid && before.clock >= row.clock))
      std::abort();
  }
  return 0;
}
