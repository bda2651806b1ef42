// SPDX-License-Identifier: BSL-1.0
// The only ways to wait: for a read operation's answer, and for a level of the writing side.
#pragma once

#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include <penstock/contract.hpp>
#include <penstock/coro/limit_watch.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/coro/wait_limit.hpp>
#include <penstock/coro/waiter.hpp>
#include <penstock/read_half.hpp>
#include <penstock/read_operations.hpp>
#include <penstock/read_outcome.hpp>

namespace penstock { inline namespace v0 {

// What an operation is called where a wait is explained; a specialisation names one's own.
template <class Op>
inline constexpr std::string_view operation_name = "a read operation";
template <>
inline constexpr std::string_view operation_name<read_some> = "read";
template <>
inline constexpr std::string_view operation_name<read_to_eof> = "read to the end";
template <>
inline constexpr std::string_view operation_name<readexactly> = "readexactly";
template <>
inline constexpr std::string_view operation_name<readuntil> = "readuntil";
template <>
inline constexpr std::string_view operation_name<readline> = "readline";
template <>
inline constexpr std::string_view operation_name<skip_until> = "skip_until";

// Waits for the operation's answer and makes a result of it in the resumed coroutine: whoever
// stops before that leaves the bytes. An answer that is buffered is had without suspending.
// Destroying it while it waits ends the wait. A second read while one waits answers
// errc::read_in_progress, the first is untouched (R21 as mended). Contract: awaited once. An Op that
// is a reference stays the caller's, to be used again: it may have looked ahead.
template <class Op, class Result>
  requires read_operation<std::remove_reference_t<Op>>
class [[nodiscard]] read_awaitable : private read_waiter {
 public:
  read_awaitable(stream& s, Op op, Result result) : stream_(&s), op_(static_cast<Op&&>(op)), result_(result) {}
  read_awaitable(const read_awaitable&) = delete;
  read_awaitable& operator=(const read_awaitable&) = delete;
  ~read_awaitable() {
    if (awaiting_) stream_->forget(*this);
  }

  bool await_ready() {
    if (stream_->has_reader()) {
      answer_with(errc::read_in_progress);
      return true;
    }
    return stream_->spend_read() && ask();
  }
  void await_suspend(std::coroutine_handle<> awaiting) {
    awaiting_ = awaiting;
    this->what = &kind_;
    half().await_input(op_);
    stream_->wait(*this);
    stream_->update();
  }
  decltype(auto) await_resume() {
    awaiting_ = nullptr;
    return result_(out_);
  }

 protected:
  stream& of() noexcept { return *stream_; }
  // Ends the wait, with an error unless there is an answer by now, and goes on.
  void give_up(errc why) {
    const bool answered = ask();  // which may throw: then the wait goes on without its limit
    stream_->forget(*this);
    if (!answered) answer_with(why);
    awaiting_.resume();
  }

 private:
  PENSTOCK_HOT static bool wake(read_waiter& waiter) {
    auto& self = static_cast<read_awaitable&>(waiter);
    if (!self.ask()) {
      self.half().await_input(self.op_);
      return false;
    }
    self.stream_->answered();
    self.awaiting_.resume();
    return true;
  }
  static constexpr kind kind_{&wake, operation_name<std::remove_reference_t<Op>>};

  read_half& half() noexcept { return stream_->inner().in(); }
  // Built in place. Bytes taken outside a turn leave a block to give back, and perhaps room for what
  // is under way: then a turn has to come.
  [[gnu::always_inline]] bool ask() {
    std::construct_at(&out_, half().poll(op_));
    if (out_.status() == read_status::need_more) return false;
    stream_->update();
    return true;
  }
  void answer_with(errc why) noexcept { std::construct_at(&out_, read_outcome::failed(why)); }

