// SPDX-License-Identifier: BSL-1.0
// A program that destroys streams, cancels and times out at random, and knows which byte comes next.
#pragma once

#include <boost/asio.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "pair.hpp"

namespace penstock_test {

// The bytes of a direction: lines of different lengths, told apart by place.
inline char byte_at(std::uint64_t i) { return i % 37 == 36 ? '\n' : static_cast<char>('a' + i % 23); }

struct chaos_counts {
  std::atomic<std::uint64_t> bytes = 0;      // read, in order
  std::atomic<std::uint64_t> given_up = 0;   // waits, by a slot or a limit
  std::atomic<std::uint64_t> destroyed = 0;  // streams, with something pending
  std::atomic<std::uint64_t> whole = 0;      // directions that were read to their end
  std::atomic<std::uint64_t> wrong = 0;      // bytes out of order, or missing at the end
};

// Both parties of a connection, on an executor each. It lives by its operations.
class chaos_connection : public std::enable_shared_from_this<chaos_connection> {
 public:
  chaos_connection(const net::any_io_executor& executor, std::uint64_t seed, chaos_counts& counts)
      : counts_(counts),
        random_(seed * 2 + 1),
        pair_(std::in_place, executor),
        timer_(executor),
        to_write_(below(200'000)),
        destroys_(below(3) == 0) {}

  void start() {
    write();
    read();
    strike_later();
  }
  // From the outside, with whatever is pending.
  void drop() { pair_.reset(); }

 private:
  using error_code = boost::system::error_code;

  std::uint64_t below(std::uint64_t n) {
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    return random_ % n;
  }
  std::optional<ps::wait_limit> limit() {
    if (below(4) != 0) return std::nullopt;
    return ps::wait_limit(std::chrono::microseconds(below(300)));
  }

  void write() {
    if (!pair_) return;
    const ps::stream_writer& out = pair_->first.out;
    if (written_ == to_write_) {
      out.close();
      return;
    }
    std::string bytes;
    for (std::uint64_t n = std::min<std::uint64_t>(below(5000) + 1, to_write_ - written_); n != 0; --n)
      bytes += byte_at(written_++);
    if (out.write(bytes)) return;
    auto again =
        net::bind_cancellation_slot(writing_.slot(), [self = shared_from_this()](error_code ec) { self->wrote(ec); });
    if (const auto most = limit())
      pa::async_drain(out, *most, again);
    else if (below(3) == 0)
      pa::async_flush(out, again);
    else
      pa::async_drain(out, again);
  }
  void wrote(error_code ec) {
    if (ec == net::error::operation_aborted || ec == std::errc::timed_out) ++counts_.given_up;
    write();
  }

  void read() {
    if (!pair_ || ended_) return;
    const ps::stream_reader& in = pair_->second.in;
    auto told = net::bind_cancellation_slot(
        reading_.slot(),
        [self = shared_from_this()](error_code ec, const std::string& bytes) { self->got(ec, bytes); });
    const std::size_t n = static_cast<std::size_t>(below(3000)) + 1;
    const auto most = limit();
    switch (below(4)) {
      case 0: return most ? pa::async_readline(in, *most, told) : pa::async_readline(in, told);
      case 1: return most ? pa::async_readexactly(in, n, *most, told) : pa::async_readexactly(in, n, told);
      case 2: return most ? pa::async_readuntil(in, "\n", *most, told) : pa::async_readuntil(in, "\n", told);
      default: return most ? pa::async_read(in, n, *most, told) : pa::async_read(in, n, told);
    }
  }
  void got(error_code ec, const std::string& bytes) {
    for (const char c : bytes) counts_.wrong += c == byte_at(read_++) ? 0 : 1;
    counts_.bytes += bytes.size();
    if (ec == net::error::operation_aborted || ec == std::errc::timed_out) {
      ++counts_.given_up;
    } else if (ec == net::error::eof && pair_) {
      ended_ = true;
      ++counts_.whole;
      counts_.wrong += read_ == to_write_ || aborted_ ? 0 : 1;  // a Unix socket's reset is an end
      pair_.reset();
      timer_.cancel();
    } else if (ec && ec != make_error_code(ps::errc::incomplete_read)) {
      ended_ = true;
    }
    read();
  }

  void strike_later() {
    timer_.expires_after(std::chrono::microseconds(below(120)));
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec && self->pair_) self->strike();
    });
  }
  void strike() {
    constexpr net::cancellation_type types[] = {net::cancellation_type::terminal, net::cancellation_type::partial,
                                                net::cancellation_type::total};
    switch (below(destroys_ ? 36 : 30)) {
      case 30:
        aborted_ = true;
        pair_->first.out.abort();
        break;
      case 31:
      case 32:
      case 33:
      case 34:
      case 35:
        ++counts_.destroyed;
        pair_.reset();
        return;
      default: (below(2) == 0 ? reading_ : writing_).emit(types[below(3)]); break;
    }
    strike_later();
  }

  chaos_counts& counts_;
  std::uint64_t random_;
  net::cancellation_signal reading_;
  net::cancellation_signal writing_;
  std::optional<stream_pair> pair_;
  net::steady_timer timer_;
  std::uint64_t to_write_;
  bool destroys_;
  bool aborted_ = false;
  bool ended_ = false;
  std::uint64_t written_ = 0;
  std::uint64_t read_ = 0;
};

}  // namespace penstock_test
