// SPDX-License-Identifier: BSL-1.0
// Proves that a handler keeps its executor, of whatever kind, and its allocator, and where what it throws comes out.
#include <boost/asio.hpp>
#include <boost/asio/any_completion_handler.hpp>

#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "pair.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;
using boost::system::error_code;

TEST(Handlers, KeepTheirExecutor) {
  net::io_context io;
  net::thread_pool pool(1);
  half_pair pair(io.get_executor());
  pair.send("line\n");
  std::promise<std::thread::id> where;
  pa::async_readline(pair.ours.in, net::bind_executor(pool, [&](error_code, const std::string&) {
                       where.set_value(std::this_thread::get_id());
                     }));
  auto id = where.get_future();
  while (id.wait_for(0s) != std::future_status::ready) io.run_one_for(10ms);
  EXPECT_TRUE(id.get() != std::this_thread::get_id());
  pool.join();
}

// What posts to a user interface's queue, say: it can do nothing else, and is no any_io_executor.
struct queue_executor {
  std::vector<std::function<void()>>* queue;
  template <class F>
  void execute(F f) const {
    queue->push_back([shared = std::make_shared<F>(std::move(f))] { (*shared)(); });
  }
  queue_executor require(net::execution::blocking_t::never_t) const { return *this; }
  static constexpr net::execution::blocking_t::never_t query(net::execution::blocking_t) noexcept { return {}; }
  bool operator==(const queue_executor&) const = default;
};

TEST(Handlers, NeedNoExecutorForIo) {
  net::io_context io;
  half_pair pair(io.get_executor());
  std::vector<std::function<void()>> queue;
  seen got;
  pair.send("line\n");
  pa::async_readline(pair.ours.in, net::bind_executor(queue_executor{&queue}, got.handler()));
  while (queue.empty()) io.run_one();
  EXPECT_EQ(got.calls, 0);
  queue.front()();
  EXPECT_EQ(got.bytes, "line\n");
}

TEST(Handlers, MayBeErased) {
  net::io_context io;
  half_pair pair(io.get_executor());
  net::cancellation_signal signal;
  seen got;
  pair.send("line\nhalf");
  const auto read = [&] {
    net::any_completion_handler<void(error_code, std::string)> handler =
        net::bind_cancellation_slot(signal.slot(), got.handler());
    pa::async_readline(pair.ours.in, std::move(handler));
  };
  read();
  while (got.calls == 0) io.run_one();
  EXPECT_EQ(got.bytes, "line\n");
  read();
  signal.emit(net::cancellation_type::terminal);
  EXPECT_EQ(got.calls, 1);  // nor is it called inside emit
  while (got.calls == 1) io.run_one();
  EXPECT_EQ(got.error, net::error::operation_aborted);
}

// Counts what it gives, and what came back.
template <class T>
struct counting {
  using value_type = T;
  explicit counting(int* n) : given(n) {}
  template <class U>
  counting(const counting<U>& other) : given(other.given) {}  // NOLINT
  T* allocate(std::size_t n) {
    ++given[0], ++given[1];
    return std::allocator<T>().allocate(n);
  }
  void deallocate(T* p, std::size_t n) {
    --given[1];
    std::allocator<T>().deallocate(p, n);
  }
  friend bool operator==(const counting& a, const counting& b) { return a.given == b.given; }
  int* given;
};

TEST(Handlers, HoldTheOperationByTheirAllocatorWhichIsDoneBeforeTheCall) {
  net::io_context io;
  half_pair pair(io.get_executor());
  int given[2] = {};
  int out_in_the_call = -1;
  pa::async_readline(pair.ours.in, net::bind_allocator(counting<char>(given), [&](error_code, const std::string&) {
                       out_in_the_call = given[1];
                     }));
  EXPECT_GE(given[0], 1);
  pair.send("line\n");
  while (out_in_the_call < 0) io.run_one();
  EXPECT_EQ(out_in_the_call, 0);
}

TEST(Handlers, ThrowOutOfRun) {
  net::io_context io;
  half_pair pair(io.get_executor());
  pair.send("one\ntwo\n");
  pa::async_readline(pair.ours.in, [](error_code, const std::string&) { throw std::runtime_error("on purpose"); });
  EXPECT_THROW(io.run(), std::runtime_error);
  seen next;  // the stream is as before
  pa::async_readline(pair.ours.in, next.handler());
  while (next.calls == 0) io.run_one();
  EXPECT_EQ(next.bytes, "two\n");
}

// Takes four bytes; the first time that they are there it throws.
struct throws_once {
  bool* thrown;
  bool ready(const ps::read_half& in) const {
    if (in.buffered().size() < 4) return false;
    if (!std::exchange(*thrown, true)) throw std::runtime_error("on purpose");
    return true;
  }
  static ps::read_outcome take(ps::read_half& in) { return ps::read_outcome::data(in.consume(4)); }
};

// The loop looks for what is next behind whatever ran, also where an exception ended that.
TEST(Handlers, AndOperationsThrowOutOfRunAndTheLoopGoesOn) {
  net::io_context io;
  half_pair pair(io.get_executor());
  bool thrown = false;
  std::string got;
  auto read = [](ps::stream_reader& in, bool& t, std::string& to) -> ps::task<> {
    const ps::read_outcome four = co_await in.view(throws_once{&t});
    to = four.text();
  };
  pa::co_spawn(io, read(pair.ours.in, thrown, got), net::detached);
  io.poll();
  pair.send("abcdefgh");
  EXPECT_THROW(io.run_for(1s), std::runtime_error);
  io.run_for(20ms);  // until it waits
  pair.send("ijkl");
  io.run_for(1s);
  EXPECT_EQ(got, "abcd");
}

}  // namespace
