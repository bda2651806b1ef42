// SPDX-License-Identifier: BSL-1.0
// asyncio's StreamWriter: the writing face of a stream.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <penstock/bytes.hpp>
#include <penstock/coro/awaitable.hpp>
#include <penstock/coro/exceptions.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/coro/transport.hpp>
#include <penstock/coro/upgrade.hpp>
#include <penstock/describe.hpp>

namespace penstock { inline namespace v0 {

namespace detail {

// A wait for a level that throws what took the connection.
template <class Wait>
class throwing : public Wait {
 public:
  using Wait::Wait;
  void await_resume() {
    if (Wait::succeeded()) [[likely]]
      return;
    if (const std::error_code ec = Wait::await_resume()) throw_error(ec);
  }
};

// Until a filter's handshake is done; at once without a filter. Throws what ended it (R86).
inline auto established(stream& s) { return throwing<write_awaitable>(s, write_level::established); }

}  // namespace detail

// A counted handle on a stream; move-only. Writes never wait: they leave at the end of the turn,
// whether anybody drains or not. Waits take a wait_limit last; giving one up changes nothing.
class stream_writer {
 public:
  explicit stream_writer(stream& s) noexcept : stream_(s) {}
  stream_writer(stream_writer&&) noexcept = default;
  stream_writer& operator=(stream_writer&&) noexcept = default;
  ~stream_writer() = default;

  // As the core's write (R71, R72): the error of a lost connection, of a full queue or of memory is
  // the answer; a write after write_eof is std::logic_error.
  std::error_code write(std::string_view bytes) const { return accepted(inner().write(bytes)); }
  std::error_code write(std::span<const std::byte> bytes) const { return accepted(inner().write(bytes)); }
  std::error_code write(owned_bytes bytes) const { return accepted(inner().write(std::move(bytes))); }
  std::error_code writelines(std::span<const std::string_view> parts) const {
    return accepted(inner().writelines(parts));
  }
  // Under TLS 1.2 std::errc::operation_not_supported, and nothing happens: its end would take the answer, too.
  std::error_code write_eof() const { return accepted(stream_->write_eof()); }
  bool can_write_eof() const noexcept { return stream_->can_write_eof(); }  // false under TLS 1.2 (R88)

  // Until no more than the low mark is unsent, if the high mark was passed (R53). Throws what took
  // the connection.
  auto drain() const { return detail::throwing<write_awaitable>(*stream_, write_level::drained); }
  auto drain(wait_limit limit) const {
    return detail::throwing<limited_write_awaitable>(*stream_, write_level::drained, std::move(limit));
  }
  // Until everything was handed to the transport. Throws what took the connection.
  auto flush() const { return detail::throwing<write_awaitable>(*stream_, write_level::flushed); }
  auto flush(wait_limit limit) const {
    return detail::throwing<limited_write_awaitable>(*stream_, write_level::flushed, std::move(limit));
  }

  // Flushes, then ends the connection (R57, R78). Again: nothing.
  void close() const noexcept { stream_->close(); }
  // Drops what is unsent and resets the connection (R79). A Unix socket has no reset: its peer sees an end.
  void abort() const noexcept { stream_->abort(); }
  bool is_closing() const noexcept { return inner().is_closing(); }
  // Until the transport has closed. Throws only if written bytes were lost (R58 as mended).
  auto wait_closed() const { return detail::throwing<write_awaitable>(*stream_, write_level::closed); }
  auto wait_closed(wait_limit limit) const {
    return detail::throwing<limited_write_awaitable>(*stream_, write_level::closed, std::move(limit));
  }
  std::error_code close_reason() const noexcept { return inner().close_reason(); }

  // Puts the filter around the running connection (R62), which it outlives, and waits for its handshake. What was
  // written before leaves as it is, what is written from here on leaves through it, and what was received and not read
  // is its first input (R64). Refused, with nothing changed: std::logic_error while a read waits, another upgrade is
  // under way or a filter is there; errc::not_connected unless open in both directions; errc::bad_option for unread
  // bytes under leftover::reject. Whatever goes wrong from there on ends the connection, a reached limit and giving up
  // included, with std::system_error here and for later reads. std::invalid_argument for times out of their range.
  auto start_tls(const filter& by) const { return upgrade_by(by, start_tls_options()); }
  auto start_tls(const filter& by, const start_tls_options& options) const { return upgrade_by(by, options); }
  auto start_tls(const filter& by, const start_tls_options& options, wait_limit limit) const {
    return detail::upgrading<limited_write_awaitable>(*stream_, by, options, std::move(limit));
  }
  auto start_tls(const filter& by, wait_limit limit) const {
    return start_tls(by, start_tls_options(), std::move(limit));
  }

  penstock::transport& transport() const noexcept { return *stream_; }
  // Printable text for asyncio's keys, `otherwise` for unknown ones; the same after the loss (R68), when the number of
  // "socket" may be that of another one already.
  std::string get_extra_info(std::string_view key, std::string_view otherwise = {}) const {
    return stream_->get_extra_info(key, otherwise);
  }

  stream& underlying() const noexcept { return *stream_; }

 private:
  connection& inner() const noexcept { return stream_->inner(); }
  detail::upgrading<write_awaitable> upgrade_by(const filter& by, const start_tls_options& options) const {
    return {*stream_, by, options};
  }
  std::error_code accepted(std::error_code ec) const {
    if (!ec) [[likely]]
      stream_->update();
    else if (ec == errc::write_after_eof)
      throw_error(ec);
    return ec;
  }

  held<stream> stream_;
};

// R61 as mended.
inline std::string describe(const stream_writer& out) { return describe(out.underlying().inner()); }

}}  // namespace penstock::v0
