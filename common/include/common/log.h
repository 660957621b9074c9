#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace mon::log {

enum class Level { kTrace, kDebug, kInfo, kWarning, kError, kOff };
enum class Format { kText, kJson };

/// One `key=value` of a log line. Values are quoted where they hold blanks, quotes or control
/// characters.
struct Field {
  std::string_view key;
  std::string value;
};

/// Sets where lines go (standard error) and how. Call once in main, before any thread starts;
/// without it, lines of level warning and above are printed as text. `component` is the program's
/// name.
void Setup(std::string_view component, Level level, Format format);

[[nodiscard]] bool Enabled(Level level);

/// One line: time, level, component, message, fields. Safe from any thread. Never pass a secret.
void Write(Level level, std::string_view message, std::initializer_list<Field> fields = {});

inline void Debug(std::string_view m, std::initializer_list<Field> f = {}) {
  Write(Level::kDebug, m, f);
}
inline void Info(std::string_view m, std::initializer_list<Field> f = {}) {
  Write(Level::kInfo, m, f);
}
inline void Warning(std::string_view m, std::initializer_list<Field> f = {}) {
  Write(Level::kWarning, m, f);
}
inline void Error(std::string_view m, std::initializer_list<Field> f = {}) {
  Write(Level::kError, m, f);
}

}  // namespace mon::log
