#include "mysql/share.h"

#include <fmt/format.h>

#include <algorithm>

namespace mon::mysql {
namespace {

/// FNV-1a, 64 bits (Fowler, Noll, Vo; RFC 9923).
std::uint64_t HashOf(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number
/// generators", 2014): every bit of the sum decides over every bit of the weight.
std::uint64_t WeightOf(std::uint64_t target, int slot) {
  std::uint64_t x = target + static_cast<std::uint64_t>(slot) * 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31U);
}

}  // namespace

Members::Members(std::span<const Member> members) {
  for (const Member& member : members) members_.emplace_back(member.slot, member.token);
  std::ranges::sort(members_);
}

std::string Members::Text() const {
  std::string text;
  for (const auto& [slot, token] : members_)
    text += fmt::format("{}{}:{}", text.empty() ? "" : ",", slot, token);
  return text;
}

int Members::OwnerOf(std::string_view target) const {
  const std::uint64_t hash = HashOf(target);
  int owner = 0;
  std::uint64_t most = 0;
  for (const auto& [slot, token] : members_) {
    const std::uint64_t weight = WeightOf(hash, slot);
    if (owner != 0 && weight <= most) continue;  // of equal ones the lower slot
    owner = slot;
    most = weight;
  }
  return owner;
}

void Share::See(int slot, std::uint64_t token, std::span<const Member> members) {
  const bool listed = std::ranges::any_of(
      members, [&](const Member& member) { return member.slot == slot && member.token == token; });
  if (!listed || slot != slot_ || token != token_) *this = Share();
  if (!listed) return;
  Move(slot, token);
  seen_ = Members(members);
  const std::string text = seen_.Text();
  published_.clear();
  waiting_.clear();
  for (const Member& member : members) {
    if (member.slot == slot) published_ = member.agreed;
    if (member.agreed != text) waiting_.push_back(member.slot);
  }
  settled_ = waiting_.empty();
  if (settled_) held_ = {{slot_, seen_}};
}

void Share::Move(int slot, std::uint64_t token) {
  slot_ = slot;
  token_ = token;
}

std::optional<std::string> Share::Agree() {
  std::string text = seen_.Text();
  if (published_ == text) return std::nullopt;
  const Standing now{slot_, seen_};
  if (!held_.empty() && std::ranges::find(held_, now) == held_.end()) held_.push_back(now);
  return text;
}

bool Share::Owns(std::string_view target) const {
  return !held_.empty() && std::ranges::all_of(held_, [&](const Standing& standing) {
    return standing.members.OwnerOf(target) == standing.slot;
  });
}

}  // namespace mon::mysql
