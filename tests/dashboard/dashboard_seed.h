#pragma once

#include <cstdint>

#include "support/mariadb_server.h"

namespace mon::test {

/// The hour that the seeded story ends with; epoch seconds.
inline constexpr std::int64_t kStoryEnd = 1750003200;
inline constexpr std::int64_t kStoryStart = kStoryEnd - 3600;

/// Fills a database with a few days of two applications and two hosts, an alert that is over, one
/// that is not, and mails in every state: enough rows that reading a table whole shows.
///
/// `shop` is stored by us and has host 10105 alone; `hyphenmon` is what other programs inserted.
void SeedDashboard(TestDatabase& database);

}  // namespace mon::test
