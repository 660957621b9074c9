#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "spool_record.h"

// Whatever a disk gives back: no read outside of it, an end, and what is taken for a record is one.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mon::data_aggregator;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  (void)CheckSegmentHeader(bytes);
  std::size_t offset = 0;
  std::size_t skipped = 0;
  for (std::size_t before = 0;; before = offset) {
    const auto record = NextRecord(bytes, offset, skipped);
    if (!record) return 0;
    std::string again;
    AppendRecord(again, *record);
    if (offset <= before || bytes.substr(before + skipped, offset - before - skipped) != again)
      std::abort();
  }
}
