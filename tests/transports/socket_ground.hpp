// SPDX-License-Identifier: BSL-1.0
// The epoll transport as a ground, over TCP or Unix sockets.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <penstock/epoll.hpp>
#include <penstock/testing.hpp>

#include "sockets.hpp"

namespace penstock_test {

class socket_ground final : public penstock::testing::ground {
 public:
  using ground::connect;
  socket_ground(descriptors (*pair)(), penstock::testing::abilities can) : pair_(pair), can_(can) {}

  penstock::scheduler& loop() override { return loop_; }
  void run(penstock::task<> work) override {
    loop_.run_until(std::move(work));
    while (loop_.poll()) {
    }
  }
  penstock::task<penstock::testing::connected> connect(penstock::stream_options first,
                                                       penstock::stream_options second) override {
    descriptors both = pair_();
    penstock::epoll::open_streams near = co_await adopt(both[0].release(), first);
    penstock::epoll::open_streams far = co_await adopt(both[1].release(), second);
    co_return penstock::testing::connected{{std::move(near.in), std::move(near.out)},
                                           {std::move(far.in), std::move(far.out)}};
  }
  penstock::task<penstock::testing::raw_connected> connect_raw(penstock::stream_options near) override {
    descriptors both = pair_();
    penstock::epoll::open_streams ours = co_await adopt(both[0].release(), near);
    co_return penstock::testing::raw_connected{{std::move(ours.in), std::move(ours.out)},
                                               std::make_unique<socket_peer>(std::move(both[1]))};
  }
  penstock::testing::abilities can() const noexcept override { return can_; }
  std::size_t under_way() const noexcept override { return 1024 * 1024; }

 private:
  penstock::task<penstock::epoll::open_streams> adopt(int fd, const penstock::stream_options& options) {
    return penstock::epoll::open_connection(loop_, {.limit = options.reading.limit,
                                                    .sock = fd,
                                                    .max_buffered = options.reading.max_buffered,
                                                    .writing = options.writing,
                                                    .policy = options.policy});
  }

  descriptors (*pair_)();
  penstock::testing::abilities can_;
  penstock::epoll::event_loop loop_;
};

}  // namespace penstock_test
