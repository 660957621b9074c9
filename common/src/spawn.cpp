#include "common/spawn.h"

#include <csignal>
#include <initializer_list>

namespace mon {

SpawnAttributes::SpawnAttributes(bool own_group) {
  sigset_t none;
  sigset_t usual;
  sigemptyset(&none);
  sigemptyset(&usual);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) sigaddset(&usual, number);
  posix_spawnattr_init(&attributes_);
  posix_spawnattr_setsigmask(&attributes_, &none);
  posix_spawnattr_setsigdefault(&attributes_, &usual);
  posix_spawnattr_setpgroup(&attributes_, 0);
  const int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  posix_spawnattr_setflags(&attributes_,
                           static_cast<short>(own_group ? flags | POSIX_SPAWN_SETPGROUP : flags));
}

SpawnAttributes::~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }

}  // namespace mon
