// Loaded into a program by LD_PRELOAD: it numbers the points at which the program touches the world
// and stops the process at one of them, so that the harness kills it exactly there; it makes
// writing fail; and it notes what was synced, so that the harness can take away what was not.
//
//   MON_FAULT_PROGRAM   the program to act in; children with other names are left alone
//   MON_FAULT_LOG       each point becomes a line "NUMBER WHERE WHAT" of this file
//   MON_FAULT_STOP      at these points the process stops itself (SIGSTOP), separated by commas: by
//                       number, "12", or by what it is and which of its kind, "before COMMIT:2"
//   MON_FAULT_PORTS, MON_FAULT_DIR   which sockets and files are meant (classify.h)
//   MON_FAULT_FAIL      "write:3:ENOSPC": the third write to such a file fails, "fdatasync:0:EIO":
//                       each one does; several, separated by commas
//   MON_FAULT_DISK      a directory: what the disk knows of the files is noted there (disk.log),
//   and
//                       what a rename or an unlink takes away is kept until its directory is synced

#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <string>

#include "classify.h"

namespace {

using mon::faults::Peer;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool IsActive() {
  static const bool active = Environment("MON_FAULT_PROGRAM") == program_invocation_short_name;
  return active;
}

/// The C library's own function of that name.
template <typename Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

void AppendLine(const std::string& file, const std::string& line) {
  static const auto real_open = Next<int(const char*, int, ...)>("open");
  const int fd = real_open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return;
  const std::string text = line + "\n";
  (void)syscall(SYS_write, fd, text.data(), text.size());
  close(fd);
}

void Point(const std::string& where, const std::string& what) {
  static const std::string log = Environment("MON_FAULT_LOG");
  static const std::string stops = "," + Environment("MON_FAULT_STOP") + ",";
  static std::mutex mutex;
  static int points = 0;
  static std::map<std::string, int> of_kind;
  const std::string name = where + " " + what;
  std::string number;
  std::string place;
  {
    const std::scoped_lock lock(mutex);
    number = std::to_string(++points);
    place = name + ":" + std::to_string(++of_kind[name]);
  }
  if (!log.empty()) AppendLine(log, number + " " + name);
  const auto wanted = [&](const std::string& stop) {
    return stops.find("," + stop + ",") != std::string::npos;
  };
  // To this thread, so that it goes no step further; the others stop with it.
  if (wanted(number) || wanted(place)) raise(SIGSTOP);
}

/// What was last asked of the service behind each socket, while its answer is awaited.
class Questions {
 public:
  void Asked(int fd, const std::string& what) {
    const std::scoped_lock lock(mutex_);
    asked_[fd] = what;
  }
  std::string Answered(int fd) {
    const std::scoped_lock lock(mutex_);
    const auto found = asked_.find(fd);
    if (found == asked_.end()) return "";
    std::string what = found->second;
    asked_.erase(found);
    return what;
  }

