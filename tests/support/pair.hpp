// SPDX-License-Identifier: BSL-1.0
// Two connections joined in memory: each end is a transport that drives its wire by the contract of
// wire.hpp, with receives and sends as short, and buffers on the way as small, as a test wants.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/connection.hpp>
#include <penstock/filter.hpp>
#include <penstock/time.hpp>
#include <penstock/wire.hpp>

#include "support/arena.hpp"
#include "support/counting_blocks.hpp"

namespace penstock_test {

struct link_options {
  std::size_t fragment = 1'000'000;  // most bytes that one receive or one send moves
  std::size_t capacity = 64 * 1024;  // bytes under way in one direction, as sockets buffer them
  bool lends = true;                 // input is lent from an arena; else received into the wire's memory
};

// A transport in memory. Its socket is `arriving_` and three flags; its turn is the one that
// wire.hpp describes: input, the application, time, output, settle; and another one at once if the
// wire's deadline has passed.
class endpoint {
 public:
  static constexpr std::size_t headroom = 4096;

  endpoint(penstock::wire& w, link_options link) : wire_(&w), link_(link), arena_(16 * 1024, headroom) {}

  void connect(endpoint& peer) { peer_ = &peer; }
  // start_tls: this wire from the end of the turn on.
  void attach(penstock::wire& w) { next_wire_ = &w; }
  // The socket fails; what is under way to us is gone (R83).
  void fail(std::error_code ec) {
    error_ = ec;
    arriving_.clear();
  }
  // The application's part of a turn; true: it did something.
  std::function<bool()> application;

  bool closed() const { return closed_; }
  std::size_t under_way() const { return arriving_.size(); }
  penstock::time_point deadline() const { return closed_ ? penstock::time_point::never() : wire_->deadline(); }

  // One turn; false: nothing moved.
  bool turn(penstock::time_point now) {
    if (closed_) return run_application();
    if (error_) {
      closed_ = true;
      wire_->lost(error_);
      run_application();
      return true;
    }
    bool moved = receive();
    moved = run_application() || moved;
    wire_->on_time(now);
    moved = send() || moved;
    if (!closed_) wire_->settle_input();
    arena_.shut();
    if (next_wire_ != nullptr) wire_ = std::exchange(next_wire_, nullptr);
    return moved || deadline() <= now;
  }

 private:
  bool run_application() { return application && application(); }

  bool receive() {
    const std::size_t room = wire_->input_room();
    const std::size_t n = std::min({room, link_.fragment, arriving_.size(), arena_.size()});
    if (n != 0) {
      const std::string_view bytes = std::string_view(arriving_).substr(0, n);
      if (link_.lends) {
        wire_->lend_input(arena_.receive(bytes), headroom);
      } else {
        const std::span<char> to = wire_->prepare_input(n);
        EXPECT_EQ(to.size(), n) << "there was room";
        std::copy_n(bytes.begin(), to.size(), to.begin());
        wire_->commit_input(to.size());
      }
      arriving_.erase(0, n);
      return true;
    }
    if (room == 0 || !arriving_.empty() || !fin_arrived_ || fin_given_) return false;
    fin_given_ = true;
    wire_->input_ended();
    return true;
  }

  bool send() {
    bool moved = false;
    for (;;) {
      std::array<std::string_view, 64> views;
      std::size_t count = 0;
      switch (wire_->next_output(views, count)) {
        case penstock::wire_step::idle: return moved;
        case penstock::wire_step::send: {
          if (peer_->closed_) {
            fail(std::make_error_code(std::errc::connection_reset));
            return true;
          }
          const std::size_t free = link_.capacity - std::min(link_.capacity, peer_->arriving_.size());
          const std::size_t n = put(std::span(views).first(count), std::min(link_.fragment, free));
          if (n == 0) return moved;
          wire_->consume_output(n);
          break;
        }
        case penstock::wire_step::shutdown:
          peer_->fin_arrived_ = true;
          wire_->output_shut_down();
          break;
        case penstock::wire_step::close:
          if (wire_->aborted())
            peer_->fail(std::make_error_code(std::errc::connection_reset));
          else
            peer_->fin_arrived_ = true;
          wire_->settle_input();
          closed_ = true;
          wire_->lost({});
          return true;
      }
      moved = true;
    }
  }

  std::size_t put(std::span<const std::string_view> views, std::size_t most) {
    std::size_t n = 0;
    EXPECT_FALSE(views.empty()) << "a send of nothing";
    for (const std::string_view view : views) {
      EXPECT_FALSE(view.empty());
      const std::string_view part = view.substr(0, most - n);
      peer_->arriving_ += part;
      n += part.size();
    }
    return n;
  }

  penstock::wire* wire_;
  penstock::wire* next_wire_ = nullptr;
  endpoint* peer_ = nullptr;
  link_options link_;
  arena arena_;
  std::string arriving_;
  std::error_code error_;
  bool fin_arrived_ = false;
  bool fin_given_ = false;
  bool closed_ = false;
};

// One side of a pair: a connection, perhaps a filter's wire around it, and its transport.
struct side {
  side(link_options link, penstock::read_options reading, penstock::write_options writing,
       const penstock::filter* layer)
      : stream(reading, writing, blocks), around(wrapped(layer)), end(around ? *around : stream, link) {}

  penstock::wire_handle wrapped(const penstock::filter* layer) {
    std::error_code ec;
    return layer == nullptr ? penstock::wire_handle() : layer->wrap(stream, {}, ec);
  }

  counting_blocks blocks;
  penstock::connection stream;
  penstock::wire_handle around;
  endpoint end;
};

struct pair_options {
  link_options link = {};
  penstock::read_options reading = {};
  penstock::write_options writing = {};
  const penstock::filter* around_a = nullptr;
  const penstock::filter* around_b = nullptr;
};

class pair {
 public:
  explicit pair(const pair_options& options = {})
      : a(options.link, options.reading, options.writing, options.around_a),
        b(options.link, options.reading, options.writing, options.around_b) {
    a.end.connect(b.end);
    b.end.connect(a.end);
  }

  // A turn of each end; false: nothing moved.
  bool step() {
    const bool moved_a = a.end.turn(now);
    const bool moved_b = b.end.turn(now);
    a.stream.validate();
    b.stream.validate();
    return moved_a || moved_b;
  }

  // Until nothing moves. Liveness is a bound: more than `most` steps are a failure.
  void drive_bounded(std::size_t most = 100'000) {
    for (std::size_t steps = 0; steps < most; ++steps)
      if (!step() || ::testing::Test::HasFailure()) return;
    ADD_FAILURE() << "still moving after " << most << " steps";
  }

  // Lets time pass to the next deadline; false: there is none.
  bool wait() {
    const penstock::time_point next = std::min(a.end.deadline(), b.end.deadline());
    if (next == penstock::time_point::never()) return false;
    now = std::max(now, next);
    return true;
  }

  penstock::time_point now{penstock::duration::nanoseconds(1'000'000'000)};
  side a;
  side b;
};

}  // namespace penstock_test
