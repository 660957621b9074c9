#include "data_aggregator/sample_parser.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "common/text.h"
#include "http_date.h"
#include "json_text.h"

namespace mon::data_aggregator {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;

constexpr double kTwoTo63 = 9223372036854775808.0;
constexpr int kNumberTooLarge = 406;  // nlohmann::json::out_of_range of a number beyond a double

std::unexpected<Error> Refuse(ErrorCode code, const std::string& pointer, std::string_view why) {
  return Fail(code, fmt::format("{} {}", pointer, why));
}

Result<json> ParseJson(std::string_view body, std::size_t nesting) {
  if (Trim(body).empty()) return Fail(ErrorCode::kBadReply, "the body is empty");
  const auto prepared = PrepareJson(body, nesting);
  if (!prepared) return std::unexpected(prepared.error());
  try {
    return json::parse(*prepared);
  } catch (const json::out_of_range& error) {
    const auto code = error.id == kNumberTooLarge ? ErrorCode::kInvalidData : ErrorCode::kBadReply;
    return Fail(code, "the JSON holds a number that is too large");
  } catch (const json::exception&) {
    return Fail(ErrorCode::kBadReply, "the body is not JSON, or was cut off");
  }
}

/// The member that a pointer of one plain part names, as nearly all do; else nothing.
const json* MemberOf(const json& document, std::string_view pointer) {
  if (!document.is_object() || !pointer.starts_with('/')) return nullptr;
  pointer.remove_prefix(1);
  if (pointer.find_first_of("/~") != std::string_view::npos) return nullptr;
  const auto member = document.find(pointer);
  return member == document.end() ? nullptr : &*member;
}

Result<const json*> ValueAt(const json& document, const std::string& pointer) {
  if (const json* member = MemberOf(document, pointer)) return member;
  try {
    const json::json_pointer place(pointer);
    if (!document.contains(place)) return Refuse(ErrorCode::kBadReply, pointer, "is missing");
    return &document.at(place);
  } catch (const json::parse_error&) {
    return Fail(ErrorCode::kConfig, fmt::format("'{}' is not a JSON Pointer", pointer));
  } catch (const json::exception&) {
    return Refuse(ErrorCode::kBadReply, pointer, "is missing");
  }
}

/// A finite number; NaN and the infinities are well-formed here, but refused.
Result<const json*> NumberAt(const json& document, const std::string& pointer) {
  const auto value = ValueAt(document, pointer);
  if (!value || (*value)->is_number()) return value;
  if ((*value)->is_string() && (*value)->get_ref<const std::string&>() == kNotFinite)
    return Refuse(ErrorCode::kInvalidData, pointer, "is not a finite number");
  return Refuse(ErrorCode::kBadReply, pointer,
                fmt::format("is a {}, expected a number", (*value)->type_name()));
}

/// A whole number that fits 64 bits; 137.0 is one.
Result<std::int64_t> WholeNumberAt(const json& document, const std::string& pointer) {
  const auto value = NumberAt(document, pointer);
  if (!value) return std::unexpected(value.error());
  const double number = (*value)->get<double>();
  if ((*value)->is_number_float() && number != std::trunc(number))
    return Refuse(ErrorCode::kBadReply, pointer,
                  fmt::format("is {}, expected a whole number", ShortestText(number)));
  if (number >= kTwoTo63 || number < -kTwoTo63)
    return Refuse(ErrorCode::kInvalidData, pointer,
                  fmt::format("is {}, which is out of range", ShortestText(number)));
  return (*value)->get<std::int64_t>();
}

Result<std::int64_t> ReadTimestamp(const json& document, const std::string& pointer, TimePoint now,
                                   const SampleLimits& limits) {
  const auto timestamp = WholeNumberAt(document, pointer);
  if (!timestamp) return timestamp;
  const auto refuse = [&](std::string_view why, std::chrono::seconds limit) {
    return Refuse(
        ErrorCode::kInvalidData, pointer,
        fmt::format("is {}, more than {} {} our clock", *timestamp, FormatDuration(limit), why));
  };
  const double ms = static_cast<double>(*timestamp) * 1000;
  const double now_ms = static_cast<double>(now.time_since_epoch().count());
  if (ms > now_ms + static_cast<double>(milliseconds(limits.ahead).count()))
    return refuse("ahead of", limits.ahead);
  if (ms < now_ms - static_cast<double>(milliseconds(limits.behind).count()))
    return refuse("behind", limits.behind);
  return timestamp;
}

Result<std::int64_t> ReadResponseTime(const json& document, const std::string& pointer,
                                      const SampleLimits& limits) {
  const auto value = WholeNumberAt(document, pointer);
  if (!value || (*value >= 0 && *value <= limits.response_time_ms)) return value;
  return Refuse(ErrorCode::kInvalidData, pointer,
                fmt::format("is {}, expected 0 to {}", *value, limits.response_time_ms));
}

Result<float> ReadErrorRate(const json& document, const std::string& pointer) {
  const auto value = NumberAt(document, pointer);
  if (!value) return std::unexpected(value.error());
  const double rate = (*value)->get<double>();
  if (rate >= 0 && rate <= 1) return static_cast<float>(rate) + 0.0F;  // -0 becomes 0
  return Refuse(ErrorCode::kInvalidData, pointer,
                fmt::format("is {}, expected 0 to 1", ShortestText(rate)));
}

}  // namespace

Result<ApplicationSample> ParseSample(std::string_view body, const ApplicationConfig& application,
                                      TimePoint now, const SampleLimits& limits) {
  const auto document = ParseJson(body, limits.nesting);
  if (!document) return std::unexpected(document.error());
  const FieldPointers& fields = application.fields;
  const auto timestamp = ReadTimestamp(*document, fields.timestamp, now, limits);
  const auto response_time = ReadResponseTime(*document, fields.response_time_ms, limits);
  const auto error_rate = ReadErrorRate(*document, fields.error_rate);
  // A body of the wrong shape says more than a value that is out of range.
  const Error* worst = nullptr;
  for (const Error* error :
       {timestamp ? nullptr : &timestamp.error(), response_time ? nullptr : &response_time.error(),
        error_rate ? nullptr : &error_rate.error()}) {
    if (error == nullptr) continue;
    if (worst == nullptr || (worst->code == ErrorCode::kInvalidData && worst->code != error->code))
      worst = error;
  }
  if (worst != nullptr) return std::unexpected(*worst);
  return ApplicationSample{.application = application.name,
                           .timestamp = *timestamp,
                           .response_time_ms = *response_time,
                           .error_rate = *error_rate};
}

std::optional<std::int64_t> SkewSeconds(std::string_view date, TimePoint received) {
  const auto time = ParseHttpDate(date);
  if (!time) return std::nullopt;
  return *time - EpochSeconds(received);
}

}  // namespace mon::data_aggregator
