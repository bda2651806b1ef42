// SPDX-License-Identifier: BSL-1.0
#include "asio_ground.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include <memory>
#include <utility>

#include <penstock/asio.hpp>

#include <tests/asio/support/asio_parts.hpp>

namespace penstock_test {

namespace net = boost::asio;

penstock::open_streams adopt_tcp(penstock_test::asio_loop& loop, int fd, const penstock::stream_options& options) {
  return penstock::asio::adopt(net::ip::tcp::socket(loop.inner().context, net::ip::tcp::v4(), fd), options);
}
penstock::open_streams adopt_unix(penstock_test::asio_loop& loop, int fd, const penstock::stream_options& options) {
  using local = net::local::stream_protocol;
  return penstock::asio::adopt(local::socket(loop.inner().context, local(), fd), options);
}

void asio_ground::run(penstock::task<> work) {
  loop_.run_until(std::move(work));
  while (loop_.poll()) {
  }
}

penstock::task<penstock::testing::connected> asio_ground::connect(penstock::stream_options first,
                                                                  penstock::stream_options second) {
  descriptors both = pair_();
  co_return penstock::testing::connected{end(both[0].release(), first), end(both[1].release(), second)};
}

penstock::task<penstock::testing::raw_connected> asio_ground::connect_raw(penstock::stream_options near) {
  descriptors both = pair_();
  co_return penstock::testing::raw_connected{end(both[0].release(), near),
                                             std::make_unique<socket_peer>(std::move(both[1]))};
}

penstock::testing::end asio_ground::end(int fd, const penstock::stream_options& options) {
  penstock::open_streams made = adopt_(loop_, fd, options);
  return {std::move(made.in), std::move(made.out)};
}

}  // namespace penstock_test
