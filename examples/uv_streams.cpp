// SPDX-License-Identifier: BSL-1.0
// The core alone inside a libuv program that keeps its own streams: bytes from uv_read_start go in, bytes for
// uv_write come out. A line echo server: `uv_streams [--once N]`.
#include <uv.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include <penstock/core.hpp>

#include "line_echo.hpp"

namespace {

using penstock::wire_step;

constexpr penstock::deadlines policy = penstock::deadlines::server_defaults();

penstock::time_point now() {
  return penstock::time_point(penstock::duration::nanoseconds(static_cast<std::int64_t>(uv_hrtime())));
}

int ended = 0;

class client {
 public:
  explicit client(uv_stream_t* listener) {
    stream_.watch(&watch_);
    uv_tcp_init(listener->loop, &tcp_);
    uv_timer_init(listener->loop, &timer_);
    tcp_.data = timer_.data = write_.data = this;
    if (uv_accept(listener, raw()) == 0)
      turn();
    else
      end({});
  }

 private:
  uv_stream_t* raw() { return reinterpret_cast<uv_stream_t*>(&tcp_); }
  static client& of(void* handle) { return *static_cast<client*>(static_cast<uv_handle_t*>(handle)->data); }

  // libuv receives into the arena, so that the core reads there; no more than there is room for.
  static void lend(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) {
    const std::size_t room = std::min(of(handle).stream_.input_room(), line_echo::memory.size() - line_echo::headroom);
    *buffer = uv_buf_init(line_echo::memory.data() + line_echo::headroom, static_cast<unsigned>(room));
  }
  static void received(uv_stream_t* handle, ssize_t n, const uv_buf_t* buffer) {
    client& self = of(handle);
    if (n > 0) self.stream_.lend_input({buffer->base, static_cast<std::size_t>(n)}, line_echo::headroom);
    if (n == UV_EOF) self.stream_.input_ended();
    if (n < 0 && n != UV_EOF) return self.end({static_cast<int>(-n), std::system_category()});
    self.turn();
  }

  void turn() {
    do {
      line_echo::echo(stream_, line_);
      stream_.on_time(now());
    } while (send() && line_echo::echo(stream_, line_));
    if (over_) return;
    stream_.settle_input();  // nothing stays in the arena, which is all clients'
    if (stream_.input_room() != 0 && !stream_.out().full())
      uv_read_start(raw(), &lend, &received);
    else
      uv_read_stop(raw());  // the peer's writes wait, in its window
    if (stream_.deadline() == penstock::time_point::never()) return;
    const std::int64_t left = std::max<std::int64_t>((stream_.deadline() - now()).count(), 0);
    uv_timer_start(&timer_, [](uv_timer_t* t) { of(t).turn(); }, static_cast<std::uint64_t>(left) / 1'000'000 + 1, 0);
  }

  // One write is under way at a time; its bytes are copied, for the core's views do not live that long.
  bool send() {
    while (!over_ && !writing_) {
      std::array<std::string_view, 16> segments;
      std::size_t count = 0;
      switch (stream_.next_output(segments, count)) {
        case wire_step::idle: return true;
        case wire_step::send: {
          under_way_.clear();
          for (std::size_t i = 0; i != count; ++i) under_way_ += segments[i];
          stream_.consume_output(under_way_.size());
          uv_buf_t bytes = uv_buf_init(under_way_.data(), static_cast<unsigned>(under_way_.size()));
          writing_ = true;
          uv_write(&write_, raw(), &bytes, 1, &sent);
          break;
        }
        case wire_step::shutdown:
          stream_.output_shut_down();
          uv_shutdown(&shutdown_, raw(), nullptr);
          break;
        case wire_step::close: end({}); break;
      }
    }
    return false;
  }
  static void sent(uv_write_t* request, int status) {
    client& self = *static_cast<client*>(request->data);
    self.writing_ = false;
    if (self.over_) return;
    if (status < 0) return self.end({-status, std::system_category()});
    self.turn();
  }

  void end(std::error_code why) {
    if (std::exchange(over_, true)) return;
    const bool reset = stream_.aborted();
    stream_.lost(why);
    const auto closed = [](uv_handle_t* handle) {
      client& self = of(handle);
      if (--self.handles_ != 0) return;
      ++ended;
      delete &self;
    };
    uv_close(reinterpret_cast<uv_handle_t*>(&timer_), closed);
    if (!reset || uv_tcp_close_reset(&tcp_, closed) != 0) uv_close(reinterpret_cast<uv_handle_t*>(&tcp_), closed);
  }

  uv_tcp_t tcp_;
  uv_timer_t timer_;
  uv_write_t write_;
  uv_shutdown_t shutdown_;
  std::string under_way_;
  penstock::connection stream_;
  penstock::deadline_watch watch_{policy, now()};
  penstock::readline line_;
  int handles_ = 2;  // libuv's, that it has not closed
  bool writing_ = false;
  bool over_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  const auto [listener, once] = line_echo::begin(argc, argv);
  uv_loop_t* const loop = uv_default_loop();
  uv_tcp_t listening;
  uv_tcp_init(loop, &listening);
  uv_tcp_open(&listening, listener);
  uv_listen(reinterpret_cast<uv_stream_t*>(&listening), 128, [](uv_stream_t* from, int status) {
    if (status == 0) new client(from);
  });
  while (ended != once) uv_run(loop, UV_RUN_ONCE);
}
