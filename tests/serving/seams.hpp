// SPDX-License-Identifier: BSL-1.0
// The epoll loop's seams, watched: a kernel that writes down, a resolver that is told.
#pragma once

#include <algorithm>
#include <string>
#include <system_error>
#include <vector>

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

// It outlives the connections.
struct seams {
  watching_kernel kernel;
  told_resolver names;
  pe::event_loop loop{kernel};
};

}  // namespace penstock_test
