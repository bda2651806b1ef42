// SPDX-License-Identifier: BSL-1.0
// Waits that are given up as a script says and issued again until they have an answer.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <penstock/coro.hpp>
#include <penstock/testing/persistence.hpp>

namespace penstock::fuzz {

enum class giving_up : std::uint8_t { stop, time, destruction, with_timeout, stopped_before, count };

struct strike {
  giving_up how;
  unsigned after;  // rounds of the loop, or as many times 5 ns
};
inline duration time_of(const strike& s) noexcept { return duration::nanoseconds(5) * s.after; }

// What a wait brought, owned.
struct answer_bytes {
  answer_bytes() = default;
  explicit answer_bytes(const read_outcome& out) : status(out.status()), bytes(out.text()), error(out.error()) {}
  explicit answer_bytes(std::error_code ec) : error(ec) {}
  read_status status = read_status::need_more;
  std::string bytes;
  std::error_code error;
};

using testing::detail::rounds;
using testing::detail::stop_after_rounds;

// A wait makes a task of itself, once without a limit and once with one, as often as it is asked to.
template <class Wait>
concept repeatable = requires(Wait w, wait_limit limit) {
  { w.plain() } -> std::same_as<task<answer_bytes>>;
  { w.limited(limit) } -> std::same_as<task<answer_bytes>>;
};

// True: the wait has ended by the strike alone.
inline bool given_up(std::error_code ec) noexcept { return ec == errc::canceled || ec == errc::timed_out; }

template <repeatable Wait>
task<answer_bytes> with_limit(Wait& wait, scheduler& loop, strike now) {
  if (now.how == giving_up::time) {
    const wait_limit limit(time_of(now));
    co_return co_await wait.limited(limit);
  }
  if (now.how == giving_up::stopped_before) {
    std::stop_source source;
    source.request_stop();
    const wait_limit limit(duration::nanoseconds(1'000'000'000'000'000), source.get_token());
    co_return co_await wait.limited(limit);
  }
  stop_after_rounds stop(loop, now.after + 1);
  stop.begin();
  const wait_limit limit(stop.token());
  co_return co_await wait.limited(limit);
}

template <repeatable Wait>
task<answer_bytes> with_deadline(Wait& wait, strike now) {
  try {
    co_return co_await with_timeout<answer_bytes>(wait.plain(), wait_limit(time_of(now)));
  } catch (const std::system_error& e) {
    co_return answer_bytes(e.code());
  }
}

template <repeatable Wait>
task<answer_bytes> with_destruction(Wait& wait, scheduler& loop, strike now) {
  task<answer_bytes> work = wait.plain();
  if (!work.start()) co_await rounds(loop, now.after);
  if (!work.done()) co_return answer_bytes(make_error_code(errc::canceled));
  co_return std::move(work).result();
}

// Strikes one after the other, as long as they end the wait; then waits in peace. Counts them.
template <repeatable Wait>
task<answer_bytes> insist(Wait& wait, scheduler& loop, std::span<const strike> strikes, std::size_t& struck) {
  for (const strike now : strikes) {
    answer_bytes got;
    switch (now.how) {
      case giving_up::destruction: got = co_await with_destruction(wait, loop, now); break;
      case giving_up::with_timeout: got = co_await with_deadline(wait, now); break;
      case giving_up::stop:
      case giving_up::time:
      case giving_up::stopped_before:
      case giving_up::count: got = co_await with_limit(wait, loop, now); break;
    }
    if (!given_up(got.error)) co_return got;
    ++struck;
  }
  co_return co_await wait.plain();
}

}  // namespace penstock::fuzz
