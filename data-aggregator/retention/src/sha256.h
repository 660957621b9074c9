#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;

namespace mon::data_aggregator::archive {

/// The checksum that sha256sum(1) prints, taken piece by piece.
class Sha256 {
 public:
  Sha256();
  void Update(std::string_view bytes);
  /// Of all that was given; nothing can be added afterwards.
  [[nodiscard]] std::string Hex();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace mon::data_aggregator::archive
