#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "common/log.h"
#include "connections.h"
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

using SteadyClock = std::chrono::steady_clock;

/// What a client keeps from one call to the next.
struct Kept {
  explicit Kept(const ClientOptions& options) : connections(options.max_in_flight) {}
  Connections connections;
  std::vector<std::unique_ptr<Transfer>> unused;  ///< after the connections: gone before them
};

/// The requests of one call: some waiting, some on their way, some done.
class Batch {
 public:
  Batch(CURLM* multi, Kept& kept, const ClientOptions& options, std::span<const Request> requests,
        Exchange& exchange)
      : multi_(multi),
        kept_(kept),
        options_(options),
        requests_(requests),
        exchange_(exchange),
        transfers_(requests.size()),
        answered_(requests.size()) {}
  ~Batch() {
    for (const auto& transfer : transfers_)
      if (transfer) curl_multi_remove_handle(multi_, transfer->Handle());
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  [[nodiscard]] bool Done() const {
    return next_ == requests_.size() && in_flight_ == 0 && delayed_.empty();
  }

  /// Starts what may start and does what can be done without waiting. True if any had finished.
  bool Advance() {
    bool any = false;
    for (bool again = true; again;) {
      StartWaiting();
      int running = 0;
      curl_multi_perform(multi_, &running);
      const bool finished = TakeFinished();
      any = any || finished;
      again = finished && next_ < requests_.size();
    }
    return any;
  }

  /// How long to wait for the next event, `longest` at most.
  [[nodiscard]] int Patience(int longest) const {
    if (delayed_.empty()) return longest;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(delayed_.begin()->first - SteadyClock::now());
    return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, longest));
  }

  /// Says of all that is open that it was stopped.
  void Abandon() {
    for (std::size_t i = 0; i < requests_.size(); ++i) {
      if (transfers_[i]) transfers_[i]->TellOfUnanswered();
      if (!answered_[i])
        (void)exchange_.Answered(i,
                                 Fail(ErrorCode::kTimeout, Describe(requests_[i]) + ": stopped"));
    }
  }

 private:
  void StartWaiting() {
    const auto may_start = [&] {
      return in_flight_ < std::max<std::size_t>(options_.max_in_flight, 1);
    };
    const auto now = SteadyClock::now();
    while (may_start() && !delayed_.empty() && delayed_.begin()->first <= now) {
      const std::size_t index = delayed_.begin()->second;
      delayed_.erase(delayed_.begin());
      Start(index);
    }
    while (may_start() && next_ < requests_.size()) Start(next_++);
  }

  void Start(std::size_t index) {
    if (auto checked = Transfer::Check(requests_[index]); !checked)
      return Answer(index, std::unexpected(std::move(checked.error())));
    transfers_[index] = TakeUnused();
    // Always the same connections are kept: of a list that is too long, the longest unused is the
    // next one.
    transfers_[index]->Begin(requests_[index], index, kept_.connections.CacheOf(requests_[index]),
                             index < kept_.connections.Most());
    if (curl_multi_add_handle(multi_, transfers_[index]->Handle()) != CURLM_OK)
      throw std::bad_alloc();
    ++in_flight_;
  }

  std::unique_ptr<Transfer> TakeUnused() {
    if (kept_.unused.empty()) return std::make_unique<Transfer>(options_);
    auto transfer = std::move(kept_.unused.back());
    kept_.unused.pop_back();
    return transfer;
  }

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
      Result<Response> outcome = transfer.Finish(code);
      kept_.unused.push_back(std::move(transfers_[index]));
      --in_flight_;
      Answer(index, std::move(outcome));
    }
    return any;
  }

  void Answer(std::size_t index, Result<Response> outcome) {
    const auto again_in = exchange_.Answered(index, std::move(outcome));
    if (again_in)
      delayed_.emplace(SteadyClock::now() + *again_in, index);
    else
      answered_[index] = true;
  }

  CURLM* multi_;
  Kept& kept_;
  const ClientOptions& options_;
  std::span<const Request> requests_;
  Exchange& exchange_;
  std::vector<std::unique_ptr<Transfer>> transfers_;  ///< by request; only those on their way
  std::vector<bool> answered_;                        ///< for good
  std::multimap<SteadyClock::time_point, std::size_t> delayed_;  ///< to be sent once more
  std::size_t next_ = 0;  ///< the first request that has not been started
  std::size_t in_flight_ = 0;
};

class CurlClient final : public Client {
 public:
  explicit CurlClient(ClientOptions options) : options_(std::move(options)), kept_(options_) {
    InitialiseLibrary();
    multi_.reset(curl_multi_init());
    if (!multi_) throw std::bad_alloc();
    // Of each cache. The default keeps four times the handles of the moment, which is none between
    // two calls.
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS,
                      static_cast<long>(std::max<std::size_t>(
                          {kept_.connections.Most(), options_.max_in_flight, 1})));
  }

  void SendEach(std::span<const Request> requests, Exchange& exchange,
                std::stop_token stop) override {
    if (std::exchange(used_, true)) TellOfLimit(requests.size());
    Batch batch(multi_.get(), kept_, options_, requests, exchange);
    const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi_.get()); });
    bool rested = true;  // Idle was called and nothing has come since
    while (!stop.stop_requested()) {
      if (batch.Advance()) rested = false;
      if (batch.Done()) return;
      // libcurl's own timers and the wake-up shorten both.
      constexpr int kMoment = 50;     // ms
      constexpr int kNoHurry = 1000;  // ms
      int events = 0;
      curl_multi_poll(multi_.get(), nullptr, 0, batch.Patience(rested ? kNoHurry : kMoment),
                      &events);
      if (events > 0 || rested) continue;
      rested = true;
      exchange.Idle();
    }
    batch.Abandon();
  }

 private:
  void TellOfLimit(std::size_t requests) {
    if (requests <= kept_.connections.Most() || std::exchange(told_, true)) return;
    log::Warning("limit of open files: not all connections are kept",
                 {{"requests", fmt::to_string(requests)},
                  {"kept", fmt::to_string(kept_.connections.Most())},
                  {"mend", "raise the hard limit (ulimit -Hn, LimitNOFILE=)"}});
  }

  ClientOptions options_;
  Kept kept_;
  Multi multi_;  ///< after what its handles share: gone before it
  bool used_ = false;
  bool told_ = false;
};

}  // namespace

std::unique_ptr<Client> MakeCurlClient(ClientOptions options) {
  return std::make_unique<CurlClient>(std::move(options));
}

}  // namespace mon::http
