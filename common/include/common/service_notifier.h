#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace mon {

/// Tells the service manager how a daemon is: systemd's protocol, sd_notify(3) and the
/// notify-reload of systemd.service(5), a datagram to the socket that $NOTIFY_SOCKET names (a path,
/// or with "@" in front an abstract one). Where nobody asks, nothing happens; what cannot be sent
/// is lost.
///
/// Written out here, because a run from cron would load libsystemd, too.
class ServiceNotifier {
 public:
  ServiceNotifier();  ///< from $NOTIFY_SOCKET, $WATCHDOG_USEC and $WATCHDOG_PID
  ~ServiceNotifier();
  ServiceNotifier(const ServiceNotifier&) = delete;
  ServiceNotifier& operator=(const ServiceNotifier&) = delete;

  void Ready() const;      ///< started, or done with reloading
  void Reloading() const;  ///< followed by Ready
  void Stopping() const;
  void Status(std::string_view text) const;  ///< one line for `systemctl status`
  void Alive() const;                        ///< feeds the watchdog

  /// Within this time Alive is expected again; nullopt: nobody watches this process.
  [[nodiscard]] std::optional<std::chrono::microseconds> WatchdogTime() const { return watchdog_; }

 private:
  void Send(std::string_view message) const;

  std::string address_;  ///< as in the environment; empty: nobody asks
  int socket_ = -1;
  std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace mon
