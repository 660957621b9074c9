#include "rows.h"

#include <cppconn/resultset_metadata.h>

#include <utility>

namespace mon::mysql {

Rows::Rows(std::unique_ptr<Data> data) : data_(std::move(data)) {}
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

// The result is buffered: what throws below is a column that is not there, a mistake of ours.
bool Rows::Next() { return data_->result->next(); }
std::size_t Rows::Count() const { return data_->result->rowsCount(); }
unsigned Rows::Columns() const { return data_->result->getMetaData()->getColumnCount(); }
bool Rows::IsNull(unsigned column) const { return data_->result->isNull(column + 1); }
std::int64_t Rows::Int(unsigned column) const { return data_->result->getInt64(column + 1); }
std::uint64_t Rows::Uint(unsigned column) const { return data_->result->getUInt64(column + 1); }
double Rows::Double(unsigned column) const {
  return static_cast<double>(data_->result->getDouble(column + 1));
}
std::string Rows::Text(unsigned column) const {
  return data_->result->getString(column + 1).asStdString();
}

}  // namespace mon::mysql
