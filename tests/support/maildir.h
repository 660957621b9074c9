#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace mon::test {

/// The whole text of each mail of a Maildir, in order of their delivery; none where it is not
/// there.
[[nodiscard]] std::vector<std::string> MailsOf(const std::filesystem::path& maildir);

}  // namespace mon::test