 private:
  std::mutex mutex_;
  std::map<int, std::string> asked_;
};

Questions& AllQuestions() {
  static Questions questions;
  return questions;
}

/// Around each sending: before and after what begins something.
template <typename Send>
ssize_t Sending(int fd, const void* data, std::size_t size, Send send) {
  if (!IsActive() || size == 0) return send();
  const Peer peer = mon::faults::PeerOf(fd);
  if (peer == Peer::kNone || peer == Peer::kFile) return send();
  const std::string what =
      mon::faults::NameOf(peer, std::string(static_cast<const char*>(data), size));
  if (what.empty()) return send();
  Point("before", what);
  const ssize_t sent = send();
  const int error = errno;
  AllQuestions().Asked(fd, what);
  Point("sent", what);
  errno = error;
  return sent;
}

template <typename Receive>
ssize_t Receiving(int fd, int flags, Receive receive) {
  const ssize_t got = receive();
  if (!IsActive() || got <= 0 || (flags & MSG_PEEK) != 0) return got;
  if (const std::string what = AllQuestions().Answered(fd); !what.empty()) Point("answered", what);
  return got;
}

/// The error that this call is to fail with, 0: none.
int ForcedError(const std::string& call) {
  static const std::string wanted = Environment("MON_FAULT_FAIL");
  static std::mutex mutex;
  static std::map<std::string, int> calls;
  if (wanted.empty()) return 0;
  const std::scoped_lock lock(mutex);
  const std::string number = std::to_string(++calls[call]);
  for (const auto& [name, error] : {std::pair{"ENOSPC", ENOSPC}, std::pair{"EIO", EIO}}) {
    for (const std::string& which : {number, std::string("0")}) {
      const std::string rule = call + ":" + which + ":" + name;
      if (("," + wanted + ",").find("," + rule + ",") != std::string::npos) return error;
    }
  }
  return 0;
}

bool IsWatchedFile(int fd) { return IsActive() && mon::faults::PeerOf(fd) == Peer::kFile; }

std::string ShortName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// What kind of file it is: the names of segments are numbers.
std::string KindOf(const std::string& path) {
  const std::string name = ShortName(path);
  return name.ends_with(".spool") ? "segment" : name;
}

const std::string& DiskDirectory() {
  static const std::string directory = Environment("MON_FAULT_DISK");
  return directory;
}

void NoteDisk(const std::string& line) {
  if (!DiskDirectory().empty()) AppendLine(DiskDirectory() + "/disk.log", line);
}

/// A second name for what is about to be lost: as long as the directory is not synced, a crash of
/// the machine may bring it back.
std::string Keep(const std::string& path) {
  static std::atomic<int> count{0};
  if (DiskDirectory().empty()) return "-";
  const std::string kept =
      DiskDirectory() + "/" + std::to_string(getpid()) + "-" + std::to_string(++count);
  return link(path.c_str(), kept.c_str()) == 0 ? kept : "-";
}

/// " NAME NAME": what a synced directory holds for good.
std::string NamesIn(const std::string& directory) {
  std::string names;
  DIR* const listing = opendir(directory.c_str());
  if (listing == nullptr) return names;
  while (const dirent* entry = readdir(listing)) names += " " + std::string(entry->d_name);
  closedir(listing);
  return names;
}

template <typename Write>
ssize_t Writing(int fd, Write write_now) {
  const std::string kind = KindOf(mon::faults::PathOf(fd));
  Point("before", "write " + kind);
  if (const int error = ForcedError("write"); error != 0) {
    errno = error;
    return -1;
  }
  const ssize_t written = write_now();
  const int error = errno;
  Point("after", "write " + kind);
  errno = error;
  return written;
}

template <typename Sync>
int Syncing(const char* call, int fd, Sync sync) {
  if (!IsWatchedFile(fd)) return sync();
  const std::string path = mon::faults::PathOf(fd);
  struct stat status{};
  fstat(fd, &status);
  const bool directory = S_ISDIR(status.st_mode);
  const std::string what = std::string(call) + " " + (directory ? "directory" : KindOf(path));
  Point("before", what);
  if (const int error = ForcedError(call); error != 0) {
    errno = error;
    return -1;
  }
  const int result = sync();
  const int error = errno;
  if (result == 0)
    NoteDisk(directory ? "directory " + path + NamesIn(path)
                       : "synced " + path + " " + std::to_string(status.st_size));
  Point("after", what);
  errno = error;
  return result;
}

}  // namespace

extern "C" {

int connect(int fd, const sockaddr* address, socklen_t size) {
  static const auto real = Next<int(int, const sockaddr*, socklen_t)>("connect");
  const bool ipv4 = address->sa_family == AF_INET;
  const int port = ipv4 ? ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port) : 0;
  const Peer peer = IsActive() && ipv4 ? mon::faults::PeerOfPort(port) : Peer::kNone;
  if (peer == Peer::kNone) return real(fd, address, size);
  static const std::map<Peer, std::string> names = {{Peer::kMysql, "connect mysql"},
                                                    {Peer::kHttp, "connect http"},
                                                    {Peer::kSmtp, "connect smtp"}};
  Point("before", names.at(peer));
  return real(fd, address, size);
}

