// SPDX-License-Identifier: BSL-1.0
// A socket or descriptor of Asio's: waits until it is ready, and never blocks in a receive or a send.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <penstock/asio/error_codes.hpp>
#include <penstock/asio/io_state.hpp>
#include <penstock/asio/sockets.hpp>
#include <penstock/coro/turn.hpp>
#include <penstock/write_half.hpp>

namespace penstock { inline namespace v0 { namespace asio { namespace detail {

template <class S>
concept waits_for_readiness = requires(S s, boost::system::error_code ec) {
  S::wait_read;
  s.async_wait(S::wait_read, [](const boost::system::error_code&) {});
  s.non_blocking(true, ec);
  s.native_handle();
};

// At most one wait for input and one for output, and a third for the peer's reset while nobody wants input.
template <class S>
class ready_io final : public io_state<S> {
 public:
  ready_io(executor_loop& loop, S next, stream& owner) : io_state<S>(loop, std::move(next), owner) {
    boost::system::error_code ec;
    this->next_->non_blocking(true, ec);
    if (ec) throw std::system_error(to_std(ec), "taking a socket over");
  }

  bool readable() const noexcept { return readable_ && this->open_; }

  // A short receive means drained: waiting again looks at the level.
  transfer receive(std::span<char> into) {
    if (into.empty()) return {};
    for (;;) {
      boost::system::error_code ec;
      const std::size_t n = this->next_->read_some(net::buffer(into.data(), into.size()), ec);
      if (!ec) {
        if (n < into.size()) readable_ = false;
        return {.count = n, .blocked = !readable_};
      }
      if (ec == net::error::interrupted) continue;
      readable_ = false;
      if (ec == net::error::would_block || ec == net::error::try_again) return {.blocked = true};
      if (ec == net::error::eof) return {.ended = true};
      return {.error = to_std(ec)};
    }
  }
  transfer send(std::span<const std::string_view> from) {
    if (!writable_) return {.blocked = true};
    for (;;) {
      boost::system::error_code ec;
      const std::size_t n = from.size() == 1 ? this->next_->write_some(net::buffer(from[0]), ec)
                                             : this->next_->write_some(gathered(from), ec);
      if (!ec) return {.count = n};
      if (ec == net::error::interrupted) continue;
      if (ec != net::error::would_block && ec != net::error::try_again) return {.error = to_std(ec)};
      writable_ = false;
      return {.blocked = true};
    }
  }
  // A connection that the peer has reset is no more to shut: the next receive tells.
  std::error_code shut_down() {
    if constexpr (requires(S s, boost::system::error_code ec) { s.shutdown(S::shutdown_send, ec); }) {
      boost::system::error_code ec;
      this->next_->shutdown(S::shutdown_send, ec);
      return ec == net::error::not_connected ? std::error_code() : to_std(ec);
    } else {
      return {};
    }
  }
  void hang_up(bool reset) noexcept {
    if (!std::exchange(this->open_, false)) return;
    this->close_lowest(reset);
    this->next_.reset();
  }

  // Behind a turn: waits for what it did not find.
  void arm(bool wants_input) {
    if (!this->open_) return;
    if (!readable_ && !std::exchange(awaits_input_, true))
      this->next_->async_wait(S::wait_read, io_handler<ready_io, &ready_io::input_came>(*this, slot_));
    if (readable_ && !wants_input && !error_seen_ && !std::exchange(awaits_error_, true))
      this->next_->async_wait(S::wait_error, io_handler<ready_io, &ready_io::error_came>(*this, slot_));
    if (!writable_ && !std::exchange(awaits_room_, true))
      this->next_->async_wait(S::wait_write, io_handler<ready_io, &ready_io::room_came>(*this, slot_));
  }
  // The error that an event told of; success where there is none after all.
  std::error_code take_error() noexcept {
    if (!std::exchange(failed_, false) || !this->open_) return {};
    if constexpr (has_endpoints<S>) {
      boost::system::error_code ec;
      integer_option<SOL_SOCKET, SO_ERROR> pending;
      this->next_->get_option(pending, ec);
      if (!ec && pending.value() != 0) return {pending.value(), std::system_category()};
    }
    return {};
  }

 private:
  template <class Io, auto Done>
  friend class io_handler;
  using typename io_state<S>::slot;
  using io_state<S>::operation_size;

  // Parts as Asio's buffers, made on the way.
  class gathered {
   public:
    using value_type = net::const_buffer;
    using const_iterator = const net::const_buffer*;
    explicit gathered(std::span<const std::string_view> from) noexcept {
      for (const std::string_view part : from) {
        if (count_ == write_half::useful_segments) break;
        parts_[count_++] = net::const_buffer(part.data(), part.size());
      }
    }
    const_iterator begin() const noexcept { return parts_; }
    const_iterator end() const noexcept { return parts_ + count_; }

   private:
    net::const_buffer parts_[write_half::useful_segments];
    std::size_t count_ = 0;
  };

  void input_came(const boost::system::error_code&) {
    awaits_input_ = false;
    readable_ = true;
    this->tell();
  }
  void room_came(const boost::system::error_code&) {
    awaits_room_ = false;
    writable_ = true;
    this->tell();
  }
  void error_came(const boost::system::error_code& ec) {
    awaits_error_ = false;
    if (ec) return;
    failed_ = error_seen_ = true;
    this->tell();
  }

  bool readable_ = true;
  bool writable_ = true;
  bool awaits_input_ = false;
  bool awaits_room_ = false;
  bool awaits_error_ = false;
  bool error_seen_ = false;  // once is enough: a hang-up stays
  bool failed_ = false;
  slot slot_;  // of the wait for input, which is nearly always the only one
};

}}}}  // namespace penstock::v0::asio::detail
