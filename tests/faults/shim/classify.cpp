#include "classify.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cctype>
#include <cstdlib>
#include <string_view>

namespace mon::faults {
namespace {

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// The first words of a statement, enough to know it by in a table: "UPDATE leases".
std::string StatementName(std::string_view text) {
  std::string name;
  std::string word;
  int words = 0;
  for (const char c : text.substr(0, 400)) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '_') {
      word += c;
      continue;
    }
    if (word.empty()) continue;
    const bool verb = words == 0;
    const bool table = word.find('_') != std::string::npos || word == "leases" || word == "sources";
    if (verb || table) name += (name.empty() ? "" : " ") + word;
    ++words;
    word.clear();
    if (table) return name;
  }
  if (!word.empty() && words == 0) name = word;
  return name;
}

// The protocol's commands (MariaDB, "Client/Server protocol"): a packet is its length in three
// bytes, its number, and what it says.
std::string MysqlName(std::string_view bytes) {
  constexpr std::size_t kHeader = 4;
  if (bytes.size() <= kHeader || bytes[3] != 0) return "";
  const std::string_view text = bytes.substr(kHeader + 1);
  switch (bytes[kHeader]) {
    case 0x01:
      return "QUIT";
    case 0x03:
      return StatementName(text);
    case 0x16:
      return "prepare " + StatementName(text);
    case 0x17:
      return "execute";
    default:
      return "";
  }
}

std::string SmtpName(std::string_view bytes) {
  if (bytes.ends_with("\r\n.\r\n")) return "final dot";
  constexpr std::array<std::string_view, 7> kVerbs = {"EHLO", "STARTTLS", "AUTH", "MAIL",
                                                      "RCPT", "DATA",     "QUIT"};
  for (const std::string_view verb : kVerbs)
    if (bytes.starts_with(verb)) return std::string(verb);
  return "body";
}

}  // namespace

Peer PeerOfPort(int port) {
  static const std::string ports = "," + Environment("MON_FAULT_PORTS") + ",";
  const auto is = [&](const char* service) {
    return ports.find("," + std::string(service) + "=" + std::to_string(port) + ",") !=
           std::string::npos;
  };
  if (is("mysql")) return Peer::kMysql;
  if (is("http")) return Peer::kHttp;
  if (is("smtp")) return Peer::kSmtp;
  return Peer::kNone;
}

bool IsWatched(const std::string& path) {
  static const std::string directory = Environment("MON_FAULT_DIR");
  return !directory.empty() && path.starts_with(directory + "/");
}

std::string PathOf(int fd) {
  std::array<char, 4096> path{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  const ssize_t size = readlink(link.c_str(), path.data(), path.size());
  return size <= 0 ? "" : std::string(path.data(), static_cast<std::size_t>(size));
}

Peer PeerOf(int fd) {
  struct stat status{};
  if (fstat(fd, &status) != 0) return Peer::kNone;
  if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode)) {
    const std::string path = PathOf(fd);
    return IsWatched(path) && !path.ends_with("/lock") ? Peer::kFile : Peer::kNone;
  }
  if (!S_ISSOCK(status.st_mode)) return Peer::kNone;
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return Peer::kNone;
  return address.sin_family == AF_INET ? PeerOfPort(ntohs(address.sin_port)) : Peer::kNone;
}

std::string NameOf(Peer peer, const std::string& bytes) {
  if (peer == Peer::kMysql) return MysqlName(bytes);
  if (peer == Peer::kSmtp) return SmtpName(bytes);
  return peer == Peer::kHttp ? "fetch" : "";
}

}  // namespace mon::faults
