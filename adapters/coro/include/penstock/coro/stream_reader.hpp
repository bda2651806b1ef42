// SPDX-License-Identifier: BSL-1.0
// asyncio's StreamReader: the reading face of a stream.
#pragma once

#include <cstddef>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <penstock/bytes.hpp>
#include <penstock/coro/awaitable.hpp>
#include <penstock/coro/exceptions.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/describe.hpp>
#include <penstock/read_operations.hpp>

namespace penstock { inline namespace v0 {

namespace detail {

// g++ 12 destroys an aggregate temporary twice inside a co_await expression: there, an operation that
// has something to destroy needs a constructor.
template <class Op>
concept sound_temporary =
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
    std::is_trivially_destructible_v<Op> || !std::is_aggregate_v<Op>;
#else
    true;
#endif

// What a wait's outcome becomes.
struct as_outcome {
  read_outcome operator()(const read_outcome& out) const noexcept { return out.by_words(); }
};
struct as_string {
  std::string operator()(const read_outcome& out) const { return std::string(bytes_of(out)); }
};
struct as_next {
  std::optional<std::string> operator()(const read_outcome& out) const {
    if (out.status() == read_status::eof) return std::nullopt;
    return as_string()(out);
  }
};
struct into_string {
  std::string* into;
  bool operator()(const read_outcome& out) const {
    into->assign(bytes_of(out));
    return out.status() == read_status::data;
  }
};
struct into_span {
  char* into;
  std::size_t operator()(const read_outcome& out) const {
    const std::string_view bytes = bytes_of(out);
    if (!bytes.empty()) std::memcpy(into, bytes.data(), bytes.size());
    return bytes.size();
  }
};
struct as_nothing {
  void operator()(const read_outcome& out) const { static_cast<void>(bytes_of(out)); }
};

}  // namespace detail

// A counted handle on a stream; move-only. Each read is awaited; each takes a wait_limit last.
// Cancelled, timed out or destroyed it has consumed nothing. Errors: limit_overrun_error,
// incomplete_read_error, std::logic_error for a second read while one waits,
// std::invalid_argument for bad arguments, std::system_error for all else.
class stream_reader {
 public:
  explicit stream_reader(stream& s) noexcept : stream_(s) {}
  stream_reader(stream_reader&&) noexcept = default;
  stream_reader& operator=(stream_reader&&) noexcept = default;
  ~stream_reader() = default;

