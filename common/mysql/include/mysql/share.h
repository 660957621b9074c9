#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mon::mysql {

/// A daemon that shares a job with others, as the row of its lease tells.
struct Member {
  int slot = 0;  ///< 1 holds the lease that is named as the job, 2 "JOB:2", …
  std::uint64_t token = 0;
  std::string agreed;  ///< `Members::Text` of those it shares with; "" before it has said so
};

/// The members at one time. A target belongs to one of them, by the highest random weight of
/// (target, slot) (Thaler, Ravishankar, "A name-based mapping scheme for rendezvous", 1996): where
/// one of N comes or goes, one in N targets moves, and none between the others.
class Members {
 public:
  Members() = default;
  explicit Members(std::span<const Member> members);

  /// "1:17,2:9", slot and token of each, ascending: equal only for the same members, for a token is
  /// never used twice.
  [[nodiscard]] std::string Text() const;

  [[nodiscard]] std::size_t Count() const { return members_.size(); }

  /// The slot of its owner; 0 where there is no member. The same on every machine and in every
  /// release: members of two releases may meet.
  [[nodiscard]] int OwnerOf(std::string_view target) const;

  bool operator==(const Members&) const = default;

 private:
  std::vector<std::pair<int, std::uint64_t>> members_;  ///< slot and token, by slot
};

/// What one member may do, given what the rows of the leases said. No I/O, no clock.
///
/// A member publishes the members that it sees (`Agree`), and from then on works at no target that
/// is not its own by them. It takes up a target only after a look in which all of these members had
/// published the very same. So no two ever work at the same one: where a member took up a target
/// under M, every other one in M had given up what is not its own under M; whoever is not in M
/// comes later, and then waits for this one, or its lease has been taken away and it cannot commit.
/// Until then it goes on with what is its own under the old members and the new.
class Share {
 public:
  /// What a look at the leases found, by one statement: all members. We are the one with this slot
  /// and token; where that is another one than at the last look, or is not among them, our lease
  /// was lost: nothing is ours, until all agree anew.
  void See(int slot, std::uint64_t token, std::span<const Member> members);

  /// We have another slot now, and were a member all the time: what is ours stays.
  void Move(int slot, std::uint64_t token);

  /// Gives up what belongs to others by the last look, and says what is to be written as `agreed`
  /// of our lease; nothing where that is there already. Call it when no work is under way.
  [[nodiscard]] std::optional<std::string> Agree();

  [[nodiscard]] bool Owns(std::string_view target) const;

  /// True where a target may be ours.
  [[nodiscard]] bool OwnsAny() const { return !held_.empty(); }

  /// True where all members of the last look agreed: then we own our whole part.
  [[nodiscard]] bool Settled() const { return settled_; }

  /// The slots of those who have not said that they share with all others.
  [[nodiscard]] const std::vector<int>& Waiting() const { return waiting_; }

  /// Whether we do what only one may do: member 1, once it owns its part.
  [[nodiscard]] bool First() const { return slot_ == 1 && OwnsAny(); }

  [[nodiscard]] int Slot() const { return slot_; }
  [[nodiscard]] std::size_t MemberCount() const { return seen_.Count(); }

  bool operator==(const Share&) const = default;

 private:
  /// Members, and our slot among them.
  struct Standing {
    int slot = 0;
    Members members;
    bool operator==(const Standing&) const = default;
  };

  int slot_ = 0;
  std::uint64_t token_ = 0;
  Members seen_;
  std::string published_;  ///< by the last look
  bool settled_ = false;
  std::vector<int> waiting_;
  std::vector<Standing> held_;  ///< ours is what is ours by all of them
};

}  // namespace mon::mysql
