// SPDX-License-Identifier: BSL-1.0
// The checks by subject, and what several of them do.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <penstock/testing/check.hpp>
#include <penstock/testing/failure.hpp>
#include <penstock/testing/generators.hpp>
#include <penstock/testing/started.hpp>

namespace penstock { inline namespace v0 { namespace testing {

std::span<const check> reading_checks() noexcept;
std::span<const check> limit_checks() noexcept;
std::span<const check> ending_checks() noexcept;
std::span<const check> closing_checks() noexcept;
std::span<const check> loss_checks() noexcept;
std::span<const check> writing_checks() noexcept;
std::span<const check> pausing_checks() noexcept;
std::span<const check> giving_up_checks() noexcept;
std::span<const check> deadline_checks() noexcept;
std::span<const check> traffic_checks() noexcept;
std::span<const check> conversation_checks() noexcept;

inline constexpr abilities resets = {.reset = true, .half_close = false};
inline constexpr abilities half_closes = {.reset = false, .half_close = true};

// A write that somebody who does not receive cannot take whole.
inline std::size_t too_much(const ground& g) { return g.under_way() + g.many(); }

// Waits as tasks, for started<>. The handle outlives them.
inline task<std::string> read_some_of(const stream_reader& in, std::size_t n) { co_return co_await in.read(n); }
inline task<std::string> read_all_of(const stream_reader& in) { co_return co_await in.read(); }
inline task<std::string> read_line_of(const stream_reader& in) { co_return co_await in.readline(); }
inline task<> drained(const stream_writer& out) { co_await out.drain(); }
inline task<> drained(const stream_writer& out, wait_limit limit) { co_await out.drain(std::move(limit)); }
inline task<> flushed(const stream_writer& out) { co_await out.flush(); }
inline task<> closed(const stream_writer& out) { co_await out.wait_closed(); }
inline task<> closed(const stream_writer& out, wait_limit limit) { co_await out.wait_closed(std::move(limit)); }
// Exactly n bytes, or all to the end, by reads that take what is there.
inline task<std::string> take_some(const stream_reader& in, std::size_t n) {
  std::string all;
  while (all.size() != n) {
    const std::string some = co_await in.read(n - all.size());
    if (some.empty()) break;
    all += some;
  }
  co_return all;
}

// Writes n bytes of a source, in parts that drain.
inline task<> pour(const stream_writer& out, std::uint64_t seed, std::size_t n) {
  byte_source bytes(seed);
  while (n != 0) {
    const std::size_t part = n < 10'000 ? n : 10'000;
    expect_success(out.write(bytes.next(part)), "a write is accepted");
    co_await out.drain();
    n -= part;
  }
}

}}}  // namespace penstock::v0::testing
