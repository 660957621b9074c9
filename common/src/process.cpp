#include "process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iostream>

#include "common/program.h"

namespace mon {

void BlockCoreDumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

void RaiseOpenFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void KeepStandardDescriptors() {
  for (int fd = 0; fd <= 2; ++fd) {
    if (fcntl(fd, F_GETFD) != -1 || errno != EBADF) continue;
    // The lowest free number is `fd`. Opened the wrong way round, so that using it is an error.
    if (open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY) == -1) return;
  }
}

bool FlushStdout() {
  std::cout.flush();
  return std::fflush(stdout) == 0 && std::ferror(stdout) == 0 && std::cout.good();
}

bool StdoutIsTerminal() { return isatty(STDOUT_FILENO) == 1; }

std::string_view VersionText() { return "monitoring-platform " MON_VERSION; }

}  // namespace mon
