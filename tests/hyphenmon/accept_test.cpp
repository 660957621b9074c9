#include <gtest/gtest.h>

#include "hyphenmon/exposition.h"

namespace mon::hyphenmon {
namespace {

struct Case {
  const char* accept;
  Format expected;
};

class AcceptTest : public testing::TestWithParam<Case> {};

TEST_P(AcceptTest, ChoosesTheFormat) {
  EXPECT_EQ(Negotiate(GetParam().accept), GetParam().expected) << GetParam().accept;
}

INSTANTIATE_TEST_SUITE_P(
    Json, AcceptTest,
    testing::Values(Case{"", Format::kJson}, Case{"*/*", Format::kJson},
                    Case{"application/json", Format::kJson},
                    Case{"text/html,application/xml;q=0.9,*/*;q=0.8", Format::kJson},
                    Case{"application/json, text/plain, */*", Format::kJson},
                    Case{"*/*;q=0.5, text/plain;q=0.4", Format::kJson},
                    Case{"text/plain;q=0", Format::kJson},
                    Case{"text/plain;q=high, */*;q=0.1", Format::kJson},
                    Case{"text/*", Format::kJson},
                    Case{"text/plain;q=0.9,application/json;q=0.8,*/*", Format::kJson},
                    Case{";;,,", Format::kJson}));

INSTANTIATE_TEST_SUITE_P(
    Text, AcceptTest,
    testing::Values(Case{"text/plain", Format::kPrometheusText},
                    Case{"TEXT/Plain; version=0.0.4", Format::kPrometheusText},
                    Case{"text/plain, */*", Format::kPrometheusText},
                    Case{"*/*;q=0.4, text/plain;q=0.5", Format::kPrometheusText},
                    Case{"text/plain;q=0.5,application/openmetrics-text;q=0.4",
                         Format::kPrometheusText},
                    Case{"application/openmetrics-text;q=0,text/plain;q=0.3,*/*;q=0.1",
                         Format::kPrometheusText},
                    Case{"application/json;q=0, text/plain;q=0.1", Format::kPrometheusText}));

// The second header is what Prometheus 2.x sends, the third what 3.x sends.
INSTANTIATE_TEST_SUITE_P(
    OpenMetrics, AcceptTest,
    testing::Values(Case{"application/openmetrics-text", Format::kOpenMetrics},
                    Case{"application/openmetrics-text;version=1.0.0,"
                         "application/openmetrics-text;version=0.0.1;q=0.75,"
                         "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                         Format::kOpenMetrics},
                    Case{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                         "application/openmetrics-text;version=0.0.1;q=0.4,"
                         "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
                         "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
                         Format::kOpenMetrics},
                    Case{"text/plain;q=0.4,application/openmetrics-text;q=0.5,*/*;q=0.1",
                         Format::kOpenMetrics}));

}  // namespace
}  // namespace mon::hyphenmon
