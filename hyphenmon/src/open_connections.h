#pragma once

namespace mon::hyphenmon {

/// Shuts down every TCP connection of this process whose own end has this port. cpp-httplib does
/// not tell which connections it serves, so they are found among the open descriptors.
void ShutDownConnections(int port);

}  // namespace mon::hyphenmon
