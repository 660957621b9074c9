#include "common/host_name.h"

#include <unistd.h>

#include <array>

namespace mon {

std::string HostName() {
  std::array<char, 256> name{};
  (void)gethostname(name.data(), name.size() - 1);
  return name.data();
}

}  // namespace mon
