#pragma once

#include <cstdint>
#include <string>

#include "mysql/connection.h"

namespace mon::mysql {

/// A result as one of the sessions holds it; see Rows.
struct Rows::Data {
  virtual ~Data() = default;
  virtual bool Next() = 0;
  [[nodiscard]] virtual std::size_t Count() const = 0;
  [[nodiscard]] virtual unsigned Columns() const = 0;
  [[nodiscard]] virtual bool IsNull(unsigned column) const = 0;
  [[nodiscard]] virtual std::int64_t Int(unsigned column) const = 0;
  [[nodiscard]] virtual std::uint64_t Uint(unsigned column) const = 0;
  [[nodiscard]] virtual double Double(unsigned column) const = 0;
  [[nodiscard]] virtual std::string Text(unsigned column) const = 0;
};

}  // namespace mon::mysql
