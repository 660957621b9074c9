#pragma once

#include <cstddef>

namespace mon::alerting_system {

/// A row's turn has come, and the thread's earlier mail to the same recipient is not still on its
/// way: a recovery must not overtake its problem mail.
inline constexpr const char* kDue =
    " FROM notification_recipients r JOIN notifications n ON n.id = r.notification_id"
    " WHERE r.status IN ('queued', 'uncertain') AND r.next_attempt_at <= CURRENT_TIMESTAMP(3)"
    " AND NOT EXISTS (SELECT 1 FROM notifications e JOIN notification_recipients er"
    "  ON er.notification_id = e.id WHERE e.thread_key = n.thread_key AND e.id < n.id"
    "  AND er.recipient = r.recipient AND er.status IN ('queued', 'sending'))";

inline constexpr std::size_t kMaxReplyBytes = 1000;  // of the columns' 1024 characters

}  // namespace mon::alerting_system
