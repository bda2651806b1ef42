// SPDX-License-Identifier: BSL-1.0
// One end of a pair that is upgraded, and a peer that sees what leaves.
#pragma once

#include <chrono>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

#include "support/memory_pair.hpp"
#include "support/user_filters.hpp"

namespace penstock_test {

namespace ps = penstock;
using namespace std::chrono_literals;

inline std::string flipped(std::string text) {
  flip_wire::flip(text);
  return text;
}

// The error with which the task ends; a logic_error is bad_option, which no upgrade answers by itself.
inline ps::task<std::error_code> error_of(ps::task<> work) {
  try {
    co_await std::move(work);
  } catch (const std::system_error& e) {
    co_return e.code();
  } catch (const std::logic_error&) {
    co_return std::make_error_code(std::errc::operation_not_permitted);
  }
  co_return std::error_code();
}
inline const std::error_code misuse = std::make_error_code(std::errc::operation_not_permitted);

class upgrade_fixture : public on_a_pair {
 protected:
  ps::task<> upgrade() { co_await out_.start_tls(flips_); }
  ps::task<> upgrade(const ps::filter& by, const ps::start_tls_options& options) {
    co_await out_.start_tls(by, options);
  }
  ps::task<> upgrade(ps::wait_limit limit) { co_await out_.start_tls(flips_, {}, std::move(limit)); }
  std::error_code run(ps::task<> work) { return loop_.run_until(error_of(std::move(work))); }
  void pass_time() { loop_.run_until(pass(1ms)); }
  std::string heard_by_peer() {
    return loop_.run_until([](ps::stream_reader& in) -> ps::task<std::string> {
      std::string all;
      try {
        for (;;) all += co_await in.readexactly(1, 1ms);
      } catch (const std::system_error&) {
      }
      co_return all;
    }(peer_in_));
  }
  std::string read(std::size_t n) {
    return loop_.run_until([](ps::stream_reader& in, std::size_t size) -> ps::task<std::string> {
      co_return co_await in.readexactly(size, 1s);
    }(in_, n));
  }
  // What follows an upgrade that has failed: `why`, and no plaintext, whatever had come.
  void expect_ended(std::error_code why) {
    EXPECT_TRUE(out_.is_closing());
    EXPECT_EQ(out_.close_reason(), why);
    EXPECT_EQ(in_.peek(), "");
    EXPECT_EQ(out_.write("plain"), ps::errc::not_connected);
    EXPECT_EQ(run([](ps::stream_reader& in) -> ps::task<> { static_cast<void>(co_await in.read(1)); }(in_)), why);
  }

  const flip_filter flips_{};
};

}  // namespace penstock_test
