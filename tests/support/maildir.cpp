#include "support/maildir.h"

#include <algorithm>
#include <fstream>
#include <iterator>

namespace mon::test {
namespace fs = std::filesystem;

std::vector<std::string> MailsOf(const fs::path& maildir) {
  std::vector<fs::path> files;
  for (const auto* folder : {"new", "cur"}) {
    if (!fs::exists(maildir / folder)) continue;
    for (const auto& entry : fs::directory_iterator(maildir / folder))
      files.push_back(entry.path());
  }
  std::ranges::sort(files, {}, [](const fs::path& file) { return fs::last_write_time(file); });
  std::vector<std::string> mails;
  for (const auto& file : files) {
    std::ifstream stream(file);
    mails.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  return mails;
}

}  // namespace mon::test
