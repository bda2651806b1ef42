// SPDX-License-Identifier: BSL-1.0
// One waiting call in each state that a coroutine can be in: ready at once, resumed later, destroyed
// by a limit, destroyed by its loop. What it left behind is looked at each time.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

#include "support/memory_pair.hpp"

namespace penstock_test {

// What a call waits for, and so what lets it go on.
enum class waits_for { bytes, room, time, upgrade };

// The ends that a call works with.
struct ends {
  penstock::stream_reader& in;
  penstock::stream_writer& out;
};

struct waiting_call {
  const char* name;
  waits_for what;
  penstock::task<std::string> (*run)(ends);
  const char* answer;
};

inline constexpr std::string_view given = "ab\r\ncd\n";

inline penstock::task<> pause() { co_await penstock::sleep(std::chrono::milliseconds(1)); }

inline penstock::task<> keep(std::optional<std::string>* to, penstock::task<std::string> work) {
  *to = co_await std::move(work);
}

// A limit reached before the call's own, whose frame is destroyed then.
inline penstock::task<bool> given_up(penstock::task<std::string> work) {
  bool timed_out = false;
  try {
    static_cast<void>(co_await penstock::with_timeout(std::move(work), std::chrono::seconds(1)));
  } catch (const std::system_error& e) {
    timed_out = e.code() == penstock::errc::timed_out;
  }
  co_return timed_out;
}

// A loop with two ends, of which the call has the first one.
class world {
 public:
  explicit world(waits_for what) : what_(what) {}

  ends mine() noexcept { return {pair_->first.in, pair_->first.out}; }
  penstock::memory::event_loop& loop() noexcept { return *loop_; }

  // Fills the way out, where room is what the call waits for.
  void block() {
    if (what_ != waits_for::room && what_ != waits_for::upgrade) return;
    EXPECT_FALSE(pair_->first.out.write(std::string(256 * 1024, 'x')));
  }
  // All that can happen in a millisecond, in which no limit ends.
  void settle() { loop_->run_until(pause()); }
  // Lets the call go on.
  void release() {
    if (what_ == waits_for::room || what_ == waits_for::upgrade) penstock::spawn(*loop_, read_all(pair_->second.in));
    if (what_ != waits_for::bytes) return;
    EXPECT_FALSE(pair_->second.out.write(given));
    EXPECT_FALSE(pair_->second.out.write_eof());
  }
  void end_loop() { loop_.reset(); }

 private:
  waits_for what_;
  std::optional<penstock::memory::event_loop> loop_{std::in_place};
  std::optional<penstock::memory::duplex_pair> pair_{penstock::memory::duplex(*loop_)};
};

inline void answers_at_once(const waiting_call& call) {
  world w(call.what);
  w.release();
  w.settle();
  EXPECT_EQ(w.loop().run_until(call.run(w.mine())), call.answer);
}

inline void answers_when_resumed(const waiting_call& call) {
  world w(call.what);
  w.block();
  std::optional<std::string> answer;
  penstock::spawn(w.loop(), keep(&answer, call.run(w.mine())));
  w.settle();
  EXPECT_EQ(answer, std::nullopt) << "it did not wait";
  w.release();
  w.loop().run();
  EXPECT_EQ(answer, call.answer);
}

inline void leaves_all_when_given_up(const waiting_call& call) {
  world w(call.what);
  w.block();
  EXPECT_TRUE(w.loop().run_until(given_up(call.run(w.mine()))));
  if (call.what == waits_for::upgrade) {  // the one call that cannot be made again
    EXPECT_TRUE(w.mine().out.is_closing());
    return;
  }
  w.release();
  w.settle();
  EXPECT_EQ(w.loop().run_until(call.run(w.mine())), call.answer);
}

inline void ends_with_its_loop(const waiting_call& call) {
  std::optional<std::string> answer;
  {
    world w(call.what);
    w.block();
    penstock::spawn(w.loop(), keep(&answer, call.run(w.mine())));
    w.settle();
    w.end_loop();
  }
  EXPECT_EQ(answer, std::nullopt);
}

}  // namespace penstock_test
