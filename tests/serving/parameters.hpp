// SPDX-License-Identifier: BSL-1.0
// A table with a row for each parameter, read against the header: what has no row fails.
#pragma once

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/epoll.hpp>

namespace penstock_test {

namespace ps = penstock;
namespace pe = penstock::epoll;

// Writes down what is set on sockets, and where they go.
class watching_kernel final : public pe::kernel {
 public:
  int setsockopt(int fd, int level, int name, const void* value, socklen_t size) noexcept override {
    if (size == sizeof(int)) set.push_back({level, name, *static_cast<const int*>(value)});
    return kernel::setsockopt(fd, level, name, value, size);
  }
  int connect(int fd, const sockaddr* address, socklen_t size) noexcept override {
    pe::address to;
    std::copy_n(reinterpret_cast<const char*>(address), size, reinterpret_cast<char*>(&to.storage));
    to.size = size;
    connects.push_back(to.text());
    return kernel::connect(fd, address, size);
  }
  int listen(int fd, int backlog) noexcept override {
    backlogs.push_back(backlog);
    return kernel::listen(fd, backlog);
  }
  int socket(int family, int type, int protocol) noexcept override {
    protocols.push_back(protocol);
    return kernel::socket(family, type, protocol);
  }

  struct option {
    int level;
    int name;
    int value;
    bool operator==(const option&) const = default;
  };
  bool was_set(int level, int name, int value = 1) const {
    return std::ranges::count(set, option{level, name, value}) != 0;
  }

  std::vector<option> set;
  std::vector<std::string> connects;
  std::vector<int> backlogs;
  std::vector<int> protocols;
};

// Answers what it is told to, and keeps what it was asked.
class told_resolver final : public pe::resolver {
 public:
  ps::task<pe::resolve_answer> resolve(pe::resolve_query query) override {
    asked.push_back(query);
    pe::resolve_answer answer;
    answer.error = error;
    answer.addresses = addresses;
    co_return answer;
  }
  std::vector<pe::resolve_query> asked;
  std::vector<pe::address> addresses;
  std::error_code error;
};

// What a row's story works with; it outlives its connections.
struct bench {
  watching_kernel kernel;
  told_resolver names;
  std::unique_ptr<ps::filter> layer;
  std::unique_ptr<ps::server_observer> observer;
  pe::event_loop loop{kernel};
};

struct parameter_row {
  const char* rule;
  std::vector<std::string> names;
  ps::task<> (*story)(bench&);
};

// The members of a struct of epoll's headers.
inline std::set<std::string> members_of(const std::string& header, const std::string& structure) {
  std::ifstream file(PENSTOCK_SOURCE_DIR "/adapters/epoll/include/penstock/epoll/" + header);
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

inline void run_rows(const std::vector<parameter_row>& rows) {
  for (const parameter_row& row : rows) {
    SCOPED_TRACE(std::string(row.rule) + " " + row.names.front());
    bench here;
    try {
      here.loop.run_until(row.story(here));
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
  }
}

inline void expect_complete(const std::vector<parameter_row>& rows, const std::set<std::string>& members) {
  std::set<std::string> with_a_row;
  for (const parameter_row& row : rows) with_a_row.insert(row.names.begin(), row.names.end());
  EXPECT_FALSE(members.empty());
  EXPECT_EQ(with_a_row, members);
}

}  // namespace penstock_test
