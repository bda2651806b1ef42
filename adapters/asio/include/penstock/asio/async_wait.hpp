// SPDX-License-Identifier: BSL-1.0
// The one wait of a completion token for a read operation, and the one for a level of the writing side.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstring>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include <penstock/asio/error_codes.hpp>
#include <penstock/asio/executor_loop.hpp>
#include <penstock/asio/token_operation.hpp>
#include <penstock/contract.hpp>
#include <penstock/coro/awaitable.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/coro/stream_reader.hpp>
#include <penstock/coro/stream_writer.hpp>
#include <penstock/coro/wait_limit.hpp>
#include <penstock/coro/waiter.hpp>
#include <penstock/read_half.hpp>
#include <penstock/read_outcome.hpp>

namespace penstock { inline namespace v0 { namespace asio {

using boost::system::error_code;

// What an outcome is for a completion handler: the end of the stream is Asio's eof.
inline error_code error_of(const read_outcome& out) noexcept {
  switch (out.status()) {
    case read_status::data: return {};
    case read_status::eof: return net::error::eof;
    case read_status::incomplete: return to_boost(errc::incomplete_read);
    case read_status::limit_overrun: return to_boost(errc::limit_overrun);
    case read_status::failed: return to_boost(out.error());
    case read_status::need_more: break;
  }
  PENSTOCK_UNREACHABLE();
}

namespace detail {

// The loop of a stream of ours; null once it has ended. Contract: no stream of another kind of loop.
inline executor_loop* loop_of(const stream& s) noexcept {
  if (!s.has_loop()) return nullptr;
  auto* const loop = dynamic_cast<executor_loop*>(&s.loop());
  PENSTOCK_EXPECTS(loop != nullptr);
  return loop;
}

// What is done with an answer: results(...) are what the handler gets behind the error.
struct take_string {
  using signature = void(error_code, std::string);
  template <class Complete>
  void deliver(error_code ec, const read_outcome& out, Complete complete) const {
    complete(ec, std::string(out.text()));
  }
};
// A stream's end is what was asked for.
struct take_rest : take_string {
  template <class Complete>
  void deliver(error_code ec, const read_outcome& out, Complete complete) const {
    complete(ec == net::error::eof ? error_code() : ec, std::string(out.text()));
  }
};
struct take_into {
  using signature = void(error_code, std::size_t);
  char* into;
  template <class Complete>
  void deliver(error_code ec, const read_outcome& out, Complete complete) const {
    if (!out.text().empty()) std::memcpy(into, out.text().data(), out.text().size());
    complete(ec, out.text().size());
  }
};

// Waits as a coroutine waits: the turn asks, and takes the bytes in the same breath as the handler gets them.
template <class Op, class Take, class Handler>
class read_wait final : public token_operation<read_wait<Op, Take, Handler>, Handler>, private read_waiter {
  using base = token_operation<read_wait, Handler>;

 public:
  read_wait(Handler&& handler, stream& s, Op op, Take take)
      : base(std::move(handler), loop_of(s)), read_waiter(&kind_), stream_(s), op_(std::move(op)), take_(take) {}

  // It never completes inside this call.
  void start(std::optional<wait_limit>&& limit) {
    if (!stream_.has_loop()) return finish_by_post(asked() ? answer_ : failed(errc::canceled));
    if (stream_.has_reader()) return finish_by_post(failed(errc::read_in_progress));
    stream_.spend_read();
    half().await_input(op_);
    stream_.wait(static_cast<read_waiter&>(*this));
    stream_.look_again();
    this->begin(std::move(limit));
  }

 private:
  friend base;
  static constexpr kind kind_{&read_wait::wake, operation_name<Op>};

  static read_outcome failed(errc why) noexcept { return read_outcome::failed(why); }
  static bool wake(read_waiter& waiter) {
    auto& self = static_cast<read_wait&>(waiter);
    if (!self.asked()) {
      self.half().await_input(self.op_);
      return false;
    }
    self.stream_.answered();
    self.go_on();
    return true;
  }

  read_half& half() const noexcept { return stream_.inner().in(); }
  bool asked() {
    answer_ = half().poll(op_);
    if (answer_.status() == read_status::need_more) return false;
    stream_.update();
    return true;
  }
  void go_on() {
    finish([&](auto&&... result) { this->complete(std::forward<decltype(result)>(result)...); });
  }
  template <class Complete>
  void finish(Complete complete) {
    take_.deliver(error_of(answer_), answer_, complete);
  }
  void finish_by_post(const read_outcome& answer) {
    answer_ = answer;
    finish([&](auto&&... result) { this->post(std::forward<decltype(result)>(result)...); });
  }