ssize_t send(int fd, const void* data, std::size_t size, int flags) {
  static const auto real = Next<ssize_t(int, const void*, std::size_t, int)>("send");
  return Sending(fd, data, size, [&] { return real(fd, data, size, flags); });
}

ssize_t sendto(int fd, const void* data, std::size_t size, int flags, const sockaddr* to,
               socklen_t length) {
  static const auto real =
      Next<ssize_t(int, const void*, std::size_t, int, const sockaddr*, socklen_t)>("sendto");
  return Sending(fd, data, size, [&] { return real(fd, data, size, flags, to, length); });
}

ssize_t write(int fd, const void* data, std::size_t size) {
  static const auto real = Next<ssize_t(int, const void*, std::size_t)>("write");
  if (IsWatchedFile(fd)) return Writing(fd, [&] { return real(fd, data, size); });
  return Sending(fd, data, size, [&] { return real(fd, data, size); });
}

ssize_t writev(int fd, const iovec* parts, int count) {
  static const auto real = Next<ssize_t(int, const iovec*, int)>("writev");
  if (IsWatchedFile(fd)) return Writing(fd, [&] { return real(fd, parts, count); });
  const bool any = count > 0;
  return Sending(fd, any ? parts[0].iov_base : nullptr, any ? parts[0].iov_len : 0,
                 [&] { return real(fd, parts, count); });
}

ssize_t recv(int fd, void* data, std::size_t size, int flags) {
  static const auto real = Next<ssize_t(int, void*, std::size_t, int)>("recv");
  return Receiving(fd, flags, [&] { return real(fd, data, size, flags); });
}

ssize_t __recv_chk(int fd, void* data, std::size_t size, std::size_t, int flags) {
  return recv(fd, data, size, flags);
}

ssize_t recvfrom(int fd, void* data, std::size_t size, int flags, sockaddr* from,
                 socklen_t* length) {
  static const auto real =
      Next<ssize_t(int, void*, std::size_t, int, sockaddr*, socklen_t*)>("recvfrom");
  return Receiving(fd, flags, [&] { return real(fd, data, size, flags, from, length); });
}

ssize_t read(int fd, void* data, std::size_t size) {
  static const auto real = Next<ssize_t(int, void*, std::size_t)>("read");
  return Receiving(fd, 0, [&] { return real(fd, data, size); });
}

ssize_t __read_chk(int fd, void* data, std::size_t size, std::size_t) {
  return read(fd, data, size);
}

int fsync(int fd) {
  static const auto real = Next<int(int)>("fsync");
  return Syncing("fsync", fd, [&] { return real(fd); });
}

int fdatasync(int fd) {
  static const auto real = Next<int(int)>("fdatasync");
  return Syncing("fdatasync", fd, [&] { return real(fd); });
}

int rename(const char* from, const char* to) {
  static const auto real = Next<int(const char*, const char*)>("rename");
  if (!IsActive() || !mon::faults::IsWatched(to)) return real(from, to);
  Point("before", "rename " + KindOf(to));
  NoteDisk("rename " + std::string(from) + " " + to + " " + Keep(to));
  const int result = real(from, to);
  const int error = errno;
  Point("after", "rename " + KindOf(to));
  errno = error;
  return result;
}

int unlink(const char* path) {
  static const auto real = Next<int(const char*)>("unlink");
  if (!IsActive() || !mon::faults::IsWatched(path)) return real(path);
  Point("before", "unlink " + KindOf(path));
  NoteDisk("unlink " + std::string(path) + " " + Keep(path));
  const int result = real(path);
  const int error = errno;
  Point("after", "unlink " + KindOf(path));
  errno = error;
  return result;
}

}  // extern "C"
