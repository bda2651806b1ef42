// SPDX-License-Identifier: BSL-1.0
// Waits that may be given up and are issued again: what a scenario of the cancel explorer is made of.
#pragma once

#include <coroutine>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <penstock/contract.hpp>
#include <penstock/coro/awaitable.hpp>
#include <penstock/coro/runnable.hpp>
#include <penstock/coro/scheduler.hpp>
#include <penstock/testing/generators.hpp>
#include <penstock/testing/ground.hpp>
#include <penstock/testing/started.hpp>

namespace penstock { inline namespace v0 { namespace testing {

enum class giving_up : std::uint8_t { by_stop, by_time, by_destruction };
PENSTOCK_API std::string_view name(giving_up) noexcept;

// How a wait is given up, and how long after its beginning: rounds of the loop, for time 5 ns each.
struct strike {
  giving_up how;
  unsigned after;
};

// What one party did, in a form that does not depend on how its bytes were cut.
struct transcript {
  std::string read;  // of operations that answer records: each with its status and size behind it
  std::string written;
  bool operator==(const transcript&) const = default;
};

// One run of a scenario: counts waits, and decides which are given up.
class PENSTOCK_API persistence {
 public:
  persistence() = default;                                                       // none
  persistence(std::uint64_t at, strike how) noexcept : at_(at), strike_(how) {}  // the wait of that number, from 1
  explicit persistence(std::uint64_t seed) noexcept : random_(seed) {}           // one in two, anyhow
  persistence(const persistence&) = delete;
  persistence& operator=(const persistence&) = delete;

  std::uint64_t waits() const noexcept { return waits_; }        // that began
  std::uint64_t strikes() const noexcept { return strikes_; }    // at waits, whether an answer was faster or not
  std::uint64_t given_up() const noexcept { return given_up_; }  // waits that ended by a strike
  const std::vector<transcript>& seen() const noexcept { return seen_; }

  // --- for a party -------------------------------------------------------------------------

  std::size_t join();
  transcript& of(std::size_t party) noexcept { return seen_[party]; }
  std::optional<strike> next() noexcept;
  void begin_wait(bool struck) noexcept {
    ++waits_;
    strikes_ += struck ? 1 : 0;
  }
  void give_up() noexcept { ++given_up_; }

 private:
  std::uint64_t at_ = 0;
  strike strike_{};
  std::optional<random_numbers> random_;
  std::uint64_t waits_ = 0;
  std::uint64_t strikes_ = 0;
  std::uint64_t given_up_ = 0;
  std::vector<transcript> seen_;
};

namespace detail {

// Requests a stop some rounds after the wait began. Destroyed before: it does not.
class PENSTOCK_API stop_after_rounds : private runnable {
 public:
  stop_after_rounds(scheduler& loop, unsigned rounds) noexcept;
  std::stop_token token() const noexcept { return source_.get_token(); }
  void begin() noexcept;

 private:
  scheduler& loop_;
  unsigned left_;
  std::stop_source source_;
};

// Suspends for some rounds of the loop.
class PENSTOCK_API rounds : private runnable {
 public:
  rounds(scheduler& loop, unsigned count) noexcept;
  bool await_ready() const noexcept { return left_ == 0; }
  void await_suspend(std::coroutine_handle<> awaiting) noexcept;
  void await_resume() const noexcept {}

 private:
  scheduler& loop_;
  unsigned left_;
  std::coroutine_handle<> awaiting_;
};

// A wait that says when it suspends.
template <class Wait>
class counted : public Wait {
 public:
  template <class... Arguments>
  counted(persistence& run, bool struck, stop_after_rounds* stop, Arguments&&... arguments)
      : Wait(std::forward<Arguments>(arguments)...), run_(run), stop_(stop), struck_(struck) {}
  void await_suspend(std::coroutine_handle<> awaiting) {
    Wait::await_suspend(awaiting);
    run_.begin_wait(struck_);
    if (stop_ != nullptr) stop_->begin();
  }

 private:
  persistence& run_;
  stop_after_rounds* stop_;
  bool struck_;
};

struct answer {
  read_status status = read_status::need_more;
  std::string bytes;
  std::error_code error;
};
struct as_answer {
  answer operator()(const read_outcome& out) const { return {out.status(), std::string(out.text()), out.error()}; }
};

inline const std::error_code& error_in(const answer& a) noexcept { return a.error; }
inline const std::error_code& error_in(const std::error_code& ec) noexcept { return ec; }

}  // namespace detail

using detail::answer;

// One end of a scenario's connection. Its waits are given up where the run says so and issued
// again, until they have an answer; what it reads and writes goes into the run's transcript.
class party {
 public:
  party(persistence& run, end ends) : run_(run), ends_(std::move(ends)), number_(run.join()) {}

  template <read_operation Op>
  task<answer> read(Op op) {
    using plain = read_awaitable<Op, detail::as_answer>;
    using limited = limited_read_awaitable<Op, detail::as_answer>;
    answer got = co_await insist<answer, plain, limited>(op, detail::as_answer());
    std::string& seen = run_.of(number_).read;
    seen += got.bytes;
    if constexpr (!std::same_as<Op, read_some>) {
      seen += static_cast<char>('0' + static_cast<int>(got.status));
      seen += std::to_string(got.bytes.size());
    }
    co_return got;
  }
  std::error_code write(std::string_view bytes) {
    const std::error_code ec = ends_.out.write(bytes);
    if (!ec) run_.of(number_).written += bytes;
    return ec;
  }
  task<std::error_code> drain() { return level(write_level::drained); }
  task<std::error_code> flush() { return level(write_level::flushed); }
  task<std::error_code> wait_closed() { return level(write_level::closed); }
  const stream_writer& out() const noexcept { return ends_.out; }
  const stream_reader& in() const noexcept { return ends_.in; }

 private:
  stream& inner() const noexcept { return ends_.out.underlying(); }
  PENSTOCK_API task<std::error_code> level(write_level wanted);

  template <class Plain, class Result, class... Arguments>
  task<Result> attempt(bool struck, Arguments... arguments) {
    co_return co_await detail::counted<Plain>(run_, struck, nullptr, inner(), arguments...);
  }

  template <class Result, class Plain, class Limited, class... Arguments>
  task<Result> insist(Arguments... arguments) {
    scheduler& loop = inner().loop();
    while (const std::optional<strike> now = run_.next()) {
      switch (now->how) {
        case giving_up::by_stop: {
          detail::stop_after_rounds stop(loop, now->after);
          const wait_limit limit(stop.token());
          Result got = co_await detail::counted<Limited>(run_, true, &stop, inner(), arguments..., limit);
          if (detail::error_in(got) != errc::canceled) co_return got;
          break;
        }
        case giving_up::by_time: {
          const wait_limit limit(duration::nanoseconds(5) * now->after);
          Result got = co_await detail::counted<Limited>(run_, true, nullptr, inner(), arguments..., limit);
          if (detail::error_in(got) != errc::timed_out) co_return got;
          break;
        }
        case giving_up::by_destruction: {
          started<Result> waiting(attempt<Plain, Result>(true, arguments...));
          if (!waiting.done()) co_await detail::rounds(loop, now->after);
          if (waiting.done()) co_return waiting.result();
          break;
        }
      }
      run_.give_up();
    }
    co_return co_await detail::counted<Plain>(run_, false, nullptr, inner(), arguments...);
  }

  persistence& run_;
  end ends_;
  std::size_t number_;
};

}}}  // namespace penstock::v0::testing