  // Ready and given up at once: the answer wins.
  void forget() noexcept { stream_.forget(*this); }
  void give_up(errc why) {
    forget();
    if (!asked()) answer_ = failed(why);
    go_on();
  }
  void canceled() {
    forget();
    finish_by_post(asked() ? answer_ : failed(errc::canceled));
  }
  void fail() { finish_by_post(failed(errc::canceled)); }

  stream& stream_;
  Op op_;
  [[no_unique_address]] Take take_;
  read_outcome answer_ = read_outcome::need_more();
};

// An operation that only looks: nothing is taken until the application polls.
template <class Op>
class looking {
 public:
  explicit looking(Op& op) noexcept : op_(&op) {}
  bool ready(const read_half& in) noexcept { return op_->ready(in) || in.ended() || in.full(); }
  read_outcome take(read_half&) const noexcept { return read_outcome::data({}); }
  std::size_t asks(const read_half& in) const noexcept
    requires requires(Op& op) { op.asks(in); }
  {
    return op_->asks(in);
  }

 private:
  Op* op_;
};
struct look_only {
  using signature = void(error_code);
  template <class Complete>
  void deliver(error_code ec, const read_outcome&, Complete complete) const {
    complete(ec);
  }
};

template <class Handler>
class level_wait final : public token_operation<level_wait<Handler>, Handler>, private write_waiter {
  using base = token_operation<level_wait, Handler>;

 public:
  level_wait(Handler&& handler, stream& s, write_level wanted)
      : base(std::move(handler), loop_of(s)), write_waiter{{}, &level_wait::reached, {}, wanted}, stream_(s) {}

  // It never completes inside this call.
  void start(std::optional<wait_limit>&& limit) {
    if (!stream_.has_loop()) return this->post(outcome());
    stream_.wait(static_cast<write_waiter&>(*this));
    stream_.look_again();
    this->begin(std::move(limit));
  }

 private:
  friend base;
  static void reached(write_waiter& waiter) {
    auto& self = static_cast<level_wait&>(waiter);
    self.complete(self.outcome());
  }
  error_code outcome() const noexcept { return to_boost(stream_.outcome(this->level)); }
  error_code given_up(errc why) const noexcept { return stream_.holds(this->level) ? outcome() : to_boost(why); }

  void forget() noexcept { list_hook<write_waiter>::unlink(); }
  void give_up(errc why) {
    forget();
    this->complete(given_up(why));
  }
  void canceled() {
    forget();
    this->post(given_up(errc::canceled));
  }
  void fail() { this->post(given_up(errc::canceled)); }

  stream& stream_;
};

struct initiate_read {
  template <class Handler, class Op, class Take>
  void operator()(Handler&& handler, stream_reader in, Op op, Take take, std::optional<wait_limit> limit) const {
    using operation = read_wait<Op, Take, std::decay_t<Handler>>;
    std::decay_t<Handler> own(std::forward<Handler>(handler));
    operation::create(std::move(own), in.underlying(), std::move(op), take).start(std::move(limit));
  }
};
struct initiate_level {
  template <class Handler>
  void operator()(Handler&& handler, stream_writer out, write_level level, std::optional<wait_limit> limit) const {
    std::decay_t<Handler> own(std::forward<Handler>(handler));
    level_wait<std::decay_t<Handler>>::create(std::move(own), out.underlying(), level).start(std::move(limit));
  }
};

template <class Take, class Op, class Token>
auto async_take(const stream_reader& in, Op op, Take take, std::optional<wait_limit> limit, Token&& token) {
  return net::async_initiate<Token, typename Take::signature>(initiate_read(), token, stream_reader(in.underlying()),
                                                              std::move(op), take, std::move(limit));
}
template <class Token>
auto async_level(const stream_writer& out, write_level level, std::optional<wait_limit> limit, Token&& token) {
  return net::async_initiate<Token, void(error_code)>(initiate_level(), token, stream_writer(out.underlying()), level,
                                                      std::move(limit));
}

}  // namespace detail
}}}  // namespace penstock::v0::asio
