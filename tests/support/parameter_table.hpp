// SPDX-License-Identifier: BSL-1.0
// A table with a row for each parameter, read against the header: what has no row fails.
#pragma once

#include <exception>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/coro/task.hpp>

namespace penstock_test {

// A story shows what the parameters do, on a bench of its own, which has a loop.
template <class Bench>
struct parameter_row_on {
  const char* rule;
  std::vector<std::string> names;
  penstock::task<> (*story)(Bench&);
};

// The members of a struct of a component's headers.
inline std::set<std::string> members_of(const std::string& component, const std::string& header,
                                        const std::string& structure) {
  std::ifstream file(PENSTOCK_SOURCE_DIR "/adapters/" + component + "/include/penstock/" + component + '/' + header);
  std::set<std::string> names;
  bool inside = false;
  const std::regex member(R"(^  [\w:<>*, ]+[ *](\w+) = .*;.*)");
  for (std::string line; std::getline(file, line);) {
    if (line == "struct " + structure + " {") inside = true;
    if (line == "};") inside = false;
    std::smatch found;
    if (inside && std::regex_match(line, found, member)) names.insert(found[1]);
  }
  return names;
}

template <class Bench>
void run_rows(const std::vector<parameter_row_on<Bench>>& rows) {
  for (const parameter_row_on<Bench>& row : rows) {
    SCOPED_TRACE(std::string(row.rule) + " " + row.names.front());
    Bench here;
    try {
      here.loop.run_until(row.story(here));
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
  }
}

template <class Bench>
void expect_complete(const std::vector<parameter_row_on<Bench>>& rows, const std::set<std::string>& members) {
  std::set<std::string> with_a_row;
  for (const parameter_row_on<Bench>& row : rows) with_a_row.insert(row.names.begin(), row.names.end());
  EXPECT_FALSE(members.empty());
  EXPECT_EQ(with_a_row, members);
}

}  // namespace penstock_test
