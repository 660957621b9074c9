#include "rows.h"

#include <cppconn/datatype.h>
#include <cppconn/resultset_metadata.h>

#include <utility>

#include "common/text.h"

namespace mon::mysql {

int Rows::Data::TypeOf(unsigned column) {
  if (types.empty()) {
    auto* metadata = result->getMetaData();
    for (unsigned i = 1; i <= metadata->getColumnCount(); ++i)
      types.push_back(metadata->getColumnType(i));
  }
  return types.at(column);
}

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
  if (!IsNull(column)) {
    // The connector's own text of these has six decimals.
    const int type = data_->TypeOf(column);
    if (type == sql::DataType::DOUBLE) return ShortestText(Double(column));
    if (type == sql::DataType::REAL) return ShortestText(static_cast<float>(Double(column)));
  }
  return data_->result->getString(column + 1).asStdString();
}

}  // namespace mon::mysql
