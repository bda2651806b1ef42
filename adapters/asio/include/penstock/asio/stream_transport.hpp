// SPDX-License-Identifier: BSL-1.0
// A stream over one of Asio's.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/detached.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include <penstock/asio/completing_io.hpp>
#include <penstock/asio/event_loop.hpp>
#include <penstock/asio/executor_loop.hpp>
#include <penstock/asio/ready_io.hpp>
#include <penstock/coro/held.hpp>
#include <penstock/coro/open_streams.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/coro/turn.hpp>
#include <penstock/error.hpp>

namespace penstock { inline namespace v0 { namespace asio {

// Over any AsyncReadStream and AsyncWriteStream. Sockets and descriptors are waited for, and received from
// into the running thread's arena: an idle one holds no block. Any other stream has a block of 8 KiB while a
// read is pending, which is nearly always, and one of 16 KiB while a write is.
template <class AsyncStream>
class asio_transport : public stream, private detail::rearmed {
 public:
  // Begins in its loop. The caller makes the first handle.
  static asio_transport& adopt(const event_loop& loop, AsyncStream next, const stream_options& options) {
    if (loop.get().ended()) throw std::system_error(errc::canceled);
    loop.get().look_at_clock();
    auto* const made = new asio_transport(loop.get(), std::move(next), options);
    made->begin_in_loop();
    return *made;
  }

  // --- a turn's verbs ----------------------------------------------------------------------

  bool readable() const noexcept { return io_->readable() && !reading_paused(); }
  receive_arena arena() const { return detail::arena_of_this_thread(); }
  transfer receive(std::span<char> into) { return io_->receive(into); }
  transfer send(std::span<const std::string_view> from) {
    const transfer out = io_->send(from);
    count_sent(out.count);
    return out;
  }
  std::error_code shut_down() { return io_->shut_down(); }
  void hang_up(bool reset) noexcept {
    if (!io_->open()) return;
    if (names_are_kept()) {
      try {
        own_name_ = io_->own_name();
        descriptor_ = io_->descriptor();
        peer_credentials_ = io_->peer_credentials();
      } catch (const std::bad_alloc&) {  // then it has no names any more
      }
    }
    io_->hang_up(reset);
  }
  // A handler that waits again when it was told is told again in the same turn.
  bool wake_reader() {
    bool woke = false;
    for (unsigned n = 0; n != reads_a_turn && (stream::wake_reader() || (woke && stream::wake_writers())); ++n) {
      woke = true;
      if (owes_answer()) break;
    }
    return woke;
  }

 protected:
  asio_transport(detail::executor_loop& loop, AsyncStream next, const stream_options& options)
      : stream(loop, options), use_(loop), io_(*new io(loop, std::move(next), *this)), peer_name_(io_->peer_name()) {}
  ~asio_transport() override {
    if (io_) io_->leave();
  }
  void begin_in_loop() {
    begin();
    update();
  }
  bool work(time_point now) override {
    const bool again = turn(*this, now);
    if (const std::error_code ec = io_->take_error()) {  // nobody reads or writes: only the event tells
      hang_up(false);
      outer().lost(ec);
      return true;
    }
    if (has_loop() && io_->arming_helps(wants_input())) use_->arm_later(*this);
    return again;
  }
  void drop() noexcept override { hang_up(loses_bytes()); }

 private:
  using io = std::conditional_t<detail::waits_for_readiness<AsyncStream>, detail::ready_io<AsyncStream>,
                                detail::completing_io<AsyncStream>>;

  void arm() override {
    if (has_loop()) io_->arm(wants_input());
  }
  bool wants_input() const noexcept { return outer().input_room() != 0 && !reading_paused(); }
  std::string extra_info(std::string_view key) const override {
    if (key == "sockname") return io_->open() ? io_->own_name() : own_name_;
    if (key == "peername") return peer_name_;
    if (key == "peercred") return io_->open() ? io_->peer_credentials() : peer_credentials_;
    if (key != "socket") return {};
    const int fd = io_->open() ? io_->descriptor() : descriptor_;
    return fd < 0 ? std::string() : std::to_string(fd);
  }

  detail::loop_use use_;
  held<io> io_;
  std::string peer_name_;
  std::string own_name_;  // for when the socket has none any more, as what follows
  int descriptor_ = -1;
  std::string peer_credentials_;
};

// Takes a connected stream of Asio's over, with its buffers empty; it runs on the stream's executor, or on the
// loop that is named: then the stream's executor is the same. Throws std::system_error (errc::canceled: the loop has
// ended), std::invalid_argument of the options, std::bad_alloc; the stream is closed then.
//
//   auto [in, out] = penstock::asio::adopt(std::move(socket), {.reading = {.limit = 1024}});
template <class AsyncStream>
open_streams adopt(const event_loop& loop, AsyncStream next, const stream_options& options = {}) {
  asio_transport<AsyncStream>& made = asio_transport<AsyncStream>::adopt(loop, std::move(next), options);
  return {stream_reader(made), stream_writer(made)};
}
template <class AsyncStream>
  requires requires(AsyncStream s) {
    s.get_executor();
    s.async_read_some(net::mutable_buffer(), net::detached);
  }
open_streams adopt(AsyncStream next, const stream_options& options = {}) {
  const event_loop loop(next.get_executor());
  return adopt(loop, std::move(next), options);
}

}}}  // namespace penstock::v0::asio