  stream* stream_;
  std::coroutine_handle<> awaiting_;  // null: does not wait
  Op op_;
  [[no_unique_address]] Result result_;
  union {
    read_outcome out_;  // has no value before somebody asked
  };
};

// The same with a wait_limit. Ready and stopped at once: the answer wins.
template <class Op, class Result>
class [[nodiscard]] limited_read_awaitable : public read_awaitable<Op, Result> {
 public:
  limited_read_awaitable(stream& s, Op op, Result result, wait_limit limit)
      : read_awaitable<Op, Result>(s, static_cast<Op&&>(op), result), limit_(std::move(limit)) {}

  void await_suspend(std::coroutine_handle<> awaiting) {
    read_awaitable<Op, Result>::await_suspend(awaiting);
    watch_.emplace(this->of().loop(), limit_, &reached, this);
  }
  decltype(auto) await_resume() {
    watch_.reset();
    return read_awaitable<Op, Result>::await_resume();
  }

 private:
  static void reached(void* self, errc why) { static_cast<limited_read_awaitable*>(self)->give_up(why); }

  wait_limit limit_;
  std::optional<limit_watch> watch_;
};

// Waits until the level holds and answers stream::outcome of it. Any number at once (R54). Contract:
// awaited once.
class [[nodiscard]] write_awaitable {
 public:
  write_awaitable(stream& s, write_level wanted) noexcept : stream_(&s), level_(wanted) {}
  write_awaitable(const write_awaitable&) = delete;
  write_awaitable& operator=(const write_awaitable&) = delete;
  ~write_awaitable() {
    if (waits_) std::destroy_at(&waiter_);
  }

  bool await_ready() const noexcept { return stream_->holds_at_once(level_); }
  void await_suspend(std::coroutine_handle<> awaiting) noexcept {
    std::construct_at(&waiter_, level_, awaiting);
    waits_ = true;
    stream_->wait(waiter_);
    stream_->update();
  }
  std::error_code await_resume() const noexcept {
    if (given_up_ != 0) return static_cast<errc>(given_up_);
    return stream_->outcome(level_);
  }

 protected:
  stream& of() const noexcept { return *stream_; }
  // await_resume would answer success; making an error_code to say so costs a call.
  bool succeeded() const noexcept {
    return given_up_ == 0 && level_ == write_level::drained && stream_->writes_freely();
  }
  // Ends the wait, with an error unless the level holds by now, and goes on.
  void give_up(errc why) {
    waiter_.unlink();
    if (!stream_->holds(level_)) given_up_ = static_cast<std::uint16_t>(why);
    waiter_.awaiting.resume();
  }

 private:
  struct suspended : write_waiter {
    suspended(write_level wanted, std::coroutine_handle<> handle) noexcept
        : write_waiter{{}, &resume, {}, wanted}, awaiting(handle) {}
    static void resume(write_waiter& waiter) { static_cast<suspended&>(waiter).awaiting.resume(); }
    std::coroutine_handle<> awaiting;
  };

  stream* stream_;
  write_level level_;
  bool waits_ = false;          // it was suspended: most are not
  std::uint16_t given_up_ = 0;  // an errc; the three are one word and set by one store
  union {
    suspended waiter_;
  };
};

// The same with a wait_limit.
class [[nodiscard]] limited_write_awaitable : public write_awaitable {
 public:
  limited_write_awaitable(stream& s, write_level wanted, wait_limit limit) noexcept
      : write_awaitable(s, wanted), limit_(std::move(limit)) {}
  void await_suspend(std::coroutine_handle<> awaiting) {
    write_awaitable::await_suspend(awaiting);
    watch_.emplace(of().loop(), limit_, &reached, this);
  }
  std::error_code await_resume() noexcept {
    watch_.reset();
    return write_awaitable::await_resume();
  }

 protected:
  // It may be asked in place of await_resume, and the awaitable may live on: the limit ends with the wait.
  bool succeeded() noexcept {
    watch_.reset();
    return write_awaitable::succeeded();
  }

 private:
  static void reached(void* self, errc why) { static_cast<limited_write_awaitable*>(self)->give_up(why); }

  wait_limit limit_;
  std::optional<limit_watch> watch_;
};

}}  // namespace penstock::v0
