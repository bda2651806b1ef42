// SPDX-License-Identifier: BSL-1.0
// What the tables of parameters work with, on each loop that has sockets. What a parameter did is read from them.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <tests/support/parameter_table.hpp>
#include <tests/support/user_filters.hpp>

#include "serving/nets.hpp"
#include "serving/places.hpp"

namespace penstock_test {

// It outlives the connections.
template <class Net>
struct socket_bench {
  std::unique_ptr<ps::filter> layer;
  std::unique_ptr<ps::server_observer> observer;
  typename Net::loop_type loop;
};

// What a stream was made with.
struct stream_facts {
  std::size_t limit = 0;
  std::size_t max_buffered = 0;
  std::size_t high = 0;
  static stream_facts of(const ps::stream_reader& in, const ps::stream_writer& out) {
    return {in.limit(), in.underlying().inner().in().max_buffered(), out.transport().get_write_buffer_limits().high};
  }
  bool operator==(const stream_facts&) const = default;
};

inline int option_of(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  checked(::getsockopt(fd, level, name, &value, &size));
  return value;
}
// The options of a TCP connection.
struct socket_facts {
  int no_delay = -1;
  int keep_alive = -1;
  int user_timeout = -1;  // milliseconds
  static socket_facts of(const ps::stream_writer& out) {
    const int fd = std::stoi(out.get_extra_info("socket"));
    return {option_of(fd, IPPROTO_TCP, TCP_NODELAY), option_of(fd, SOL_SOCKET, SO_KEEPALIVE),
            option_of(fd, IPPROTO_TCP, TCP_USER_TIMEOUT)};
  }
  bool operator==(const socket_facts&) const = default;
};

inline ps::task<> expect_echo(ps::open_streams streams) {
  streams.out.write("echo\n");
  EXPECT_EQ(co_await streams.in.readline(), "echo\n");
}

template <class Call>
ps::task<std::string> text_of_failure(Call call) {
  try {
    auto none = co_await std::move(call);
  } catch (const std::exception& e) {
    co_return std::string(e.what());
  }
  co_return std::string("it did not fail");
}

inline ps::task<std::error_code> error_of_next_read(const ps::stream_reader& in) {
  try {
    static_cast<void>(co_await in.read(1));
  } catch (const std::system_error& e) {
    co_return e.code();
  }
  co_return std::error_code();
}

}  // namespace penstock_test
