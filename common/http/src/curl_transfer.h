#pragma once

#include <curl/curl.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include "http/http_client.h"

namespace mon::http {

/// One request after another on its way: the easy handle and all that it points to. Stays where it
/// is, for libcurl holds its address. The handle keeps what all requests have in common: to set
/// that anew each time is a twentieth of the time of a small request.
class Transfer {
 public:
  /// `options` must outlive it.
  explicit Transfer(const ClientOptions& options);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  /// What is wrong with the request before anything is sent; kConfig.
  [[nodiscard]] static Result<void> Check(const Request& request);

  /// The transfer that an easy handle belongs to.
  [[nodiscard]] static Transfer& Of(CURL* easy);

  /// Makes the handle ready for `request`, which must stay until Finish; `index` is its place among
  /// the requests. Its connection is from `cache`, and goes back there if it is to be kept.
  void Begin(const Request& request, std::size_t index, CURLSH* cache, bool keep);
  [[nodiscard]] CURL* Handle() const { return easy_.get(); }
  [[nodiscard]] std::size_t Index() const { return index_; }
  /// The outcome, once libcurl has said that the transfer is done, and the handle is in no multi
  /// handle any more. Then another may begin.
  [[nodiscard]] Result<Response> Finish(CURLcode code);
  /// Request::on_unanswered, where that is so.
  void TellOfUnanswered();

 private:
  void SetCommon();
  void SetRequest();
  void SetHeaders();
  void SetMore();
  Result<Response> Outcome(CURLcode code);
  static std::size_t OnHeader(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t OnBody(char* bytes, std::size_t size, std::size_t count, void* self);
  bool TakeHeader(std::string_view line);
  bool TakeBody(std::string_view bytes);
  void ReserveBody();

  struct FreeEasy {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };

  const ClientOptions& options_;
  const Request* request_ = nullptr;
  std::size_t index_ = 0;
  std::unique_ptr<curl_slist, FreeList> headers_;  ///< the handle's; null: it has none
  decltype(Request::headers) listed_;              ///< what is in them
  std::array<char, CURL_ERROR_SIZE> detail_{};
  Response response_;
  std::size_t header_bytes_ = 0;
  bool answered_ = false;
  bool too_large_ = false;
  std::unique_ptr<CURL, FreeEasy> easy_;  ///< last: gone before what it points to
};

}  // namespace mon::http
