#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common/error.h"

namespace mon {

/// A TOML file as a tree that knows its lines, for files other than the configuration.
struct TomlNode {
  struct OtherType {
    std::string name;  ///< "a date or time"
  };
  using List = std::vector<TomlNode>;
  struct Table {
    List members;  ///< in the order of the file
  };

  std::string key;       ///< in the table above; empty in a list
  std::size_t line = 0;  ///< from 1
  std::variant<OtherType, std::string, std::int64_t, double, bool, List, Table> data;

  /// The member of that name; null where there is none, or this is no table.
  [[nodiscard]] const TomlNode* Find(std::string_view name) const;
};

/// Errors: kNotFound where the file cannot be read, kInvalidData with file and line where it is no
/// TOML.
[[nodiscard]] Result<TomlNode> ReadToml(const std::filesystem::path& path);

/// What is wrong with a file: all of it, so that one run shows it.
class TomlProblems {
 public:
  explicit TomlProblems(std::filesystem::path path) : path_(std::move(path)) {}

  void Add(std::size_t line, std::string_view text);
  [[nodiscard]] bool empty() const { return problems_.empty(); }
  /// kInvalidData, a line "FILE:LINE: …" for each, in the order of the file.
  [[nodiscard]] Error ToError() const;

 private:
  struct Problem {
    std::size_t line;
    std::string text;
  };
  std::filesystem::path path_;
  std::vector<Problem> problems_;
};

/// Reads the members of one table; what is missing or of another type goes to `problems`. Ask for
/// all the members that may be there, then call RefuseOthers. The node and `problems` must outlive
/// it.
class TomlTable {
 public:
  /// `name` as people know it: "test", "test.item".
  TomlTable(const TomlNode& node, std::string name, TomlProblems& problems);

  [[nodiscard]] std::optional<std::string> Text(std::string_view key);
  [[nodiscard]] std::string RequiredText(std::string_view key);
  /// A text such as "90s".
  [[nodiscard]] std::optional<std::chrono::seconds> Duration(std::string_view key);
  [[nodiscard]] std::chrono::seconds RequiredDuration(std::string_view key);
  [[nodiscard]] std::optional<std::vector<std::string>> Texts(std::string_view key);
  /// [[name.key]], or key = [ {…}, {…} ]; nothing where the key is not there.
  [[nodiscard]] std::optional<std::vector<const TomlNode*>> Tables(std::string_view key);

  /// Refuses every member that nobody has asked for, with the one that was probably meant.
  void RefuseOthers();
  /// "FILE:LINE: name.key: what", at the line of the key, or of the table where it is not there.
  void Refuse(std::string_view key, std::string_view what);
  [[nodiscard]] std::size_t Line() const { return node_->line; }

 private:
  const TomlNode* Ask(std::string_view key);
  void Expected(std::string_view key, std::string_view what);

  const TomlNode* node_;
  std::string name_;
  TomlProblems* problems_;
  std::vector<std::string_view> known_;
};

}  // namespace mon