  // Up to n bytes, empty at the end of the stream (R25, R26); std::invalid_argument for a negative n, also below.
  auto read(std::size_t n) const { return wait(read_some(checked_size(n)), detail::as_string()); }
  auto read(std::size_t n, wait_limit limit) const {
    return wait(read_some(checked_size(n)), detail::as_string(), std::move(limit));
  }
  // All bytes to the end of the stream (R27 as mended); errc::buffer_full at max_buffered, the bytes kept.
  auto read() const { return wait(read_to_eof(), detail::as_string()); }
  auto read(wait_limit limit) const { return wait(read_to_eof(), detail::as_string(), std::move(limit)); }
  // A line with its newline; the last one may have none; empty at the end (R39).
  auto readline() const { return wait(penstock::readline(), detail::as_string()); }
  auto readline(wait_limit limit) const { return wait(penstock::readline(), detail::as_string(), std::move(limit)); }
  // The same into a string whose memory is used again; false at the end of the stream.
  auto readline(std::string& into) const { return wait(penstock::readline(), detail::into_string{&into}); }
  auto readline(std::string& into, wait_limit limit) const {
    return wait(penstock::readline(), detail::into_string{&into}, std::move(limit));
  }
  // A line, or nothing at the end of the stream: for `while (auto line = co_await in.next_line())` (R42).
  auto next_line() const { return wait(penstock::readline(), detail::as_next()); }
  auto next_line(wait_limit limit) const { return wait(penstock::readline(), detail::as_next(), std::move(limit)); }
  // Exactly n bytes (R28, R29).
  auto readexactly(std::size_t n) const { return wait(penstock::readexactly(checked_size(n)), detail::as_string()); }
  auto readexactly(std::size_t n, wait_limit limit) const {
    return wait(penstock::readexactly(checked_size(n)), detail::as_string(), std::move(limit));
  }
  // Through the separator that ends first; the separators' bytes outlive the wait (R30-R37).
  auto readuntil(separators ends = "\n") const { return wait(penstock::readuntil(ends), detail::as_string()); }
  auto readuntil(separators ends, wait_limit limit) const {
    return wait(penstock::readuntil(ends), detail::as_string(), std::move(limit));
  }
  // Drops bytes through the first separator, in bounded memory. Given up, what it has dropped stays
  // dropped: the one exception.
  auto skip_until(separators ends) const { return wait(penstock::skip_until(ends), detail::as_nothing()); }
  auto skip_until(separators ends, wait_limit limit) const {
    return wait(penstock::skip_until(ends), detail::as_nothing(), std::move(limit));
  }
  // Up to into.size() bytes; answers how many, 0 at the end of the stream. `into` outlives the wait.
  auto read_into(std::span<char> into) const { return wait(read_some(into.size()), detail::into_span{into.data()}); }
  auto read_into(std::span<char> into, wait_limit limit) const {
    return wait(read_some(into.size()), detail::into_span{into.data()}, std::move(limit));
  }
  auto read_into(std::span<std::byte> into) const { return read_into(as_writable_chars(into)); }
  auto read_into(std::span<std::byte> into, wait_limit limit) const {
    return read_into(as_writable_chars(into), std::move(limit));
  }
  // Any operation's outcome, with its view: no copy, no throw. The view dies at the next co_await or unread. An
  // operation that is an lvalue is used in place: used again, it has looked ahead.
  template <class Op>
    requires(read_operation<std::remove_reference_t<Op>> && detail::sound_temporary<Op>)
  auto view(Op&& op) const {
    return wait<Op>(static_cast<Op&&>(op), detail::as_outcome());
  }
  template <class Op>
    requires(read_operation<std::remove_reference_t<Op>> && detail::sound_temporary<Op>)
  auto view(Op&& op, wait_limit limit) const {
    return wait<Op>(static_cast<Op&&>(op), detail::as_outcome(), std::move(limit));
  }

  std::string_view peek() const noexcept { return half().buffered(); }  // dies at the next co_await or unread
  // Puts bytes back in front, this reader's own views too; O(unread). Without memory a later read answers
  // errc::no_memory.
  void unread(std::string_view bytes) const noexcept {
    half().unread(bytes);
    stream_->look_again();
  }
  std::string_view buffered() const noexcept { return peek(); }  // by the core's name
  bool at_eof() const noexcept { return half().at_eof(); }       // R17
  // What took the connection, told before the bytes in front of it were read; success while nothing has (R20, R24).
  std::error_code error() const noexcept { return half().error(); }
  std::size_t limit() const noexcept { return half().limit(); }
  // Bytes; throws std::invalid_argument for 0. Raising it may let reading go on (R2).
  void set_limit(std::size_t limit) const {
    if (const std::error_code ec = half().set_limit(limit)) throw_error(ec);
    stream_->look_again();
  }

  stream& underlying() const noexcept { return *stream_; }

 private:
  read_half& half() const noexcept { return stream_->inner().in(); }
  template <class Op, class Result>
  read_awaitable<Op, Result> wait(Op op, Result result) const {
    return {*stream_, static_cast<Op&&>(op), result};
  }
  template <class Op, class Result>
  limited_read_awaitable<Op, Result> wait(Op op, Result result, wait_limit limit) const {
    return {*stream_, static_cast<Op&&>(op), result, std::move(limit)};
  }

  held<stream> stream_;
};

// R13 as mended.
inline std::string describe(const stream_reader& in) { return describe(in.underlying().inner()); }

}}  // namespace penstock::v0
