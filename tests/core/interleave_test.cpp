// SPDX-License-Identifier: BSL-1.0
// Proves the order in which addresses are tried (R101): a table, and all lists of up to seven
// addresses in three families against the rule written with queues.
#include <penstock/connect_race.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ps = penstock;

namespace {

struct address {
  int family;
  std::string label;  // not trivially copyable, as a caller's record may be
};

// One address for each digit, its family; named a, b, c and so on.
std::vector<address> addresses(const std::string& families) {
  std::vector<address> list;
  for (std::size_t i = 0; i < families.size(); ++i)
    list.push_back({families[i] - '0', std::string(20, static_cast<char>('a' + i))});
  return list;
}

std::string written(const std::vector<address>& list) {
  std::string text;
  for (const address& each : list) text += (text.empty() ? "" : " ") + std::to_string(each.family) + each.label[0];
  return text;
}

// The rule as it is read: a queue for each family, some of the first, then one of each in turn.
std::vector<address> naively_interleaved(const std::vector<address>& list, std::size_t k) {
  if (k == 0) return list;
  std::vector<std::vector<address>> queues;
  for (const address& each : list) {
    const auto queue =
        std::find_if(queues.begin(), queues.end(), [&](const auto& q) { return q[0].family == each.family; });
    if (queue == queues.end())
      queues.push_back({each});
    else
      queue->push_back(each);
  }
  std::vector<address> out;
  std::vector<std::size_t> taken(queues.size(), 0);
  while (out.size() < list.size() && out.size() + 1 < k && taken[0] < queues[0].size())
    out.push_back(queues[0][taken[0]++]);
  while (out.size() < list.size())
    for (std::size_t q = 0; q < queues.size(); ++q)
      if (taken[q] < queues[q].size()) out.push_back(queues[q][taken[q]++]);
  return out;
}

}  // namespace

TEST(Interleave, OrdersAddressesByFamily_R101) {
  const struct {
    std::string families;
    std::size_t k;
    std::string expected;
  } rows[] = {
      {"", 1, ""},
      {"6", 5, "6a"},
      {"6664", 0, "6a 6b 6c 4d"},
      {"6664", 1, "6a 4d 6b 6c"},
      {"6664", 2, "6a 6b 4d 6c"},
      {"6664", 3, "6a 6b 6c 4d"},
      {"6664", 9, "6a 6b 6c 4d"},
      {"646", 2, "6a 6c 4b"},
      {"466446", 1, "4a 6b 4d 6c 4e 6f"},
      {"466446", 2, "4a 4d 6b 4e 6c 6f"},
      {"111223", 1, "1a 2d 3f 1b 2e 1c"},
      {"111223", 4, "1a 1b 1c 2d 3f 2e"},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.families + " " + std::to_string(row.k));
    std::vector<address> list = addresses(row.families);
    ps::interleave(std::span(list), row.k);
    EXPECT_EQ(written(list), row.expected);
  }
}

TEST(Interleave, AgreesWithQueuesOnAllListsOfUpToSevenAddressesInThreeFamilies_R101) {
  std::size_t lists = 0;
  for (std::size_t length = 0; length <= 7; ++length) {
    std::size_t count = 1;
    for (std::size_t i = 0; i < length; ++i) count *= 3;
    for (std::size_t code = 0; code < count; ++code) {
      std::string families;
      for (std::size_t i = 0, rest = code; i < length; ++i, rest /= 3)
        families.push_back(static_cast<char>('1' + rest % 3));
      for (std::size_t k = 0; k <= length + 2; ++k, ++lists) {
        std::vector<address> list = addresses(families);
        const std::vector<address> expected = naively_interleaved(list, k);
        ps::interleave(std::span(list), k);
        ASSERT_EQ(written(list), written(expected)) << families << " " << k;
      }
    }
  }
  EXPECT_EQ(lists, 31'164U);
}

TEST(Interleave, TakesAProjectionForRecordsOfAnotherShape) {
  struct record {
    char text[4];
  };
  constexpr auto ordered = [] {
    std::array<record, 4> list{{{"6a"}, {"6b"}, {"4c"}, {"4d"}}};
    ps::interleave(std::span<record>(list), 1, [](const record& r) { return r.text[0]; });
    return list;
  }();
  EXPECT_STREQ(ordered[0].text, "6a");
  EXPECT_STREQ(ordered[1].text, "4c");
  EXPECT_STREQ(ordered[2].text, "6b");
  EXPECT_STREQ(ordered[3].text, "4d");
}
