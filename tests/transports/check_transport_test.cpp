// SPDX-License-Identifier: BSL-1.0
// What the kit's result says: of a transport that holds everything, of one that can do less, of one that
// is broken, and of a factory that fails.
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/testing.hpp>

namespace {

namespace ps = penstock;
using namespace ps::testing;  // NOLINT: the kit's own words

const check& named(std::string_view name) {
  for (const check& one : transport_checks())
    if (one.name == name) return one;
  throw std::logic_error("no check " + std::string(name));
}

TEST(CheckTransport, HasAtLeast60ChecksWithNamesAndRulesOfTheirOwn) {
  std::set<std::string_view> names;
  for (const check& one : transport_checks()) {
    EXPECT_FALSE(one.rules.empty()) << one.name;
    EXPECT_TRUE(names.insert(one.name).second) << one.name;
  }
  EXPECT_GE(names.size(), 60u);
}

TEST(CheckTransport, PassesTheMemoryTransport) {
  const transport_report report = check_transport([] { return std::make_unique<memory_ground>(); });
  EXPECT_TRUE(report.passed()) << report.text();
  EXPECT_EQ(report.results.size(), transport_checks().size());
  EXPECT_EQ(report.text(), std::to_string(report.results.size()) + " checks hold, 0 are broken, 0 are impossible");
}

// A transport that can do less than all: memory without its faults would do, so a ground says so.
class plain_ground final : public ground {
 public:
  using ground::connect;
  ps::scheduler& loop() override { return inner_.loop(); }
  void run(ps::task<> work) override { inner_.run(std::move(work)); }
  ps::task<connected> connect(ps::stream_options first, ps::stream_options second) override {
    return inner_.connect(first, second);
  }
  abilities can() const noexcept override { return {.reset = false, .half_close = false}; }

 private:
  memory_ground inner_;
};

TEST(CheckTransport, LeavesOutWhatATransportCannotDo) {
  const transport_report report = check_transport([] { return std::make_unique<plain_ground>(); });
  EXPECT_TRUE(report.passed()) << report.text();
  EXPECT_GE(report.count(verdict::holds), 60u);
  EXPECT_GE(report.count(verdict::impossible), 20u);
}

TEST(CheckTransport, SaysWhichCheckIsBrokenAndWhatWasSeen) {
  const auto stalling = [] { return std::make_unique<memory_ground>(ps::memory::fault_plan{.stall_after = 3}); };
  const transport_report report = check_transport(stalling);
  EXPECT_FALSE(report.passed());
  EXPECT_NE(report.text().find("ReadsWhatArrivedThenTheEnd (R26 R17 R117)"), std::string::npos) << report.text();
  const check_result one = check_transport(stalling, named("ReadsWhatArrivedThenTheEnd"));
  EXPECT_EQ(one.outcome, verdict::broken);
  EXPECT_EQ(one.name, "ReadsWhatArrivedThenTheEnd");
  EXPECT_EQ(one.rules, "R26 R17 R117");
  EXPECT_EQ(one.expected, "it ends within the ground's patience");
  EXPECT_NE(one.waiting.find("read"), std::string::npos) << one.text();
  const auto cutting = [] { return std::make_unique<memory_ground>(ps::memory::fault_plan{.end_after = 3}); };
  const check_result other = check_transport(cutting, named("ReadsWhatArrivedThenTheEnd"));
  EXPECT_EQ(other.expected, "what was sent: \"hello\"");
  EXPECT_EQ(other.seen, "\"hel\"");
  EXPECT_NE(other.where.find("reading_checks.cpp:"), std::string::npos);
  EXPECT_NE(other.text().find("ReadsWhatArrivedThenTheEnd (R26 R17 R117) reading_checks.cpp:"), std::string::npos);
}

TEST(CheckTransport, TakesAFactorysExceptionForABrokenCheck) {
  const check& any = transport_checks().front();
  const check_result threw =
      check_transport([]() -> std::unique_ptr<ground> { throw std::runtime_error("no socket"); }, any);
  EXPECT_EQ(threw.outcome, verdict::broken);
  EXPECT_EQ(threw.seen, "no socket");
  const check_result none = check_transport([]() -> std::unique_ptr<ground> { return nullptr; }, any);
  EXPECT_EQ(none.outcome, verdict::broken);
  EXPECT_EQ(none.seen, "no ground");
}

}  // namespace
