#include "rows.h"

#include <utility>

namespace mon::mysql {

Rows::Rows(std::unique_ptr<Data> data) : data_(std::move(data)) {}
Rows::Rows(Rows&&) noexcept = default;
Rows& Rows::operator=(Rows&&) noexcept = default;
Rows::~Rows() = default;

bool Rows::Next() { return data_->Next(); }
std::size_t Rows::Count() const { return data_->Count(); }
unsigned Rows::Columns() const { return data_->Columns(); }
bool Rows::IsNull(unsigned column) const { return data_->IsNull(column); }
std::int64_t Rows::Int(unsigned column) const { return data_->Int(column); }
std::uint64_t Rows::Uint(unsigned column) const { return data_->Uint(column); }
double Rows::Double(unsigned column) const { return data_->Double(column); }
std::string Rows::Text(unsigned column) const { return data_->Text(column); }

}  // namespace mon::mysql
