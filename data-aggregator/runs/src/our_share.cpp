#include "our_share.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "common/log.h"

namespace mon::data_aggregator {

Result<void> OurShare::Begin(Session& session) {
  return membership_.Begin(session.Connection(), session.Lease());
}

Result<bool> OurShare::Settle(Session& session) {
  return membership_.Settle(session.Connection(), session.Lease());
}

Part OurShare::Ours() const {
  const mysql::Share& now = membership_.Now();
  return {.owns = [&now](std::string_view target) { return now.Owns(target); },
          .first = now.First()};
}

Part OurShare::Gained() const {
  const mysql::Share& now = membership_.Now();
  const mysql::Share& before = membership_.Before();
  return {.owns = [&now, &before](
                      std::string_view target) { return now.Owns(target) && !before.Owns(target); },
          .first = now.First() && !before.First()};
}

Part OurShare::WhileAway() const {
  if (membership_.Now().Slot() == 0) return {};
  return Ours();
}

bool OurShare::Tell(std::span<const ApplicationConfig> applications, Metrics& metrics) {
  const Part part = Ours();
  const auto owned = std::ranges::count_if(
      applications, [&](const ApplicationConfig& application) { return part.Owns(application); });
  metrics.Set("aggregator_members", "Daemons that share the targets.", {},
              static_cast<double>(membership_.Now().MemberCount()));
  metrics.Set("aggregator_targets", "Applications that this daemon reads.",
              {{"kind", "application"}}, static_cast<double>(owned));
  std::string text = fmt::format("shares {} of {} applications", owned, applications.size());
  if (std::exchange(told_, text + Text()) == text + Text()) return false;
  log::Info(text, {{"as", Text()}});
  return true;
}

}  // namespace mon::data_aggregator
