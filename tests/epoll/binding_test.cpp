// SPDX-License-Identifier: BSL-1.0
// Binding several addresses: what is passed over, what is an error, and the port that all of them share.
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <penstock/epoll.hpp>

namespace {

namespace ps = penstock;
namespace pe = penstock::epoll;

// Gives so many sockets, and then says that the process has no more descriptors.
class few_sockets final : public pe::kernel {
 public:
  explicit few_sockets(int n) noexcept : left_(n) {}
  int socket(int family, int type, int protocol) noexcept override {
    return left_-- > 0 ? kernel::socket(family, type, protocol) : -EMFILE;
  }

 private:
  int left_;
};

// R104 passes over families and addresses that the machine lacks, and nothing else.
TEST(Binding, DoesNotServeOnFewerAddressesForWantOfDescriptors) {
  for (const int sockets : {0, 1}) {
    few_sockets calls(sockets);
    pe::event_loop loop(calls);
    const std::vector<std::string_view> hosts = {"127.0.0.1", "127.0.0.2"};
    try {
      static_cast<void>(loop.run_until(pe::start_server(loop, handlers::echo_lines, {.host = hosts, .port = 0})));
      ADD_FAILURE() << "serves on " << sockets;
    } catch (const std::system_error& e) {
      EXPECT_EQ(e.code(), std::errc::too_many_files_open);
    }
  }
}

// R104 as mended: the port that is chosen for the first address may be somebody's on the second.
class taken_ports final : public pe::kernel {
 public:
  int bind(int fd, const sockaddr* address, socklen_t size) noexcept override {
    sockaddr_in name{};
    std::memcpy(&name, address, sizeof name);
    if (name.sin_addr.s_addr == htonl(0x7f000002) && taken != 0) return --taken, -EADDRINUSE;
    return kernel::bind(fd, address, size);
  }
  int taken = 0;
};

TEST(Binding, SeeksAPortThatAllAddressesHave) {
  taken_ports calls;
  const auto start = [&](ps::port_name port) -> ps::task<std::vector<std::uint16_t>> {
    const std::vector<std::string_view> hosts = {"127.0.0.1", "127.0.0.2"};
    auto server = co_await pe::start_server(handlers::echo_lines, {.host = hosts, .port = port});
    std::vector<std::uint16_t> ports;
    for (const int fd : server.sockets()) {
      sockaddr_in name{};
      socklen_t size = sizeof name;
      EXPECT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size), 0);
      ports.push_back(ntohs(name.sin_port));
    }
    co_return ports;
  };
  const auto run_on = [&](ps::port_name port) {
    pe::event_loop loop(calls);
    return loop.run_until(start(port));
  };
  calls.taken = 3;
  const std::vector<std::uint16_t> ports = run_on(0);
  ASSERT_EQ(ports.size(), 2u);
  EXPECT_EQ(ports[0], ports[1]);
  EXPECT_EQ(calls.taken, 0);
  calls.taken = 1;
  EXPECT_THROW(run_on(ports[0]), std::system_error) << "a port that was wanted";
  calls.taken = 1000;
  EXPECT_THROW(run_on(0), std::system_error) << "not for ever";
}

}  // namespace
