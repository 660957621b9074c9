#include <array>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string_view>

#include "reply_rows.h"
#include "rpc.h"

// Whatever a Zabbix server, or what stands in its place, answers.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mon::zabbix_connector;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (Classify(body) == ReplyKind::kError) {
    const RpcError error = ReadError(body);
    if (error.Text().find('\n') != std::string::npos) std::abort();
    (void)error.SpeaksOfSession();
  }
  (void)ReadResult(body);
  static constexpr std::array<std::string_view, 4> kFields = {"itemid", "clock", "ns", "value"};
  (void)ReadRows(body, kFields, [](std::span<const std::string_view> row) {
    if (row.size() != kFields.size()) std::abort();
    return true;
  });
  return 0;
}
