// SPDX-License-Identifier: BSL-1.0
// start_tls: a filter that is put around a running stream, and what stands between the call and the switch.
#pragma once

#include <coroutine>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

#include <penstock/connection.hpp>
#include <penstock/contract.hpp>
#include <penstock/coro/exceptions.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/coro/waiter.hpp>
#include <penstock/filter.hpp>
#include <penstock/wire.hpp>

namespace penstock { inline namespace v0 {

// As asyncio's StreamWriter.start_tls (R62), and what becomes of bytes that were received and not read.
struct start_tls_options {
  std::string_view server_hostname = {};
  std::optional<duration> ssl_handshake_timeout = {};
  std::optional<duration> ssl_shutdown_timeout = {};
  std::optional<bool> server_side = {};  // as it is: whether the connection was accepted by a server
  penstock::leftover leftover = penstock::leftover::to_engine;
};
static_assert(std::is_trivially_destructible_v<start_tls_options>);

namespace detail {

// Around a connection until what was written before the call has left, as it is. Nothing is received meanwhile, what
// is written waits for the filter, and whoever wants to read is told that somebody reads.
class PENSTOCK_API upgrade final : public wire, public read_waiter {
 public:
  // Throws std::invalid_argument for options out of their range, std::bad_alloc.
  upgrade(stream& s, const filter& by, const start_tls_options& options);

  penstock::leftover leftover() const noexcept { return options_.leftover; }
  std::size_t unsent() const noexcept { return unsent_; }  // of what was written before
  // From here on the filter's handshake has its time: also to wait for the writes before it.
  void begin(time_point now) noexcept {
    unsent_ = inner_.out().pending();
    by_when_ = now + options_.handshake_timeout;
  }
  // The filter's wire, with the reader empty (I-40), or null and why.
  wire_handle finish(time_point now, std::error_code& ec) noexcept;

  bool handshake_done() const noexcept override { return false; }
  bool can_write_eof() const noexcept override { return false; }
  std::size_t input_room() const noexcept override { return 0; }
  std::span<char> prepare_input(std::size_t) noexcept override { return {}; }
  void commit_input(std::size_t) noexcept override {}
  void lend_input(std::span<char>, std::size_t) noexcept override {}
  void settle_input() noexcept override { inner_.settle_input(); }
  void input_ended() noexcept override { inner_.input_ended(); }
  wire_step next_output(std::span<std::string_view> segments, std::size_t& count) noexcept override;
  void consume_output(std::size_t n) noexcept override;
  void output_shut_down() noexcept override { inner_.output_shut_down(); }
  void lost(std::error_code ec) noexcept override { inner_.lost(ec); }
  bool aborted() const noexcept override { return inner_.aborted(); }
  time_point deadline() const noexcept override;
  void on_time(time_point now) noexcept override;

 private:
  static constexpr kind kind_{[](read_waiter&) { return false; }, "start_tls"};

  connection& inner_;
  const filter& by_;
  std::string hostname_;
  filter_options options_;
  std::size_t unsent_ = 0;
  time_point by_when_ = time_point::never();
};

// Until the filter's handshake is done. What is refused when it begins has changed nothing; from there on whatever goes
// wrong, giving up and destroying it included, ends the connection. `Wait` waits for a write_level.
template <class Wait>
class [[nodiscard]] upgrading : private Wait {
 public:
  template <class... Limit>
  upgrading(stream& s, const filter& by, const start_tls_options& options, Limit&&... limit)
      : Wait(s, write_level::established, std::forward<Limit>(limit)...),
        how_(std::make_unique<upgrade>(s, by, options)) {}
  ~upgrading() {
    if (begun_) this->of().end_upgrade(errc::canceled);
  }

  bool await_ready() {
    this->of().require_upgradable(how_->leftover());
    return false;
  }
  void await_suspend(std::coroutine_handle<> awaiting) {
    this->of().begin_upgrade(std::move(how_));
    begun_ = true;
    Wait::await_suspend(awaiting);
  }
  void await_resume() {
    begun_ = false;
    const std::error_code ec = Wait::await_resume();
    if (!ec) return;
    this->of().end_upgrade(ec);
    throw std::system_error(ec, "start_tls");
  }

 private:
  std::unique_ptr<upgrade> how_;
  bool begun_ = false;
};

}  // namespace detail

}}  // namespace penstock::v0
