#include "client_statement.h"

#include <errmsg.h>

#include <array>
#include <bit>
#include <cmath>
#include <new>
#include <type_traits>
#include <variant>

#include "session.h"

namespace mon::mysql {
namespace {

/// NaN and infinities are NULL as well: MySQL has none.
bool IsNull(const Value& value) {
  const auto* number = std::get_if<double>(&value);
  return std::holds_alternative<std::monostate>(value) ||
         (number != nullptr && !std::isfinite(*number));
}

/// The C API takes what it only reads by pointers to what is not constant.
template <typename T>
void* Buffer(const T* data) {
  return const_cast<void*>(static_cast<const void*>(data));
}

void SetType(MYSQL_BIND& bind, const Value& value) {
  constexpr std::array kTypes = {MYSQL_TYPE_NULL, MYSQL_TYPE_LONGLONG, MYSQL_TYPE_LONGLONG,
                                 MYSQL_TYPE_DOUBLE, MYSQL_TYPE_STRING};
  bind.buffer_type = kTypes.at(value.index());
  bind.is_unsigned = std::holds_alternative<std::uint64_t>(value) ? 1 : 0;
}

MYSQL_BIND BindOf(const Value& value) {
  MYSQL_BIND bind{};
  if (IsNull(value)) {
    bind.buffer_type = MYSQL_TYPE_NULL;
    return bind;
  }
  SetType(bind, value);
  std::visit(
      [&](const auto& v) {
        using T = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<T, std::string>) {
          bind.buffer = Buffer(v.data());
          bind.buffer_length = v.size();
        } else if constexpr (!std::is_same_v<T, std::monostate>) {
          bind.buffer = Buffer(&v);
        }
      },
      value);
  return bind;
}

/// One column of rows as the client library takes it: an array of numbers, or of pointers to texts
/// and their lengths, and whether each is NULL.
class Column {
 public:
  explicit Column(std::size_t rows) : indicators_(rows, STMT_INDICATOR_NONE) {}

  void Set(std::size_t row, const Value& value) {
    if (IsNull(value)) {
      indicators_[row] = STMT_INDICATOR_NULL;
      return;
    }
    if (bind_.buffer_type == MYSQL_TYPE_NULL) Begin(value);
    std::visit(
        [&](const auto& v) {
          using T = std::decay_t<decltype(v)>;
          if constexpr (std::is_same_v<T, std::string>) {
            texts_[row] = v.data();
            lengths_[row] = v.size();
          } else if constexpr (!std::is_same_v<T, std::monostate>) {
            numbers_[row] = std::bit_cast<std::uint64_t>(v);
          }
        },
        value);
  }

  /// Refers to this object. A column of nothing but NULL has no type and no buffer.
  MYSQL_BIND Bind() {
    MYSQL_BIND bind = bind_;
    bind.u.indicator = indicators_.data();
    if (bind.buffer_type == MYSQL_TYPE_STRING) {
      bind.buffer = texts_.data();
      bind.length = lengths_.data();
    } else if (bind.buffer_type != MYSQL_TYPE_NULL) {
      bind.buffer = numbers_.data();
    }
    return bind;
  }

 private:
  /// What kind of column it is shows with its first value.
  void Begin(const Value& value) {
    SetType(bind_, value);
    if (bind_.buffer_type == MYSQL_TYPE_STRING) {
      texts_.resize(indicators_.size());
      lengths_.resize(indicators_.size());
    } else {
      numbers_.resize(indicators_.size());
    }
  }

  static MYSQL_BIND Untyped() {
    MYSQL_BIND bind{};
    bind.buffer_type = MYSQL_TYPE_NULL;
    return bind;
  }

  MYSQL_BIND bind_ = Untyped();
  std::vector<char> indicators_;
  std::vector<std::uint64_t> numbers_;
  std::vector<const char*> texts_;
  std::vector<unsigned long> lengths_;
};

}  // namespace

void ThrowErrorOf(MYSQL_STMT& statement) {
  // What comes in the place of a row is noted at the connection alone.
  if (mysql_stmt_errno(&statement) == 0 && statement.mysql != nullptr) {
    throw SessionError(static_cast<int>(mysql_errno(statement.mysql)),
                       mysql_error(statement.mysql));
  }
  throw SessionError(static_cast<int>(mysql_stmt_errno(&statement)), mysql_stmt_error(&statement));
}

ClientStatement::ClientStatement(MYSQL& connection, std::string_view sql)
    : statement_(mysql_stmt_init(&connection)) {
  if (!statement_) throw std::bad_alloc();
  if (mysql_stmt_prepare(statement_.get(), sql.data(), sql.size()) != 0) ThrowErrorOf(*statement_);
}

std::uint64_t ClientStatement::Execute(std::span<const Value> params) {
  std::vector<MYSQL_BIND> binds;
  binds.reserve(params.size());
  for (const Value& value : params) binds.push_back(BindOf(value));
  return Run(0, binds);
}

std::uint64_t ClientStatement::ExecuteForEach(std::size_t columns, std::span<const Value> values) {
  const std::size_t rows = values.size() / columns;
  std::vector<Column> arrays(columns, Column(rows));
  for (std::size_t row = 0; row < rows; ++row) {
    for (std::size_t i = 0; i < columns; ++i) arrays[i].Set(row, values[row * columns + i]);
  }
  std::vector<MYSQL_BIND> binds;
  for (Column& array : arrays) binds.push_back(array.Bind());
  return Run(static_cast<unsigned>(rows), binds);
}

std::uint64_t ClientStatement::Run(unsigned array_size, std::vector<MYSQL_BIND>& binds) {
  if (mysql_stmt_param_count(statement_.get()) != binds.size())
    throw SessionError(CR_INVALID_PARAMETER_NO, "a statement got another number of parameters");
  mysql_stmt_attr_set(statement_.get(), STMT_ATTR_ARRAY_SIZE, &array_size);
  if ((!binds.empty() && mysql_stmt_bind_param(statement_.get(), binds.data()) != 0) ||
      mysql_stmt_execute(statement_.get()) != 0)
    ThrowErrorOf(*statement_);
  return mysql_stmt_affected_rows(statement_.get());
}

std::size_t ValuesOfOneType(std::span<const Value> values, std::size_t columns) {
  std::vector<std::size_t> types(columns, 0);  // 0: only NULL so far
  for (std::size_t row = 0; row < values.size(); row += columns) {
    for (std::size_t i = 0; i < columns; ++i) {
      const Value& value = values[row + i];
      if (IsNull(value) || value.index() == types[i]) continue;
      if (types[i] != 0) return row;
      types[i] = value.index();
    }
  }
  return values.size();
}

}  // namespace mon::mysql
