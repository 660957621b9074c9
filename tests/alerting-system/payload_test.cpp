#include "alerting_system/payload.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mon::alerting_system {
namespace {

using Json = nlohmann::ordered_json;

PayloadAlert Alert(const std::string& host) {
  PayloadAlert alert;
  alert.labels = {{"rule", "high-error-rate"},
                  {"application", "shop"},
                  {"severity", "critical"},
                  {"host", host}};
  alert.annotations = {{"summary", "Error rate of shop is 0.97"}};
  alert.starts_at = 1'750'000'000;
  return alert;
}

Json Written(const Payload& payload) { return Json::parse(ToJson(payload)); }

TEST(PayloadTest, IsAlertmanagersVersionFour) {
  Payload payload;
  payload.group_labels = {{"application", "shop"}};
  payload.group_key = R"({}:{application="shop"})";
  payload.external_url = "https://grafana.example";
  payload.truncated_alerts = 3;
  payload.alerts = {Alert("web-1")};
  payload.alerts[0].fingerprint = "a1b2c3d4e5f60718";
  payload.alerts[0].generator_url = "https://grafana.example/d/x";
  EXPECT_EQ(Written(payload), Json::parse(R"({
    "status": "firing",
    "alerts": [{
      "status": "firing",
      "labels": {"alertname": "high-error-rate", "application": "shop", "host": "web-1",
                 "rule": "high-error-rate", "severity": "critical"},
      "annotations": {"summary": "Error rate of shop is 0.97"},
      "startsAt": "2025-06-15T15:06:40Z",
      "endsAt": "0001-01-01T00:00:00Z",
      "generatorURL": "https://grafana.example/d/x",
      "fingerprint": "a1b2c3d4e5f60718"}],
    "groupLabels": {"application": "shop"},
    "commonLabels": {"alertname": "high-error-rate", "application": "shop", "host": "web-1",
                     "rule": "high-error-rate", "severity": "critical"},
    "commonAnnotations": {"summary": "Error rate of shop is 0.97"},
    "externalURL": "https://grafana.example",
    "version": "4",
    "groupKey": "{}:{application=\"shop\"}",
    "truncatedAlerts": 3})"));
}

TEST(PayloadTest, WhatIsCommonIsWhatAllHave) {
  Payload payload;
  payload.alerts = {Alert("web-1"), Alert("web-2")};
  payload.alerts[1].annotations["summary"] = "another";
  const Json json = Written(payload);
  EXPECT_FALSE(json["commonLabels"].contains("host"));
  EXPECT_EQ(json["commonLabels"]["application"], "shop");
  EXPECT_TRUE(json["commonAnnotations"].empty());
  EXPECT_TRUE(json["commonAnnotations"].is_object());
}

TEST(PayloadTest, AnAlertThatIsOverSaysWhen) {
  Payload payload;
  payload.firing = false;
  payload.alerts = {Alert("web-1")};
  payload.alerts[0].firing = false;
  payload.alerts[0].ends_at = 1'750'000'060;
  const Json json = Written(payload);
  EXPECT_EQ(json["status"], "resolved");
  EXPECT_EQ(json["alerts"][0]["status"], "resolved");
  EXPECT_EQ(json["alerts"][0]["endsAt"], "2025-06-15T15:07:40Z");
}

TEST(PayloadTest, SeveralHostsAreOneLabel) {
  Payload payload;
  payload.alerts = {Alert("web-1")};
  payload.alerts[0].labels.emplace("host", "web-2");
  EXPECT_EQ(Written(payload)["alerts"][0]["labels"]["host"], "web-1,web-2");
}

TEST(PayloadTest, AFingerprintFollowsTheLabels) {
  Payload payload;
  payload.alerts = {Alert("web-1"), Alert("web-1"), Alert("web-2")};
  payload.alerts[1].starts_at += 60;
  const Json json = Written(payload);
  EXPECT_EQ(json["alerts"][0]["fingerprint"], json["alerts"][1]["fingerprint"]);
  EXPECT_NE(json["alerts"][0]["fingerprint"], json["alerts"][2]["fingerprint"]);
  EXPECT_EQ(json["alerts"][0]["fingerprint"].get<std::string>().size(), 16);
}

TEST(PayloadTest, ForeignBytesMakeNoBrokenJson) {
  Payload payload;
  payload.alerts = {Alert("web\xff\"\n")};
  EXPECT_EQ(Written(payload)["alerts"][0]["labels"]["host"], "web\ufffd\"\n");
}

TEST(PayloadTest, TheKeyOfADeliveryIsItsRecipientsOwn) {
  EXPECT_EQ(IdempotencyKey("alert/1/problem", "slack:a"),
            IdempotencyKey("alert/1/problem", "slack:a"));
  EXPECT_NE(IdempotencyKey("alert/1/problem", "slack:a"),
            IdempotencyKey("alert/1/problem", "slack:b"));
  EXPECT_NE(IdempotencyKey("alert/1/problem", "slack:a"),
            IdempotencyKey("alert/1/recovery", "slack:a"));
}

}  // namespace
}  // namespace mon::alerting_system
