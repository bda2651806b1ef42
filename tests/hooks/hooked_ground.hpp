// SPDX-License-Identifier: BSL-1.0
// A hook's loop as a ground: streams that are driven by connection_driver, and a scheduler that is itself
// attached by the hook, so that its timers and wake-ups are the foreign loop's.
//
// An Outer is a foreign loop: hook<D> is its hook's type, native() what a hook attaches to, run_once()
// waits for something and does it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <penstock/coro/receive_arena.hpp>
#include <penstock/coro/scheduler.hpp>
#include <penstock/epoll/connection_driver.hpp>
#include <penstock/testing.hpp>

#include "transports/sockets.hpp"

namespace penstock_test {

// A scheduler whose descriptor is an eventfd and whose deadline is the next timer, or now.
template <class Outer>
class hooked_loop final : public penstock::scheduler {
 public:
  hooked_loop() : scheduler(calls().now()), wake_(checked(calls().eventfd())), hook_(outer_.native(), rounds{this}) {
    arena_.make();
  }
  ~hooked_loop() override { end_all(); }

  void run_until(penstock::task<> work) {
    {
      const scope here(*this);
      work.start();
    }
    hook_.rearm();
    while (!work.done()) outer_.run_once();
    std::move(work).result();
    while (has_ready()) outer_.run_once();
  }

  Outer& outer() noexcept { return outer_; }
  penstock::receive_arena arena() const noexcept { return arena_.get(); }
  static penstock::epoll::kernel& calls() noexcept { return penstock::epoll::system_kernel(); }

 private:
  struct rounds {
    hooked_loop* of;
    int fd() const noexcept { return of->wake_.get(); }
    short wants() const noexcept { return POLLIN; }
    penstock::time_point deadline() const noexcept {
      return of->has_ready() ? penstock::time_point() : of->next_timer();
    }
    penstock::epoll::driver_state on_ready(std::uint32_t, penstock::time_point now) {
      calls().eventfd_read(fd());
      return on_time(now);
    }
    penstock::epoll::driver_state on_time(penstock::time_point now) {
      const scope here(*of);
      of->set_now(now);
      of->collect_posted();
      of->run_ready();
      of->fire_due(now);
      return penstock::epoll::driver_state::open;
    }
    void before_close(void (*)(void*), void*) const noexcept {}  // when its hook has gone
  };

  void wake_up() noexcept override { calls().eventfd_write(wake_.get()); }
  void work_came() noexcept override { hook_.rearm(); }

  Outer outer_;
  descriptor wake_;
  penstock::loop_arena arena_;
  typename Outer::template hook<rounds> hook_;
};

template <class Outer>
class hooked_stream final : public penstock::stream {
 public:
  hooked_stream(hooked_loop<Outer>& loop, int fd, const penstock::stream_options& options)
      : stream(loop, options),
        driver_(std::in_place, fd, loop.arena(), inner(), outer()),
        hook_(loop.outer().native(), events{this}) {
    begin();
  }

 private:
  // What the foreign loop tells is noted; the turn comes in the scheduler's round.
  struct events {
    hooked_stream* of;
    int fd() const noexcept { return of->driver_ ? of->driver_->fd() : -1; }
    short wants() const noexcept { return of->driver_->wants(); }
    penstock::time_point deadline() const noexcept { return penstock::time_point::never(); }
    penstock::epoll::driver_state on_ready(std::uint32_t seen, penstock::time_point) {
      of->seen_ |= seen;
      of->update();
      return penstock::epoll::driver_state::open;
    }
    penstock::epoll::driver_state on_time(penstock::time_point) { return penstock::epoll::driver_state::open; }
    void before_close(void (*told)(void*), void* context) const noexcept {
      if (of->driver_) of->driver_->before_close(told, context);
    }
  };

  ~hooked_stream() override = default;
  bool work(penstock::time_point now) override {
    driver_->set_reading(!reading_paused());
    driver_->on_ready(std::exchange(seen_, 0), now, [this](penstock::connection&) {
      const bool reader = wake_reader();
      return wake_writers() || reader;
    });
    if (driver_->fd() < 0) return false;
    hook_.rearm();
    return driver_->deadline() == penstock::time_point() || owes_answer();
  }
  void drop() noexcept override { driver_.reset(); }
  std::string extra_info(std::string_view) const override { return {}; }

  std::optional<penstock::epoll::connection_driver> driver_;
  std::uint32_t seen_ = 0;
  typename Outer::template hook<events> hook_;
};

template <class Outer>
class hooked_ground final : public penstock::testing::ground {
 public:
  using ground::connect;
  hooked_ground(descriptors (*pair)(), penstock::testing::abilities can) : pair_(pair), can_(can) {}

  penstock::scheduler& loop() override { return loop_; }
  void run(penstock::task<> work) override { loop_.run_until(std::move(work)); }
  penstock::task<penstock::testing::connected> connect(penstock::stream_options first,
                                                       penstock::stream_options second) override {
    descriptors both = pair_();
    co_return penstock::testing::connected{end_of(both[0], first), end_of(both[1], second)};
  }
  penstock::task<penstock::testing::raw_connected> connect_raw(penstock::stream_options near) override {
    descriptors both = pair_();
    co_return penstock::testing::raw_connected{end_of(both[0], near),
                                               std::make_unique<socket_peer>(std::move(both[1]))};
  }
  penstock::testing::abilities can() const noexcept override { return can_; }
  std::size_t under_way() const noexcept override { return 1024 * 1024; }

 private:
  penstock::testing::end end_of(descriptor& fd, const penstock::stream_options& options) {
    auto* const made = new hooked_stream<Outer>(loop_, fd.release(), options);
    return {penstock::stream_reader(*made), penstock::stream_writer(*made)};
  }

  descriptors (*pair_)();
  penstock::testing::abilities can_;
  hooked_loop<Outer> loop_;
};

}  // namespace penstock_test
