// SPDX-License-Identifier: BSL-1.0
// What Asio's tables of parameters work with. Asio has no seam for its system calls and its resolver: what a
// parameter did is read from the socket.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <penstock/asio.hpp>
#include <tests/serving/places.hpp>
#include <tests/support/asio_loop.hpp>
#include <tests/support/parameter_table.hpp>
#include <tests/support/user_filters.hpp>

namespace penstock_test {

namespace ps = penstock;
namespace pa = penstock::asio;

inline constexpr const char* here = "127.0.0.1";

struct asio_bench {
  std::unique_ptr<ps::filter> layer;
  std::unique_ptr<ps::server_observer> observer;
  asio_loop loop;
};
using asio_row = parameter_row_on<asio_bench>;

inline ps::task<> expect_echo(ps::open_streams streams) {
  streams.out.write("echo\n");
  EXPECT_EQ(co_await streams.in.readline(), "echo\n");
}
inline ps::task<> expect_echo_at(std::string_view host, int port) {
  co_await expect_echo(co_await pa::open_connection({.host = host, .port = port}));
}

inline int option_of(int fd, int level, int name) {
  int value = 0;
  socklen_t size = sizeof value;
  checked(::getsockopt(fd, level, name, &value, &size));
  return value;
}
inline int option_of(const ps::open_streams& streams, int level, int name) {
  return option_of(std::stoi(streams.out.get_extra_info("socket")), level, name);
}

}  // namespace penstock_test
