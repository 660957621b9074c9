#pragma once

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "connections.h"
#include "http/http_client.h"

namespace mon::http {

/// One request on its way: the easy handle and all that it points to. Stays where it is, for
/// libcurl holds its address.
class Transfer {
 public:
  /// `request` and `options` must outlive the transfer; `index` is its place among the requests.
  /// `easy` has no options yet.
  Transfer(const Request& request, const ClientOptions& options, std::size_t index,
           Connections::Easy easy);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// What is wrong with the request before anything is sent; kConfig.
  [[nodiscard]] static Result<void> Check(const Request& request);

  /// The transfer that an easy handle belongs to.
  [[nodiscard]] static Transfer& Of(CURL* easy);

  [[nodiscard]] CURL* Handle() const { return easy_.get(); }
  [[nodiscard]] std::size_t Index() const { return index_; }
  /// Its connection is not kept.
  void CloseAfterwards();
  /// The outcome, once libcurl has said that the transfer is done. Call once.
  [[nodiscard]] Result<Response> Finish(CURLcode code);
  /// The handle for another transfer, once this one is finished.
  [[nodiscard]] Connections::Easy TakeHandle() { return std::move(easy_); }
  /// Request::on_unanswered, where that is so.
  void TellOfUnanswered();

 private:
  void SetRequest();
  void SetTls(const ClientOptions& options);
  void SetCallbacks();
  static std::size_t OnHeader(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t OnBody(char* bytes, std::size_t size, std::size_t count, void* self);
  bool TakeHeader(std::string_view line);
  bool TakeBody(std::string_view bytes);

  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  const Request& request_;
  std::size_t index_;
  std::unique_ptr<curl_slist, FreeList> headers_;
  std::array<char, CURL_ERROR_SIZE> detail_{};
  Response response_;
  std::size_t header_bytes_ = 0;
  bool answered_ = false;
  bool too_large_ = false;
  Connections::Easy easy_;  ///< last: gone before what it points to
};

}  // namespace mon::http
