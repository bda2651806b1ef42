// SPDX-License-Identifier: BSL-1.0
// The same turn as a loop takes it for a coroutine: lines of 64 bytes come in, a handler of the
// echo server writes each back, all of it leaves. The transport has its bytes and swallows what is
// sent.
#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <penstock/coro.hpp>

#include "handlers.hpp"
#include "support.hpp"

namespace bench {
namespace {

class loop_by_hand final : public penstock::scheduler {
 public:
  loop_by_hand() : scheduler(penstock::time_point(penstock::duration::nanoseconds(1'000'000'000))) {}
  ~loop_by_hand() override { end_all(); }
  void round() {
    const scope here(*this);
    run_ready();
  }

 private:
  void wake_up() noexcept override {}
};

class fake_transport final : public penstock::stream {
 public:
  // `arena` outlives it.
  fake_transport(loop_by_hand& loop, std::string& arena) : stream(loop, {}), arena_(arena) { begin(); }

  // The next turn receives n bytes of the arena, which stand behind `headroom` others.
  void bring(std::size_t headroom, std::size_t n) noexcept {
    headroom_ = headroom;
    coming_ = n;
    update();
  }
  std::size_t sent() const noexcept { return sent_; }  // bytes, so far

  // --- a turn's verbs ----------------------------------------------------------------------

  bool readable() const noexcept { return coming_ != 0; }
  penstock::receive_arena arena() const noexcept { return {arena_, headroom_}; }
  penstock::transfer receive(std::span<char> into) noexcept {
    const std::size_t n = std::min(coming_, into.size());
    coming_ -= n;
    return {.count = n, .blocked = coming_ == 0};
  }
  penstock::transfer send(std::span<const std::string_view> from) noexcept {
    std::size_t sum = 0;
    for (const std::string_view segment : from) sum += segment.size();
    benchmark::DoNotOptimize(from.front().data());
    sent_ += sum;
    return {.count = sum};
  }
  std::error_code shut_down() noexcept { return {}; }
  void hang_up(bool) noexcept {}

 private:
  ~fake_transport() override = default;
  std::string extra_info(std::string_view) const override { return {}; }
  bool work(penstock::time_point now) override { return turn(*this, now); }
  void drop() noexcept override {}

  std::span<char> arena_;
  std::size_t headroom_ = 0;
  std::size_t coming_ = 0;
  std::size_t sent_ = 0;
};

// By a view with an operation of its own for each line.
penstock::task<> by_fresh_view(penstock::stream_reader in, penstock::stream_writer out) {
  for (;;) {
    const penstock::read_outcome line = co_await in.view(penstock::readline());
    if (line.status() != penstock::read_status::data || out.write(line.text())) co_return;
    co_await out.drain();
  }
}

using handler = penstock::task<> (*)(penstock::stream_reader, penstock::stream_writer);

// `rest`: bytes of a further line that came with these and wait for the next turn.
void add(const std::string& name, std::size_t count, std::size_t rest, handler handle) {
  benchmark::RegisterBenchmark(name.c_str(), [count, rest, handle](benchmark::State& state) {
    const std::size_t size = count * line_size;
    std::string arena = lines(arena_headroom / line_size + count + 1);
    loop_by_hand loop;
    auto& peer = *new fake_transport(loop, arena);  // the loop ends it
    spawn(loop, handle(penstock::stream_reader(peer), penstock::stream_writer(peer)));
    const auto turn = [&](std::size_t headroom, std::size_t n) {
      peer.bring(headroom, n);
      loop.round();
    };
    if (rest != 0) turn(arena_headroom, rest);
    turn(arena_headroom + rest, size);
    if (peer.sent() != size) return state.SkipWithError("not all lines were echoed");
    const tally cost;
    for (auto _ : state) {
      benchmark::DoNotOptimize(arena.data());
      benchmark::ClobberMemory();
      turn(arena_headroom + rest, size);
    }
    cost.report(state, "turn", 1, size);
    const auto turns = static_cast<std::size_t>(state.iterations()) + 1;
    if (peer.sent() != turns * size) state.SkipWithError("not all lines were echoed");
  });
}

}  // namespace

void add_coroutine_turns(std::size_t count) {
  const std::string name = "turn/" + std::to_string(count) + "/coroutine_";
  add(name + "view", count, 0, handlers::echo_lines_by_view);
  add(name + "view_with_rest", count, line_size / 2, handlers::echo_lines_by_view);
  add(name + "fresh_view", count, 0, by_fresh_view);
  add(name + "reused_string", count, 0, handlers::echo_lines_reused);
  add(name + "fresh_string", count, 0, handlers::echo_lines);
}

}  // namespace bench
