// SPDX-License-Identifier: BSL-1.0
// The Asio transport as a ground, over TCP or Unix sockets, or whatever is made of one.
#pragma once

#include <cstddef>

#include <penstock/coro/open_streams.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/testing/ground.hpp>

#include <tests/asio/support/asio_loop.hpp>

#include <tests/transports/sockets.hpp>

namespace penstock_test {

using adopt_descriptor = penstock::open_streams (*)(penstock_test::asio_loop&, int fd, const penstock::stream_options&);

penstock::open_streams adopt_tcp(penstock_test::asio_loop&, int fd, const penstock::stream_options&);
penstock::open_streams adopt_unix(penstock_test::asio_loop&, int fd, const penstock::stream_options&);

class asio_ground final : public penstock::testing::ground {
 public:
  using ground::connect;
  asio_ground(descriptors (*pair)(), adopt_descriptor adopt, penstock::testing::abilities can = {})
      : pair_(pair), adopt_(adopt), can_(can) {}

  penstock::scheduler& loop() override { return loop_; }
  void run(penstock::task<> work) override;
  penstock::task<penstock::testing::connected> connect(penstock::stream_options first,
                                                       penstock::stream_options second) override;
  penstock::task<penstock::testing::raw_connected> connect_raw(penstock::stream_options near) override;
  penstock::testing::abilities can() const noexcept override { return can_; }
  std::size_t under_way() const noexcept override { return 1024 * 1024; }

 private:
  penstock::testing::end end(int fd, const penstock::stream_options& options);

  descriptors (*pair_)();
  adopt_descriptor adopt_;
  penstock::testing::abilities can_;
  penstock_test::asio_loop loop_;
};

}  // namespace penstock_test
