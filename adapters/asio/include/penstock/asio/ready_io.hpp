// SPDX-License-Identifier: BSL-1.0
// A socket or descriptor of Asio's: waits by reading a few bytes, and receives the rest without blocking.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>
#include <cstring>
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

// The wait for input is a read of at most first_bytes: Asio asks its reactor for nothing then, where
// async_wait(wait_read) costs an epoll_ctl each time, and a short message needs no second receive. At most
// one such read and one wait for output are under way, and a wait for the peer's reset while nobody wants
// input.
template <class S>
class ready_io final : public io_state<S> {
 public:
  ready_io(executor_loop& loop, S next, stream& owner) : io_state<S>(loop, std::move(next), owner) {
    boost::system::error_code ec;
    this->next_->non_blocking(true, ec);
    if (ec) throw std::system_error(to_std(ec), "taking a socket over");
  }

  bool readable() const noexcept { return readable_ && this->open_; }

  // What the wait brought, and behind it what is there.
  transfer receive(std::span<char> into) {
    if (into.empty()) return {};
    std::size_t n = arrived_ - taken_;
    if (n != 0) {
      if (n > into.size()) n = into.size();
      std::memcpy(into.data(), first_ + taken_, n);
      taken_ = static_cast<std::uint16_t>(taken_ + n);
      if (n == into.size() || arrived_ != sizeof first_) {
        readable_ = taken_ != arrived_ || arrived_ == sizeof first_;
        return {.count = n, .blocked = !readable_};
      }
      arrived_ = taken_ = 0;
    }
    transfer rest = read_error_ ? ended_by(read_error_) : receive_now(into.subspan(n));
    rest.count += n;
    return rest;
  }
  transfer send(std::span<const std::string_view> from) {
    if (!writable_) return {.blocked = true};
    for (;;) {
      boost::system::error_code ec;
      const std::size_t n = from.size() == 1 ? this->next_->write_some(net::buffer(from[0]), ec)
                                             : this->next_->write_some(gathered(from), ec);
      if (!ec) return {.count = n};
      if (ec == net::error::interrupted) continue;
      if (ec != net::error::would_block && ec != net::error::try_again) return refused(ec);
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
    if (!this->no_longer_open()) return;
    this->close_lowest(reset);
    this->next_.reset();
  }

  // Behind a turn: waits for what it did not find.
  void arm(bool wants_input) {
    if (!this->open_) return;
    if (begins_to_read(wants_input)) {
      reading_ = true;
      this->next_->async_read_some(net::buffer(first_),
                                   io_handler<ready_io, &ready_io::input_came>(*this, this->slot_));
    }
    if (begins_to_watch(wants_input)) {
      awaits_error_ = true;
      this->next_->async_wait(S::wait_error, io_handler<ready_io, &ready_io::error_came>(*this, this->slot_));
    }
    if (begins_to_await_room()) {
      awaits_room_ = true;
      this->next_->async_wait(S::wait_write, io_handler<ready_io, &ready_io::room_came>(*this, this->slot_));
    }
  }
  bool arming_helps(bool wants_input) const noexcept {
    return this->open_ && (begins_to_read(wants_input) || begins_to_watch(wants_input) || begins_to_await_room());
  }
  // The error that nobody would find by reading or writing; success where there is none after all.
  std::error_code take_error() noexcept {
    if (!std::exchange(failed_, false) || !this->open_) return {};
    if (read_error_) return read_error_ == net::error::eof ? std::error_code() : to_std(read_error_);
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

  static constexpr std::size_t first_bytes = 256;

  // A short receive means drained: the next wait looks first.
  transfer receive_now(std::span<char> into) {
    for (;;) {
      boost::system::error_code ec;
      const std::size_t n = this->next_->read_some(net::buffer(into.data(), into.size()), ec);
      if (!ec) {
        readable_ = n == into.size();
        return {.count = n, .blocked = !readable_};
      }
      if (ec == net::error::interrupted) continue;
      readable_ = false;
      if (ec == net::error::would_block || ec == net::error::try_again) return {.blocked = true};
      return ended_by(ec);
    }
  }
  transfer ended_by(const boost::system::error_code& ec) noexcept {
    readable_ = false;
    if (ec != net::error::eof) return {.error = to_std(ec)};
    if (write_error_) return {.error = to_std(write_error_)};
    return {.ended = true};
  }
  // What the peer sent before comes first: by the read that is under way, or by receives. A broken pipe is no error
  // of the peer's, so an end stays one; any other has been taken from the socket, whose receives tell an end then.
  transfer refused(const boost::system::error_code& ec) noexcept {
    if (ec != net::error::broken_pipe && !write_error_) write_error_ = ec;
    if (reading_) return {.blocked = true};
    readable_ = true;
    return {.error = to_std(write_error_ ? write_error_ : ec)};
  }

  bool begins_to_read(bool wants_input) const noexcept { return wants_input && !readable_ && !reading_; }
  bool begins_to_watch(bool wants_input) const noexcept { return !wants_input && !error_seen_ && !awaits_error_; }
  bool begins_to_await_room() const noexcept { return !writable_ && !awaits_room_; }

  void input_came(const boost::system::error_code& ec, std::size_t n) {
    reading_ = false;
    readable_ = true;
    arrived_ = static_cast<std::uint16_t>(n);
    taken_ = 0;
    read_error_ = ec;
    failed_ = failed_ || (ec && ec != net::error::eof);
    this->tell();
  }
  void room_came(const boost::system::error_code&) {
    awaits_room_ = false;
    writable_ = true;
    this->tell_with_others();
  }
  void error_came(const boost::system::error_code& ec) {
    awaits_error_ = false;
    if (ec) return;
    failed_ = error_seen_ = true;
    this->tell_with_others();
  }

  boost::system::error_code read_error_;
  boost::system::error_code write_error_;  // that a send took from the socket
  std::uint16_t arrived_ = 0;              // of the wait, and of those
  std::uint16_t taken_ = 0;
  bool readable_ = true;
  bool writable_ = true;
  bool reading_ = false;
  bool awaits_room_ = false;
  bool awaits_error_ = false;
  bool error_seen_ = false;  // once is enough: a hang-up stays
  bool failed_ = false;
  char first_[first_bytes];
};

}}}}  // namespace penstock::v0::asio::detail
