#include "items_beside.h"

#include <utility>

namespace mon::processor {

void ItemsBeside::Begin(ItemsAhead::Stretch stretch) {
  if (!own_) own_ = connection_->OpenAnother();
  if (!*own_) return;
  if (!items_) items_.emplace(**own_, *config_);
  ahead_ = std::async(std::launch::async, [this, stretch = std::move(stretch)] {
    return ItemsAhead::Read(stretch, *items_);
  });
}

}  // namespace mon::processor
