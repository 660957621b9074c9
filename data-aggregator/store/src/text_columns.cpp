#include "text_columns.h"

#include "common/text.h"

namespace mon::data_aggregator {

std::string CutToCharacters(std::string_view text, std::size_t max_characters) {
  // A bad byte becomes a replacement character of three.
  std::string clean = CleanUtf8(text, text.size() * 3);
  std::size_t characters = 0;
  for (std::size_t i = 0; i < clean.size(); ++i) {
    const bool continues = (static_cast<unsigned char>(clean[i]) & 0xC0U) == 0x80U;
    if (!continues && ++characters > max_characters) return clean.substr(0, i);
  }
  return clean;
}

std::string Placeholders(std::size_t count) {
  std::string text = "(";
  for (std::size_t i = 0; i < count; ++i) text += i == 0 ? "?" : ",?";
  return text + ")";
}

}  // namespace mon::data_aggregator
