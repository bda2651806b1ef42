// SPDX-License-Identifier: BSL-1.0
// Any other AsyncReadStream and AsyncWriteStream: one read and one write under way, each with a block of the
// loop's pool for as long.
#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <penstock/asio/error_codes.hpp>
#include <penstock/asio/executor_loop.hpp>
#include <penstock/asio/io_state.hpp>
#include <penstock/coro/block_pool.hpp>
#include <penstock/coro/held.hpp>
#include <penstock/coro/turn.hpp>

namespace penstock { inline namespace v0 { namespace asio { namespace detail {

// An operation's bytes: a block of the pool from its start until its result is used up.
class block_in_use {
 public:
  explicit block_in_use(block_pool& pool) noexcept : pool_(pool) {}
  block_in_use(const block_in_use&) = delete;
  block_in_use& operator=(const block_in_use&) = delete;
  ~block_in_use() { release(); }
  // False: no memory.
  bool take(std::size_t size) noexcept {
    if (memory_ == nullptr) memory_ = static_cast<char*>(pool_->source().allocate(size));
    size_ = size;
    return memory_ != nullptr;
  }
  void release() noexcept {
    if (memory_ != nullptr) pool_->source().release(std::exchange(memory_, nullptr), size_);
  }
  char* data() const noexcept { return memory_; }

 private:
  held<block_pool> pool_;
  char* memory_ = nullptr;
  std::size_t size_ = 0;
};

template <class S>
class completing_io final : public io_state<S> {
 public:
  static constexpr std::size_t read_block = 8 * 1024;    // bytes while a read is pending
  static constexpr std::size_t write_block = 16 * 1024;  // bytes while a write is pending

  completing_io(executor_loop& loop, S next, stream& owner)
      : io_state<S>(loop, std::move(next), owner), in_(loop.blocks()), out_(loop.blocks()) {}

  bool readable() const noexcept { return reading_ == step::done && this->open_; }

  transfer receive(std::span<char> into) {
    const std::size_t left = arrived_ - taken_;
    const std::size_t n = left < into.size() ? left : into.size();
    if (n != 0) std::memcpy(into.data(), in_.data() + taken_, n);
    taken_ += n;
    if (taken_ != arrived_) return {.count = n};
    in_.release();
    reading_ = step::none;
    transfer result = {.count = n, .blocked = true};
    if (!read_error_) return result;
    ended_ = true;
    if (read_error_ == net::error::eof)
      result.ended = true;
    else
      result.error = to_std(read_error_);
    return result;
  }
  // Says how much has left when the write has completed; what was given then are those bytes again.
  transfer send(std::span<const std::string_view> from) {
    if (writing_ == step::pending) return {.blocked = true};
    if (writing_ == step::done) {
      writing_ = step::none;
      out_.release();
      return {.count = written_, .error = to_std(write_error_)};
    }
    if (!out_.take(write_block)) return {.error = make_error_code(errc::no_memory)};
    std::size_t n = 0;
    for (const std::string_view part : from) {
      const std::size_t some = part.size() < write_block - n ? part.size() : write_block - n;
      std::memcpy(out_.data() + n, part.data(), some);
      n += some;
    }
    writing_ = step::pending;
    this->next_->async_write_some(net::buffer(out_.data(), n),
                                  io_handler<completing_io, &completing_io::wrote>(*this, this->slot_));
    return {.blocked = true};
  }
  // TLS of Asio's own cannot end one direction alone: its close_notify leaves with the close.
  std::error_code shut_down() {
    auto& s = lowest(*this->next_);
    if constexpr (!has_own_end &&
                  requires(boost::system::error_code ec) { s.shutdown(net::socket_base::shutdown_send, ec); }) {
      boost::system::error_code ec;
      s.shutdown(net::socket_base::shutdown_send, ec);
      return ec == net::error::not_connected ? std::error_code() : to_std(ec);
    } else {
      return {};
    }
  }
  void hang_up(bool reset) noexcept {
    if (!this->no_longer_open()) return;
    if constexpr (has_own_end) {
      if (!reset && !ended_badly() && end_politely()) return;
    }
    close(reset);
  }
  void arm(bool wants_input) {
    if (!arming_helps(wants_input)) return;
    if (!in_.take(read_block)) {
      reading_ = step::done;
      read_error_ = net::error::no_memory;
      if (this->owner_ != nullptr) this->owner_->update();
      return;
    }
    reading_ = step::pending;
    this->next_->async_read_some(net::buffer(in_.data(), read_block),
                                 io_handler<completing_io, &completing_io::read>(*this, this->slot_));
  }
  bool arming_helps(bool wants_input) const noexcept {
    return this->open_ && wants_input && !ended_ && reading_ == step::none;
  }
  std::error_code take_error() noexcept { return {}; }

