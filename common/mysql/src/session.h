#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "mysql/connection.h"
#include "target.h"

namespace mon::mysql {

/// What the server or the client library says against a statement.
class SessionError : public std::runtime_error {
 public:
  SessionError(int number, const std::string& text) : runtime_error(text), number_(number) {}
  [[nodiscard]] int Number() const { return number_; }

 private:
  int number_;
};

/// How a Connection speaks to its server. Every call may throw SessionError.
class Session {
 public:
  virtual ~Session() = default;

  /// As the handshake told it, so that it costs no round trip.
  [[nodiscard]] virtual std::string ServerVersion() = 0;
  /// Whole in memory.
  [[nodiscard]] virtual std::unique_ptr<Rows::Data> Query(std::string_view sql,
                                                          std::span<const Value> params) = 0;
  /// Gives each row to `take`; nothing else may be asked before the last one.
  virtual void Read(std::string_view sql, std::span<const Value> params,
                    const std::function<void(const Row&)>& take) = 0;
  /// Without parameters as text: BEGIN and the like cannot be prepared.
  virtual std::uint64_t Execute(std::string_view sql, std::span<const Value> params) = 0;
  /// See Connection::InsertRows.
  virtual std::uint64_t InsertRows(std::string_view head, std::size_t columns,
                                   std::span<const Value> values, std::string_view tail,
                                   NewIds ids) = 0;
  /// Lets go of statements that are kept: one of them may be left with half of an answer.
  virtual void Forget() = 0;
};

/// By Connector/C++.
[[nodiscard]] std::unique_ptr<Session> ConnectByConnector(const Target& target);
/// By the C API of the client library that Connector/C++ is made of.
[[nodiscard]] std::unique_ptr<Session> ConnectByClientLibrary(const Target& target);

}  // namespace mon::mysql
