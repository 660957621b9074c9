#include "mailing.h"

#include <utility>

namespace mon::alerting_system {

Result<Mailing> Mailing::Make(const Config& config) {
  auto settings = ResolveMailSettings(config);
  if (!settings) return std::unexpected(settings.error());
  auto zone = TimeZone::Load(config.mail.time_zone);
  if (!zone) return std::unexpected(zone.error());
  auto transport = mail_transport::MakeTransport(config, *settings);
  return Mailing{*std::move(settings), *std::move(zone), std::move(transport),
                 receivers::Receivers(config)};
}

}  // namespace mon::alerting_system
