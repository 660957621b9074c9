#include <gtest/gtest.h>

#include "http/http_client.h"

namespace mon::http {
namespace {

TEST(PrintableUrlTest, KeepsSchemeHostPortAndPath) {
  EXPECT_EQ(PrintableUrl("http://web-1:5001/a/b"), "http://web-1:5001/a/b");
  EXPECT_EQ(PrintableUrl("https://[::1]:443/x"), "https://[::1]:443/x");
  EXPECT_EQ(PrintableUrl("http://host"), "http://host");
}

TEST(PrintableUrlTest, LeavesOutUserAndPassword) {
  EXPECT_EQ(PrintableUrl("http://user:secret@host:1/p"), "http://host:1/p");
  EXPECT_EQ(PrintableUrl("http://user@host/p"), "http://host/p");
}

TEST(PrintableUrlTest, LeavesOutPasswordsWithUnescapedSigns) {
  EXPECT_EQ(PrintableUrl("http://user:se@cret@host/p"), "http://host/p");
  EXPECT_EQ(PrintableUrl("http://user:se/cret@host/p"), "http://host/p");
}

TEST(PrintableUrlTest, LeavesOutQueryAndFragment) {
  EXPECT_EQ(PrintableUrl("http://host/p?token=secret"), "http://host/p");
  EXPECT_EQ(PrintableUrl("http://host/p#secret"), "http://host/p");
}

TEST(PrintableUrlTest, KeepsAnAtSignOfThePath) {
  EXPECT_EQ(PrintableUrl("http://host:80/a@b"), "http://host:80/a@b");
  EXPECT_EQ(PrintableUrl("http://[::1]:80/a@b"), "http://[::1]:80/a@b");
}

}  // namespace
}  // namespace mon::http
