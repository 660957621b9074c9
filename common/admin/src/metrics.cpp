#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <memory>

#include "admin/admin_server.h"

namespace mon::admin {

// A registry gives the same family for the same name, and a family the same metric for the same
// labels; both lock for themselves.
struct Metrics::Impl {
  prometheus::Registry registry;
};

Metrics::Metrics() : impl_(std::make_unique<Impl>()) {}
Metrics::~Metrics() = default;

void Metrics::Add(const std::string& name, const std::string& help, const Labels& labels,
                  double amount) {
  prometheus::BuildCounter()
      .Name(name)
      .Help(help)
      .Register(impl_->registry)
      .Add(labels)
      .Increment(amount);
}

void Metrics::Set(const std::string& name, const std::string& help, const Labels& labels,
                  double value) {
  prometheus::BuildGauge().Name(name).Help(help).Register(impl_->registry).Add(labels).Set(value);
}

std::string Metrics::Text() const {
  return prometheus::TextSerializer().Serialize(impl_->registry.Collect());
}

}  // namespace mon::admin
