#include "manifest.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

namespace mon::data_aggregator::archive {
namespace {

constexpr int kFormat = 1;

}  // namespace

std::string ToJson(const Manifest& manifest) {
  nlohmann::ordered_json columns = nlohmann::ordered_json::array();
  for (const Column& column : manifest.columns)
    columns.push_back({{"name", column.name}, {"kind", ToString(column.kind)}});
  const nlohmann::ordered_json json = {{"format", kFormat},
                                       {"table", manifest.table},
                                       {"day", DayText(manifest.day)},
                                       {"part", manifest.part},
                                       {"file", manifest.file},
                                       {"rows", manifest.rows},
                                       {"columns", columns},
                                       {"key", manifest.key},
                                       {"first_key", manifest.first_row},
                                       {"last_key", manifest.last_row},
                                       {"bytes", manifest.fingerprint.bytes},
                                       {"sha256", manifest.fingerprint.sha256},
                                       {"content_bytes", manifest.fingerprint.content_bytes},
                                       {"content_sha256", manifest.fingerprint.content_sha256},
                                       {"schema", manifest.schema},
                                       {"written_at", manifest.written_at}};
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<Manifest> ReadManifest(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream)
    return Fail(ErrorCode::kNotFound,
                fmt::format("{} cannot be read: {}", file.string(), std::strerror(errno)));
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  const auto damaged = [&](std::string_view what) {
    return Fail(ErrorCode::kInvalidData, fmt::format("{} is damaged: {}", file.string(), what));
  };
  try {
    const auto json = nlohmann::json::parse(text);
    if (const int format = json.at("format").get<int>(); format > kFormat)
      return Fail(ErrorCode::kConfig,
                  fmt::format("{} has format {}, this program knows {}; use a newer release",
                              file.string(), format, kFormat));
    Manifest manifest;
    json.at("table").get_to(manifest.table);
    const auto day = ParseDay(json.at("day").get<std::string>());
    if (!day) return damaged("its day is none");
    manifest.day = *day;
    json.at("part").get_to(manifest.part);
    json.at("file").get_to(manifest.file);
    json.at("rows").get_to(manifest.rows);
    for (const auto& column : json.at("columns")) {
      const auto kind = ParseKind(column.at("kind").get<std::string>());
      if (!kind) return damaged("a column of an unknown kind");
      manifest.columns.push_back({column.at("name").get<std::string>(), *kind});
    }
    json.at("key").get_to(manifest.key);
    json.at("first_key").get_to(manifest.first_row);
    json.at("last_key").get_to(manifest.last_row);
    json.at("bytes").get_to(manifest.fingerprint.bytes);
    json.at("sha256").get_to(manifest.fingerprint.sha256);
    json.at("content_bytes").get_to(manifest.fingerprint.content_bytes);
    json.at("content_sha256").get_to(manifest.fingerprint.content_sha256);
    json.at("schema").get_to(manifest.schema);
    json.at("written_at").get_to(manifest.written_at);
    if (std::filesystem::path(manifest.file).filename() != manifest.file)
      return damaged("its file is no name");
    return manifest;
  } catch (const nlohmann::json::exception& exception) {
    return damaged(exception.what());
  }
}

}  // namespace mon::data_aggregator::archive
