#include "alerting-system/mail_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace mon::test {
namespace {

namespace fs = std::filesystem;

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string MessageIdOf(const std::string& bytes) {
  const std::string name = "\r\nMessage-ID: <";
  const auto at = bytes.find(name);
  if (at == std::string::npos) return "";
  const auto begin = at + name.size();
  return bytes.substr(begin, bytes.find('>', begin) - begin);
}

std::string TextOrEmpty(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : "";
}

}  // namespace

MailServer::MailServer() : server_("smtp", directory_.Path()) {}

std::vector<MailServer::Mail> MailServer::Mails() const {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(Fact("mails"))) {
    if (entry.path().extension() == ".eml") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<Mail> mails;
  for (fs::path path : paths) {
    Mail mail;
    mail.bytes = ReadAll(path);
    const auto envelope = nlohmann::json::parse(ReadAll(path.replace_extension(".json")));
    mail.from = envelope["from"];
    mail.to = envelope["to"].get<std::vector<std::string>>();
    mail.port = envelope["port"];
    mail.tls = TextOrEmpty(envelope["tls"]);
    mail.user = TextOrEmpty(envelope["user"]);
    mail.message_id = MessageIdOf(mail.bytes);
    mails.push_back(std::move(mail));
  }
  return mails;
}

void MailServer::SetFaults(const std::string& json) const {
  const fs::path path = Fact("faults");
  const fs::path temporary = path.string() + ".new";
  std::ofstream(temporary) << json;
  fs::rename(temporary, path);
}

void MailServer::Reset() const {
  SetFaults("[]");
  for (const auto& entry : fs::directory_iterator(Fact("mails"))) fs::remove(entry.path());
}

std::uint16_t MailServer::Port(const std::string& kind) const {
  return static_cast<std::uint16_t>(std::stoi(Fact(kind + "_port")));
}

std::uint16_t UnusedPort() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  const bool bound =
      bind(listener, generic, size) == 0 && getsockname(listener, generic, &size) == 0;
  close(listener);
  if (!bound) throw std::runtime_error("no port to be had");
  return ntohs(address.sin_port);
}

}  // namespace mon::test