 private:
  template <class Io, auto Done>
  friend class io_handler;
  using typename io_state<S>::slot;
  using io_state<S>::operation_size;
  enum class step : unsigned char { none, pending, done };

  // An end that is more than closing: ssl::stream's close_notify.
  static constexpr bool has_own_end = requires(S s) { s.async_shutdown([](const boost::system::error_code&) {}); };
  // Not waited for where the loop ends: no operation may go on without an executor.
  struct goodbye final : pending_operation {
    static constexpr std::chrono::seconds patience{2};  // with a peer that does not answer it
    explicit goodbye(completing_io& of) : io(of), timer(of.loop().executor(), patience) {
      of.loop().await_end_of(*this);
    }
    void loop_ends(bool /*context_runs*/) noexcept override { io.close(false); }
    completing_io& io;
    net::steady_timer timer;
  };

  void nothing_pending() noexcept override {
    closing_.reset();
    this->next_.reset();
  }
  bool ended_badly() const noexcept { return ended_ && read_error_ != net::error::eof; }

  void read(const boost::system::error_code& ec, std::size_t n) {
    reading_ = step::done;
    read_error_ = ec;
    arrived_ = n;
    taken_ = 0;
    if (this->open_) this->tell();
    if constexpr (has_own_end)
      if (closing_ && !closed_) say_goodbye();
  }
  void wrote(const boost::system::error_code& ec, std::size_t n) {
    writing_ = step::done;
    write_error_ = ec;
    written_ = n;
    if (this->open_) this->tell_with_others();
  }

  // The read that is pending ends first: Asio allows no second one.
  bool end_politely() noexcept
    requires has_own_end
  {
    if (this->loop().ended()) return false;
    try {
      closing_ = std::make_unique<goodbye>(*this);
    } catch (...) {
      return false;  // then without
    }
    boost::system::error_code ec;
    if (reading_ == step::pending)
      lowest(*this->next_).cancel(ec);
    else
      say_goodbye();
    return true;
  }
  void say_goodbye() noexcept
    requires has_own_end
  {
    try {
      closing_->timer.async_wait(io_handler<completing_io, &completing_io::waited_long_enough>(*this, this->slot_));
      this->next_->async_shutdown(io_handler<completing_io, &completing_io::said_goodbye>(*this, this->slot_));
    } catch (...) {
      close(false);
    }
  }
  // A part of the loop: for that it may have been the last thing under way.
  void said_goodbye(const boost::system::error_code&) {
    if (!closed_) this->loop().inside([this] { close(false); });
  }
  void waited_long_enough(const boost::system::error_code& ec) { said_goodbye(ec); }
  void close(bool reset) noexcept {
    closed_ = true;
    closing_.reset();
    this->close_lowest(reset);
    if (!this->any_pending()) this->next_.reset();
  }

  block_in_use in_;
  block_in_use out_;
  std::size_t arrived_ = 0;  // of the read, and of those
  std::size_t taken_ = 0;
  std::size_t written_ = 0;
  boost::system::error_code read_error_;
  boost::system::error_code write_error_;
  std::unique_ptr<goodbye> closing_;
  step reading_ = step::none;
  step writing_ = step::none;
  bool ended_ = false;   // the read side has said so
  bool closed_ = false;  // what is below is closed
};

}}}}  // namespace penstock::v0::asio::detail
