#include "reply_rows.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

// simdjson first makes an index of a whole document, which takes about as much memory as the reply
// itself. So a long reply is cut between two of its rows into shorter ones of the same form, each
// of them read as a reply of its own:
//
//   {"jsonrpc":"2.0","result":[{row},{row} ]}
//                  {"result":[ {row},{row} ]}
//                  {"result":[ {row}],"id":1}
//
// Where two rows meet is guessed by "},{", which is also found in a list of tags or within a text.
// A wrong guess makes a piece that is not JSON: the row that it cuts is the first of the next one.
namespace mon::zabbix_connector {
namespace {

using simdjson::error_code;
using simdjson::ondemand::document;
using simdjson::ondemand::json_type;
using simdjson::ondemand::object;
using simdjson::ondemand::parser;
using simdjson::ondemand::value;

/// Fits the caches, with its index.
constexpr std::size_t kPieceBytes = 128U << 10U;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBetweenRows = "},{";
constexpr std::string_view kInRows = R"({"result":[)";
constexpr std::string_view kBehindRows = R"({"result":[])";
constexpr std::string_view kEnd = "]}";

constexpr const char* kNoList = "\"result\" is no list of objects";
constexpr const char* kNonsense = "a row of \"result\" makes no sense";
constexpr const char* kCut = "wrong or cut JSON";

/// Reads rows out of one piece.
class PieceReader {
 public:
  PieceReader(std::span<const std::string_view> fields, const RowFunction& row)
      : fields_(fields), row_(row), values_(fields.size()), lists_(fields.size()) {
    for (const std::string_view field : fields) begins_[Byte(field.front())] = true;
  }

  /// False where the piece is no whole document of the expected form, see Failure. `text` is
  /// followed by simdjson::SIMDJSON_PADDING bytes.
  bool Read(std::string_view text) {
    text_ = text;
    failure_ = nullptr;
    reached_ = 0;
    rows_end_ = 0;
    document piece;
    if (parser_.iterate(text.data(), text.size(), text.size() + simdjson::SIMDJSON_PADDING)
            .get(piece))
      return false;
    object members;
    if (piece.get_object().get(members)) return false;
    for (auto member : members) {
      value content;
      if (member.value().get(content)) return false;
      if (!member.key().value_unsafe().unsafe_is_equal("result")) continue;
      if (!ReadList(piece, content)) return false;
      if (const char* at = nullptr; !piece.current_location().get(at)) Reach(at, false);
    }
    return piece.current_location().error() == simdjson::OUT_OF_BOUNDS;  // nothing follows
  }

  /// How far one need not read again: the place of the row that was begun last, or behind the list.
  [[nodiscard]] std::size_t Reached() const { return reached_; }
  /// Where the list ended; 0 if there was no list, or no end of it.
  [[nodiscard]] std::size_t RowsEnd() const { return rows_end_; }
  /// What is wrong whatever follows the piece; null if nothing is.
  [[nodiscard]] const char* Failure() const { return failure_; }

 private:
  template <typename Character>
  static std::size_t Byte(Character c) {
    return static_cast<unsigned char>(c);
  }

  bool Fail(const char* why) {
    failure_ = why;
    return false;
  }

  void Reach(const char* at, bool in_rows) {
    reached_ = static_cast<std::size_t>(at - text_.data());
    rows_end_ = in_rows ? 0 : reached_;
  }

  bool ReadList(document& piece, value& content) {
    json_type type{};
    if (content.type().get(type)) return false;
    if (type != json_type::array) return Fail(kNoList);
    simdjson::ondemand::array list;
    if (content.get_array().get(list)) return false;
    for (auto&& found : list) {
      if (found.error()) return false;
      auto&& one = std::move(found).value_unsafe();  // not copied, as below
      if (one.type().get(type)) return false;
      if (type != json_type::object) return Fail(kNoList);
      Reach(one.raw_json_token().data(), true);
      object members;
      if (one.get_object().get(members) || !ReadRow(members)) return false;
      // The list must end behind it. Else it was cut in its tags, and our end of the list ended it.
      if (piece.current_location().error() == simdjson::OUT_OF_BOUNDS) return false;
      if (!row_(values_)) return Fail(kNonsense);
    }
    return true;
  }

  bool ReadRow(object& members) {
    std::ranges::fill(values_, std::string_view());
    std::size_t next = 0;  // the fields mostly come in the order in which they were asked for
    for (auto&& found : members) {
      if (found.error()) return false;
      // No copies: they are small, but written and read in other sizes, which stalls the processor.
      auto&& member = std::move(found).value_unsafe();
      const std::size_t field = Find(member.key(), next);
      if (field == fields_.size()) continue;
      next = field + 1;
      if (!ReadField(member.value(), field)) return false;
    }
    return true;
  }

