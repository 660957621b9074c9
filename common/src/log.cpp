#include "common/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <string>

#include "common/text.h"

namespace mon::log {

namespace {

constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %l %n%v";
constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";
constexpr std::size_t kMaxValueBytes = 4096;

struct State {
  std::shared_ptr<spdlog::logger> logger;
  Format format = Format::kText;
  std::string component;
};

spdlog::level::level_enum ToSpdlog(Level level) {
  switch (level) {
    case Level::kTrace:
      return spdlog::level::trace;
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      break;
  }
  return spdlog::level::off;
}

State Make(std::string_view component, Level level, Format format) {
  // %n is the logger's name: it stands before the message, so that an unnamed logger leaves no gap.
  const bool named = format == Format::kText && !component.empty();
  auto logger = std::make_shared<spdlog::logger>(named ? std::string(component) + ": " : "",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::make_unique<spdlog::pattern_formatter>(
      format == Format::kText ? kTextPattern : kJsonPattern, spdlog::pattern_time_type::utc, "\n"));
  logger->set_level(ToSpdlog(level));
  return {std::move(logger), format, std::string(component)};
}

State& Current() {
  static State state = Make("", Level::kWarning, Format::kText);
  return state;
}

bool NeedsQuotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || byte == 0x7f || c == '"' || c == '\\' || c == '=') return true;
  }
  return false;
}

std::string TextLine(std::string_view message, std::initializer_list<Field> fields) {
  std::string line = EscapeControls(CleanUtf8(message, kMaxValueBytes));
  for (const Field& field : fields) {
    const std::string value = CleanUtf8(field.value, kMaxValueBytes);
    line.append(" ").append(field.key).append("=");
    line += NeedsQuotes(value) ? QuoteJson(value) : EscapeControls(value);
  }
  return line;
}

std::string JsonLine(std::string_view component, std::string_view message,
                     std::initializer_list<Field> fields) {
  std::string line = "\"component\":" + QuoteJson(component) +
                     ",\"message\":" + QuoteJson(CleanUtf8(message, kMaxValueBytes));
  for (const Field& field : fields) {
    line += "," + QuoteJson(field.key) + ":" + QuoteJson(CleanUtf8(field.value, kMaxValueBytes));
  }
  return line;
}

}  // namespace

void Setup(std::string_view component, Level level, Format format) {
  Current() = Make(component, level, format);
}

bool Enabled(Level level) {
  return level != Level::kOff && Current().logger->should_log(ToSpdlog(level));
}

void Write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  if (!Enabled(level)) return;
  const State& state = Current();
  const std::string line = state.format == Format::kText
                               ? TextLine(message, fields)
                               : JsonLine(state.component, message, fields);
  state.logger->log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace mon::log
