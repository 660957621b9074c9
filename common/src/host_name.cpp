#include "common/host_name.h"

#include <unistd.h>

#include <array>

namespace mon {

std::string HostName() {
  std::array<char, 256> host{};
  (void)gethostname(host.data(), host.size() - 1);
  return host.data();
}

}  // namespace mon
