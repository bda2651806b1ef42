// SPDX-License-Identifier: BSL-1.0
// The Asio transport as a ground, over TCP or Unix sockets, or whatever is made of one.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include <penstock/asio.hpp>
#include <penstock/testing.hpp>

#include <support/asio_loop.hpp>

#include "sockets.hpp"

namespace penstock_tests {

using adopt_descriptor = penstock::open_streams (*)(boost::asio::io_context&, int fd, const penstock::stream_options&);

inline penstock::open_streams adopt_tcp(boost::asio::io_context& io, int fd, const penstock::stream_options& options) {
  return penstock::asio::adopt(boost::asio::ip::tcp::socket(io, boost::asio::ip::tcp::v4(), fd), options);
}
inline penstock::open_streams adopt_unix(boost::asio::io_context& io, int fd, const penstock::stream_options& options) {
  return penstock::asio::adopt(
      boost::asio::local::stream_protocol::socket(io, boost::asio::local::stream_protocol(), fd), options);
}

class asio_ground final : public penstock::testing::ground {
 public:
  using ground::connect;
  asio_ground(descriptors (*pair)(), adopt_descriptor adopt, penstock::testing::abilities can = {})
      : pair_(pair), adopt_(adopt), can_(can) {}

  penstock::scheduler& loop() override { return loop_; }
  void run(penstock::task<> work) override {
    loop_.run_until(std::move(work));
    while (loop_.poll()) {
    }
  }
  penstock::task<penstock::testing::connected> connect(penstock::stream_options first,
                                                       penstock::stream_options second) override {
    descriptors both = pair_();
    co_return penstock::testing::connected{end(both[0].release(), first), end(both[1].release(), second)};
  }
  penstock::task<penstock::testing::raw_connected> connect_raw(penstock::stream_options near) override {
    descriptors both = pair_();
    co_return penstock::testing::raw_connected{end(both[0].release(), near),
                                               std::make_unique<socket_peer>(std::move(both[1]))};
  }
  penstock::testing::abilities can() const noexcept override { return can_; }
  std::size_t under_way() const noexcept override { return 1024 * 1024; }

 private:
  penstock::testing::end end(int fd, const penstock::stream_options& options) {
    penstock::open_streams made = adopt_(loop_.context, fd, options);
    return {std::move(made.in), std::move(made.out)};
  }

  descriptors (*pair_)();
  adopt_descriptor adopt_;
  penstock::testing::abilities can_;
  penstock_test::asio_loop loop_;
};

}  // namespace penstock_tests
