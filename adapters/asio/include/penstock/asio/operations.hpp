// SPDX-License-Identifier: BSL-1.0
// Reading and writing with completion tokens: callbacks, use_awaitable, use_future, deferred, one's own.
#pragma once

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include <penstock/asio/async_wait.hpp>
#include <penstock/coro/stream_reader.hpp>
#include <penstock/coro/stream_writer.hpp>
#include <penstock/coro/wait_limit.hpp>
#include <penstock/read_operations.hpp>
#include <penstock/read_outcome.hpp>

namespace penstock { inline namespace v0 { namespace asio {

// Each call waits for one read operation, at most one at a time on a stream; the token comes last, in front of
// it perhaps a wait_limit. Errors: net::error::eof at the end of the stream, net::error::operation_aborted where
// the wait was cancelled, errc::timed_out at its limit; errc::incomplete_read with what there was, and so on.
// A wait that was given up, in whatever way, has consumed nothing. The handler's executor, allocator and
// cancellation slot are kept; it is never called inside the call that started it. Calls among them are qualified: by
// its arguments' namespace Asio's async_read would be asked, too, whether it takes the token.

// Until poll(in, op) has an answer, whatever it is; takes nothing. The operation outlives the wait.
template <read_operation Op, class Token>
auto async_wait(const stream_reader& in, Op& op, Token&& token) {
  return detail::async_take(in, detail::looking<Op>(op), detail::look_only(), std::nullopt, std::forward<Token>(token));
}
template <read_operation Op, class Token>
auto async_wait(const stream_reader& in, Op& op, wait_limit limit, Token&& token) {
  return detail::async_take(in, detail::looking<Op>(op), detail::look_only(), std::move(limit),
                            std::forward<Token>(token));
}
// What the operation answers now: a view, no copy, which dies when the handler returns. need_more: wait again.
template <read_operation Op>
read_outcome poll(const stream_reader& in, Op& op) {
  stream& s = in.underlying();
  const read_outcome out = s.inner().in().poll(op);
  s.update();
  return out;
}

// Any operation's bytes: void(error_code, std::string).
template <read_operation Op, class Token>
auto async_read(const stream_reader& in, Op op, Token&& token) {
  return detail::async_take(in, std::move(op), detail::take_string(), std::nullopt, std::forward<Token>(token));
}
template <read_operation Op, class Token>
auto async_read(const stream_reader& in, Op op, wait_limit limit, Token&& token) {
  return detail::async_take(in, std::move(op), detail::take_string(), std::move(limit), std::forward<Token>(token));
}
// Up to n bytes.
template <class Token>
auto async_read(const stream_reader& in, std::size_t n, Token&& token) {
  return asio::async_read(in, read_some(checked_size(n)), std::forward<Token>(token));
}
template <class Token>
auto async_read(const stream_reader& in, std::size_t n, wait_limit limit, Token&& token) {
  return asio::async_read(in, read_some(checked_size(n)), std::move(limit), std::forward<Token>(token));
}
// All bytes to the end of the stream, which is success here.
template <class Token>
auto async_read_to_eof(const stream_reader& in, Token&& token) {
  return detail::async_take(in, read_to_eof(), detail::take_rest(), std::nullopt, std::forward<Token>(token));
}
template <class Token>
auto async_read_to_eof(const stream_reader& in, wait_limit limit, Token&& token) {
  return detail::async_take(in, read_to_eof(), detail::take_rest(), std::move(limit), std::forward<Token>(token));
}
// A line with its newline; the last one may have none.
template <class Token>
auto async_readline(const stream_reader& in, Token&& token) {
  return asio::async_read(in, readline(), std::forward<Token>(token));
}
template <class Token>
auto async_readline(const stream_reader& in, wait_limit limit, Token&& token) {
  return asio::async_read(in, readline(), std::move(limit), std::forward<Token>(token));
}
// Exactly n bytes.
template <class Token>
auto async_readexactly(const stream_reader& in, std::size_t n, Token&& token) {
  return asio::async_read(in, readexactly(checked_size(n)), std::forward<Token>(token));
}
template <class Token>
auto async_readexactly(const stream_reader& in, std::size_t n, wait_limit limit, Token&& token) {
  return asio::async_read(in, readexactly(checked_size(n)), std::move(limit), std::forward<Token>(token));
}
// Through the separator that ends first; the separators' bytes outlive the wait.
template <class Token>
auto async_readuntil(const stream_reader& in, separators ends, Token&& token) {
  return asio::async_read(in, readuntil(ends), std::forward<Token>(token));
}
template <class Token>
auto async_readuntil(const stream_reader& in, separators ends, wait_limit limit, Token&& token) {
  return asio::async_read(in, readuntil(ends), std::move(limit), std::forward<Token>(token));
}
// Drops bytes through the first separator, which it answers. What it has dropped stays dropped.
template <class Token>
auto async_skip_until(const stream_reader& in, separators ends, Token&& token) {
  return asio::async_read(in, skip_until(ends), std::forward<Token>(token));
}
template <class Token>
auto async_skip_until(const stream_reader& in, separators ends, wait_limit limit, Token&& token) {
  return asio::async_read(in, skip_until(ends), std::move(limit), std::forward<Token>(token));
}
// Up to into.size() bytes: void(error_code, std::size_t). `into` outlives the wait.
template <class Token>
auto async_read_into(const stream_reader& in, std::span<char> into, Token&& token) {
  return detail::async_take(in, read_some(into.size()), detail::take_into{into.data()}, std::nullopt,
                            std::forward<Token>(token));
}
template <class Token>
auto async_read_into(const stream_reader& in, std::span<char> into, wait_limit limit, Token&& token) {
  return detail::async_take(in, read_some(into.size()), detail::take_into{into.data()}, std::move(limit),
                            std::forward<Token>(token));
}

// --- the writing side: void(error_code), any number at once -------------------------------------

// Until no more than the low mark is unsent, if the high mark was passed. out.write() itself never waits.
template <class Token>
auto async_drain(const stream_writer& out, Token&& token) {
  return detail::async_level(out, write_level::drained, std::nullopt, std::forward<Token>(token));
}
template <class Token>
auto async_drain(const stream_writer& out, wait_limit limit, Token&& token) {
  return detail::async_level(out, write_level::drained, std::move(limit), std::forward<Token>(token));
}
// Until everything was handed to the transport.
template <class Token>
auto async_flush(const stream_writer& out, Token&& token) {
  return detail::async_level(out, write_level::flushed, std::nullopt, std::forward<Token>(token));
}
template <class Token>
auto async_flush(const stream_writer& out, wait_limit limit, Token&& token) {
  return detail::async_level(out, write_level::flushed, std::move(limit), std::forward<Token>(token));
}
// Until the transport has closed; an error only if written bytes were lost.
template <class Token>
auto async_wait_closed(const stream_writer& out, Token&& token) {
  return detail::async_level(out, write_level::closed, std::nullopt, std::forward<Token>(token));
}
template <class Token>
auto async_wait_closed(const stream_writer& out, wait_limit limit, Token&& token) {
  return detail::async_level(out, write_level::closed, std::move(limit), std::forward<Token>(token));
}
// Until a filter's handshake is done; at once without a filter.
template <class Token>
auto async_established(const stream_writer& out, Token&& token) {
  return detail::async_level(out, write_level::established, std::nullopt, std::forward<Token>(token));
}
template <class Token>
auto async_established(const stream_writer& out, wait_limit limit, Token&& token) {
  return detail::async_level(out, write_level::established, std::move(limit), std::forward<Token>(token));
}

}}}  // namespace penstock::v0::asio
