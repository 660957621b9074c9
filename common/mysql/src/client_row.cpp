#include "client_row.h"

#include <memory>

#include "client_statement.h"

namespace mon::mysql {
namespace {

constexpr std::size_t kUsualText = 256;  // bytes; a longer one makes its buffer grow

struct FreeResult {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};

Row::Kind KindOf(const MYSQL_FIELD& field) {
  switch (field.type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_YEAR:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
      return (field.flags & UNSIGNED_FLAG) != 0 ? Row::Kind::kUint : Row::Kind::kInt;
    case MYSQL_TYPE_FLOAT:
      return Row::Kind::kFloat;
    case MYSQL_TYPE_DOUBLE:
      return Row::Kind::kDouble;
    default:
      return Row::Kind::kText;
  }
}

bool HasFraction(const MYSQL_FIELD& field) {
  const bool time = field.type == MYSQL_TYPE_TIMESTAMP || field.type == MYSQL_TYPE_DATETIME ||
                    field.type == MYSQL_TYPE_TIME;
  return time && field.decimals > 0;
}

/// As Rows::Text has it: six digits behind the point, or none where all of them are zero.
std::string_view WithSixDigits(std::string& buffer, std::size_t length) {
  constexpr std::size_t kDigits = 6;
  const std::size_t point = std::string_view(buffer.data(), length).find('.');
  if (point == std::string_view::npos) return {buffer.data(), length};
  for (std::size_t i = length; i <= point + kDigits; ++i) buffer[i] = '0';
  const bool none = buffer.find_first_not_of('0', point + 1) > point + kDigits;
  return {buffer.data(), none ? point : point + 1 + kDigits};
}

}  // namespace

ClientRow::ClientRow(MYSQL_STMT& statement) : statement_(statement) {
  const std::unique_ptr<MYSQL_RES, FreeResult> metadata(mysql_stmt_result_metadata(&statement));
  if (!metadata) return;  // a statement without rows
  const unsigned columns = mysql_num_fields(metadata.get());
  const MYSQL_FIELD* const fields = mysql_fetch_fields(metadata.get());
  cells_.resize(columns);
  buffers_.resize(columns);
  lengths_.resize(columns);
  binds_.resize(columns);
  for (unsigned i = 0; i < columns; ++i) {
    cells_[i].kind = KindOf(fields[i]);
    if (cells_[i].kind != Row::Kind::kText) continue;
    texts_.push_back(i);
    if (HasFraction(fields[i])) fractions_.push_back(i);
    buffers_[i].resize(kUsualText);
  }
  Bind();
}

void ClientRow::Bind() {
  for (std::size_t i = 0; i < binds_.size(); ++i) {
    Row::Cell& cell = cells_[i];
    MYSQL_BIND& bind = binds_[i];
    bind.is_null = &cell.null;
    bind.length = &lengths_[i];
    switch (cell.kind) {
      case Row::Kind::kInt:
      case Row::Kind::kUint:
        bind.buffer_type = MYSQL_TYPE_LONGLONG;
        bind.is_unsigned = cell.kind == Row::Kind::kUint ? 1 : 0;
        bind.buffer = &cell.integer;
        break;
      case Row::Kind::kFloat:
        bind.buffer_type = MYSQL_TYPE_FLOAT;
        bind.buffer = &cell.single;
        break;
      case Row::Kind::kDouble:
        bind.buffer_type = MYSQL_TYPE_DOUBLE;
        bind.buffer = &cell.real;
        break;
      case Row::Kind::kText:
        bind.buffer_type = MYSQL_TYPE_STRING;
        bind.buffer = buffers_[i].data();
        bind.buffer_length = buffers_[i].size();
        break;
    }
  }
  if (mysql_stmt_bind_result(&statement_, binds_.data()) != 0) ThrowErrorOf(statement_);
}

bool ClientRow::Next() {
  if (cells_.empty()) return false;
  const int fetched = mysql_stmt_fetch(&statement_);
  if (fetched == MYSQL_NO_DATA) return false;
  if (fetched == MYSQL_DATA_TRUNCATED) {
    GrowTexts();
  } else if (fetched != 0) {
    ThrowErrorOf(statement_);
  }
  for (const unsigned i : texts_) cells_[i].text = {buffers_[i].data(), lengths_[i]};
  for (const unsigned i : fractions_) {
    if (cells_[i].null == 0) cells_[i].text = WithSixDigits(buffers_[i], lengths_[i]);
  }
  return true;
}

/// Fetches texts that were longer than their buffers once more; those of the next rows may be as
/// long.
void ClientRow::GrowTexts() {
  for (const unsigned i : texts_) {
    if (cells_[i].null != 0 || lengths_[i] <= buffers_[i].size()) continue;
    buffers_[i].resize(lengths_[i]);
    binds_[i].buffer = buffers_[i].data();
    binds_[i].buffer_length = buffers_[i].size();
    if (mysql_stmt_fetch_column(&statement_, &binds_[i], i, 0) != 0) ThrowErrorOf(statement_);
  }
  Bind();
}

}  // namespace mon::mysql
