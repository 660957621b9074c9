#pragma once

#include <string>

namespace mon::faults {

/// What is at the other end of a descriptor.
enum class Peer { kNone, kMysql, kHttp, kSmtp, kFile };

/// The service behind a connected socket by its port, or a regular file beneath the watched
/// directory. `$MON_FAULT_PORTS` is "mysql=3306,http=5001,smtp=2525", `$MON_FAULT_DIR` the
/// directory.
[[nodiscard]] Peer PeerOf(int fd);
[[nodiscard]] Peer PeerOfPort(int port);

/// True for a path beneath the watched directory.
[[nodiscard]] bool IsWatched(const std::string& path);
/// The path of an open descriptor.
[[nodiscard]] std::string PathOf(int fd);

/// What a piece that is sent to a service says, in a few words: "COMMIT", "RCPT", "final dot".
/// Empty where it begins nothing.
[[nodiscard]] std::string NameOf(Peer peer, const std::string& bytes);

}  // namespace mon::faults
