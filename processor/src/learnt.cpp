#include "learnt.h"

#include <fmt/format.h>

#include "common/text.h"

namespace mon::processor {

double FourDigits(double value) {
  return ParseDouble(fmt::format("{:.4g}", value)).value_or(value);
}

}  // namespace mon::processor
