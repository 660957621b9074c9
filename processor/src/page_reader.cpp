#include "page_reader.h"

#include <utility>

namespace mon::processor {
namespace {

/// Gaps in one query; more of them are bridged, see Ledger::OpenSpans.
constexpr std::size_t kMostSpans = 64;

}  // namespace

PageReader::PageReader(mysql::Connection& connection, Ledgers ledgers, std::int64_t now)
    : connection_(connection),
      ledgers_(std::move(ledgers)),
      spans_(ledgers_.OpenSpans(kMostSpans)),
      now_(now) {}

Result<NewSamples> PageReader::Read(mysql::Connection& connection, std::size_t limit) const {
  return ReadNewSamples(connection, ledgers_, spans_, above_, limit, now_);
}

Result<NewSamples> PageReader::Next(std::size_t limit) {
  auto page = ahead_.valid() ? ahead_.get() : Read(connection_, limit);
  if (page && !page->ids.empty()) above_ = page->ids.back();
  return page;
}

void PageReader::ReadAhead(std::size_t limit) {
  if (!own_) own_ = connection_.OpenAnother();
  if (!*own_) return;
  ahead_ = std::async(std::launch::async, [this, limit] { return Read(**own_, limit); });
}

}  // namespace mon::processor