  /// fields_.size() if it is not wanted.
  [[nodiscard]] std::size_t Find(simdjson::ondemand::raw_json_string name, std::size_t next) const {
    if (!begins_[Byte(*name.raw())]) return fields_.size();
    if (next < fields_.size() && name.unsafe_is_equal(fields_[next])) return next;
    std::size_t field = 0;
    while (field < fields_.size() && !name.unsafe_is_equal(fields_[field])) ++field;
    return field;
  }

  bool ReadField(value& content, std::size_t field) {
    // Mostly it is a text.
    const error_code read = content.get_string().get(values_[field]);
    if (read != simdjson::INCORRECT_TYPE) return read == simdjson::SUCCESS;
    json_type type{};
    if (content.type().get(type)) return false;
    if (type == json_type::array) {
      lists_[field].clear();
      if (!ReadTags(content, lists_[field])) return false;
      values_[field] = lists_[field];
      return true;
    }
    values_[field] = {};
    return type == json_type::object || ReadScalar(content, type, values_[field]);
  }

  static bool ReadScalar(value& content, json_type type, std::string_view& text) {
    if (type == json_type::string) return content.get_string().get(text) == simdjson::SUCCESS;
    text = content.raw_json_token();
    text = text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
    if (type == json_type::number)
      return text.find_first_not_of("0123456789+-.eE") == std::string_view::npos;
    if (type == json_type::boolean) {
      const bool yes = text == "true";
      if (!yes && text != "false") return false;
      text = yes ? "1" : "0";
      return true;
    }
    if (text != "null") return false;
    text = {};
    return true;
  }

  static bool ReadTags(value& content, std::string& lines) {
    simdjson::ondemand::array list;
    if (content.get_array().get(list)) return false;
    for (auto element : list) {
      value one;
      json_type type{};
      if (element.get(one) || one.type().get(type)) return false;
      if (type == json_type::object && !ReadTag(one, lines)) return false;
    }
    return true;
  }

  static bool ReadTag(value& content, std::string& lines) {
    object members;
    if (content.get_object().get(members)) return false;
    std::string_view tag;
    std::string_view tag_value;
    for (auto member : members) {
      value part;
      json_type type{};
      if (member.value().get(part) || part.type().get(type)) return false;
      const auto name = member.key().value_unsafe();
      std::string_view* const text = name.unsafe_is_equal("tag")     ? &tag
                                     : name.unsafe_is_equal("value") ? &tag_value
                                                                     : nullptr;
      if (text == nullptr || type == json_type::array || type == json_type::object) continue;
      if (!ReadScalar(part, type, *text)) return false;
    }
    if (tag.empty()) return true;
    if (!lines.empty()) lines += '\n';
    lines += tag;
    if (!tag_value.empty()) lines.append("=").append(tag_value);
    return true;
  }

  std::span<const std::string_view> fields_;
  const RowFunction& row_;
  std::array<bool, 256> begins_{};  ///< by byte: whether the name of a wanted field begins with it
  std::vector<std::string_view> values_;
  std::vector<std::string> lists_;  ///< of tags, as lines, by field
  parser parser_;
  std::string_view text_;
  std::size_t reached_ = 0;
  std::size_t rows_end_ = 0;
  const char* failure_ = nullptr;
};

}  // namespace

Result<void> ReadRows(std::string_view body, std::span<const std::string_view> fields,
                      const RowFunction& row) {
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  PieceReader reader(fields, row);
  std::string piece;
  std::string_view begin;  // of the piece, in the place of what has been read
  std::size_t from = 0;    // of what has not been read
  std::size_t most_bytes = kPieceBytes;
  bool seen = false;
  const auto refuse = [&](const char* why) {
    return Fail(ErrorCode::kBadReply, fmt::format("{} (read up to byte {})", why, from));
  };
  while (true) {
    const bool last = body.size() - from <= most_bytes;
    std::string_view rest = body.substr(from);
    if (!last) {
      const auto cut = rest.substr(0, most_bytes).rfind(kBetweenRows);
      if (cut == std::string_view::npos) {
        most_bytes *= 2;
        continue;
      }
      rest = rest.substr(0, cut + 1);
    }
    piece.reserve(begin.size() + rest.size() + kEnd.size() + simdjson::SIMDJSON_PADDING);
    piece.assign(begin).append(rest).append(last ? std::string_view() : kEnd);
    const bool whole = reader.Read(piece);
    if (reader.Failure() != nullptr) return refuse(reader.Failure());
    seen = seen || reader.RowsEnd() > 0;
    if (last) {
      if (!whole) return refuse(kCut);
      if (!seen) return refuse("the reply has no list as \"result\"");
      return {};
    }
    if (whole && reader.RowsEnd() == piece.size() - 1) {  // it was we who ended the list
      from += rest.size() + 1;                            // and the comma
      begin = kInRows;
      most_bytes = kPieceBytes;
    } else if (reader.Reached() > begin.size()) {
      from += reader.Reached() - begin.size();
      begin = reader.RowsEnd() > 0 ? kBehindRows : kInRows;
      most_bytes = kPieceBytes;
    } else {
      most_bytes *= 2;
    }
  }
}

}  // namespace mon::zabbix_connector
