#include "our_share.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "common/log.h"
#include "mysql/membership.h"

namespace mon::data_aggregator {

Result<void> OurShare::Begin(Session& session) {
  const auto moved = session.MoveToFirst();
  if (!moved) return std::unexpected(moved.error());
  if (*moved) share_.Move(mysql::SlotOf(session.Lease()), session.Lease().Token());
  return Look(session);
}

Result<void> OurShare::Look(Session& session) {
  const mysql::Lease& lease = session.Lease();
  const auto members = mysql::ReadMembers(session.Connection(), session.LeaseName(), lease);
  if (!members) return std::unexpected(members.error());
  share_.See(mysql::SlotOf(lease), lease.Token(), *members);
  return {};
}

Result<bool> OurShare::Settle(Session& session) {
  before_ = share_;
  if (auto looked = Look(session); !looked) return std::unexpected(looked.error());
  if (const auto agreed = share_.Agree()) {
    auto published = mysql::Publish(session.Connection(), session.Lease(), *agreed);
    if (published) published = Look(session);
    if (!published) return std::unexpected(published.error());
  }
  return share_.Settled() && share_ != before_;
}

Part OurShare::Ours() const {
  return {.owns = [this](std::string_view target) { return share_.Owns(target); },
          .first = share_.First()};
}

Part OurShare::Gained() const {
  return {
      .owns =
          [this](std::string_view target) { return share_.Owns(target) && !before_.Owns(target); },
      .first = share_.First() && !before_.First()};
}

Part OurShare::WhileAway() const {
  if (share_.Slot() == 0) return {};
  return Ours();
}

std::string OurShare::Text() const {
  std::string text = fmt::format("member {} of {}", share_.Slot(), share_.MemberCount());
  if (!share_.Settled())
    text += fmt::format(", waits for {} to agree", fmt::join(share_.Waiting(), ", "));
  return text;
}

bool OurShare::Tell(std::span<const ApplicationConfig> applications, Metrics& metrics) {
  const Part part = Ours();
  const auto owned = std::ranges::count_if(
      applications, [&](const ApplicationConfig& application) { return part.Owns(application); });
  metrics.Set("aggregator_members", "Daemons that share the targets.", {},
              static_cast<double>(share_.MemberCount()));
  metrics.Set("aggregator_targets", "Applications that this daemon reads.",
              {{"kind", "application"}}, static_cast<double>(owned));
  std::string text = fmt::format("shares {} of {} applications", owned, applications.size());
  if (std::exchange(told_, text + Text()) == text + Text()) return false;
  log::Info(text, {{"as", Text()}});
  return true;
}

}  // namespace mon::data_aggregator
