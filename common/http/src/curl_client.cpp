#include <curl/curl.h>

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "curl_error.h"
#include "curl_transfer.h"
#include "http/http_client.h"

namespace mon::http {
namespace {

/// libcurl's own initialisation, once a process. Never undone: other users may still be there.
void InitialiseLibrary() {
  [[maybe_unused]] static const CURLcode done = curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct FreeMulti {
  void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
using Multi = std::unique_ptr<CURLM, FreeMulti>;

/// The requests of one call: some waiting, some on their way, some done.
class Batch {
 public:
  Batch(CURLM* multi, const ClientOptions& options, std::span<const Request> requests)
      : multi_(multi), options_(options), requests_(requests), transfers_(requests.size()) {
    outcomes_.resize(requests.size());
  }
  ~Batch() {
    for (const auto& transfer : transfers_)
      if (transfer) curl_multi_remove_handle(multi_, transfer->Handle());
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  [[nodiscard]] bool Done() const { return next_ == requests_.size() && in_flight_ == 0; }

  /// Starts what may start and does what can be done without waiting.
  void Advance() {
    int running = 0;
    do {
      StartWaiting();
      curl_multi_perform(multi_, &running);
    } while (TakeFinished() && next_ < requests_.size());
  }

  std::vector<Result<Response>> TakeOutcomes() {
    std::vector<Result<Response>> results;
    results.reserve(outcomes_.size());
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
      if (outcomes_[i])
        results.push_back(std::move(*outcomes_[i]));
      else
        results.push_back(Fail(ErrorCode::kTimeout, Describe(requests_[i]) + ": stopped"));
    }
    return results;
  }

 private:
  void StartWaiting() {
    while (next_ < requests_.size() &&
           in_flight_ < std::max<std::size_t>(options_.max_in_flight, 1))
      Start(next_++);
  }

  void Start(std::size_t index) {
    if (auto checked = Transfer::Check(requests_[index]); !checked) {
      outcomes_[index] = std::unexpected(std::move(checked.error()));
      return;
    }
    transfers_[index] = std::make_unique<Transfer>(requests_[index], options_, index);
    if (curl_multi_add_handle(multi_, transfers_[index]->Handle()) != CURLM_OK)
      throw std::bad_alloc();
    ++in_flight_;
  }

  /// True if any had finished.
  bool TakeFinished() {
    bool any = false;
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      any = true;
      const CURLcode code = message->data.result;  // gone with the handle
      Transfer& transfer = Transfer::Of(message->easy_handle);
      const std::size_t index = transfer.Index();
      curl_multi_remove_handle(multi_, transfer.Handle());
      outcomes_[index] = transfer.Finish(code);
      transfers_[index].reset();
      --in_flight_;
    }
    return any;
  }

  CURLM* multi_;
  const ClientOptions& options_;
  std::span<const Request> requests_;
  std::vector<std::unique_ptr<Transfer>> transfers_;  ///< by request; only those on their way
  std::vector<std::optional<Result<Response>>> outcomes_;
  std::size_t next_ = 0;  ///< the first request that has not been started
  std::size_t in_flight_ = 0;
};

class CurlClient final : public Client {
 public:
  explicit CurlClient(ClientOptions options) : options_(std::move(options)) {
    InitialiseLibrary();
    multi_.reset(curl_multi_init());
    if (!multi_) throw std::bad_alloc();
    // The default keeps four times the handles of the moment, which is none between two calls.
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS,
                      static_cast<long>(std::max<std::size_t>(options_.max_in_flight, 1)));
  }

  std::vector<Result<Response>> SendAll(std::span<const Request> requests,
                                        std::stop_token stop) override {
    Batch batch(multi_.get(), options_, requests);
    const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_.get()); });
    while (!stop.stop_requested()) {
      batch.Advance();
      if (batch.Done()) break;
      constexpr int kNoHurry = 1000;  // ms; libcurl's own timers and the wake-up shorten it
      curl_multi_poll(multi_.get(), nullptr, 0, kNoHurry, nullptr);
    }
    return batch.TakeOutcomes();
  }

 private:
  ClientOptions options_;
  Multi multi_;
};

}  // namespace

std::unique_ptr<Client> MakeCurlClient(ClientOptions options) {
  return std::make_unique<CurlClient>(std::move(options));
}

}  // namespace mon::http
