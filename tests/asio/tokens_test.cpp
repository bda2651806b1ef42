// SPDX-License-Identifier: BSL-1.0
// Proves that every completion token works on every operation: callbacks, coroutines, futures, deferred, tuples
// and one's own; and that errors compare equal on both sides.
#include <boost/asio.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "pair.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;
using boost::system::error_code;

// I-20
TEST(Tokens, ACallbackIsCalledOnceAndNeverInsideTheCallThatStartedIt) {
  net::io_context io;
  half_pair pair(io.get_executor());
  pair.send("one\ntwo\n");
  seen first;
  pa::async_readline(pair.ours.in, first.handler());
  EXPECT_EQ(first.calls, 0);
  while (first.calls == 0) io.run_one();
  EXPECT_EQ(first.bytes, "one\n");
  seen second;  // its line is buffered already
  pa::async_readline(pair.ours.in, second.handler());
  EXPECT_EQ(second.calls, 0);
  while (second.calls == 0) io.run_one();
  EXPECT_EQ(second.bytes, "two\n");
  EXPECT_EQ(first.calls, 1);
}

net::awaitable<std::string> every_read(ps::open_streams& s) {
  std::string all = co_await pa::async_readline(s.in, net::use_awaitable);
  all += co_await pa::async_readexactly(s.in, 3, net::use_awaitable);
  all += co_await pa::async_readuntil(s.in, "|", net::use_awaitable);
  co_await pa::async_skip_until(s.in, "\n", net::use_awaitable);
  char two[2];
  all.append(two, co_await pa::async_read_into(s.in, two, net::use_awaitable));
  all += co_await pa::async_read(s.in, 1, net::use_awaitable);
  all += co_await pa::async_read_to_eof(s.in, net::use_awaitable);
  const auto [ec, nothing] = co_await pa::async_readline(s.in, net::as_tuple(net::use_awaitable));
  EXPECT_EQ(ec, net::error::eof);
  EXPECT_EQ(nothing, "");
  co_return all;
}

TEST(Tokens, UseAwaitableOnEveryRead) {
  net::io_context io;
  half_pair pair(io.get_executor());
  pair.send("line\nabcuntil|skipped\n12345");
  pair.peer.shutdown(local_socket::shutdown_send);
  EXPECT_EQ(result_of(io, net::co_spawn(io, every_read(pair.ours), net::use_future)), "line\nabcuntil|12345");
}

net::awaitable<void> every_level(ps::open_streams& s) {
  co_await pa::async_established(s.out, net::use_awaitable);
  s.out.write(std::string(300'000, 'x'));
  EXPECT_TRUE(s.out.underlying().inner().out().full());
  co_await pa::async_drain(s.out, net::use_awaitable);
  co_await pa::async_flush(s.out, net::use_awaitable);
  EXPECT_EQ(s.out.transport().get_write_buffer_size(), 0u);
  s.out.close();
  co_await pa::async_wait_closed(s.out, net::use_awaitable);
}

TEST(Tokens, UseAwaitableOnEveryLevelOfWriting) {
  net::io_context io;
  stream_pair pair(io.get_executor());
  seen all;
  pa::async_read_to_eof(pair.second.in, all.handler());
  result_of(io, net::co_spawn(io, every_level(pair.first), net::use_future));
  while (all.calls == 0) io.run_one();
  EXPECT_FALSE(all.error);
  EXPECT_EQ(all.bytes, std::string(300'000, 'x'));
}

TEST(Tokens, FuturesAndDeferredOperations) {
  net::io_context io;
  half_pair pair(io.get_executor());
  pair.send("one\ntwo\n");
  EXPECT_EQ(result_of(io, pa::async_readline(pair.ours.in, net::use_future)), "one\n");
  auto later = pa::async_readline(pair.ours.in, net::deferred);
  EXPECT_FALSE(pair.ours.in.underlying().has_reader());
  seen got;
  std::move(later)(got.handler());
  while (got.calls == 0) io.run_one();
  EXPECT_EQ(got.bytes, "two\n");
}

TEST(Tokens, DeferredOperationsAreChained) {
  net::io_context io;
  half_pair pair(io.get_executor());
  pair.send("line\n");
  auto twice = pa::async_readline(pair.ours.in, net::deferred([](error_code ec, const std::string& line) {
                                    return net::deferred.values(ec, line + line);
                                  }));
  seen got;
  std::move(twice)(got.handler());
  while (got.calls == 0) io.run_one();
  EXPECT_EQ(got.bytes, "line\nline\n");
}

// A token of one's own: answers a shared place for the result.
struct into_place {};
using place = std::shared_ptr<std::optional<std::string>>;

}  // namespace

template <>
class boost::asio::async_result<into_place, void(boost::system::error_code, std::string)> {
 public:
  template <class Initiation, class... Arguments>
  static place initiate(Initiation&& initiation, into_place, Arguments&&... arguments) {
    auto where = std::make_shared<std::optional<std::string>>();
    std::forward<Initiation>(initiation)([where](boost::system::error_code, std::string s) { *where = std::move(s); },
                                         std::forward<Arguments>(arguments)...);
    return where;
  }
};

namespace {

TEST(Tokens, OnesOwnToken) {
  net::io_context io;
  half_pair pair(io.get_executor());
  pair.send("mine\n");
  const place where = pa::async_readline(pair.ours.in, into_place());
  while (!*where) io.run_one();
  EXPECT_EQ(**where, "mine\n");
}

TEST(Tokens, AViewByPollWithoutACopy) {
  net::io_context io;
  half_pair pair(io.get_executor());
  pair.send("a\nbb\nrest");
  pair.peer.shutdown(local_socket::shutdown_send);
  std::vector<std::string> lines;
  ps::readline next_line;
  std::function<void(error_code)> on_lines = [&](error_code ec) {
    ASSERT_FALSE(ec);
    for (;;) {
      const ps::read_outcome line = pa::poll(pair.ours.in, next_line);
      if (line.status() == ps::read_status::need_more) break;
      if (line.status() == ps::read_status::eof) return pair.ours.out.close();
      ASSERT_EQ(line.status(), ps::read_status::data);
      lines.emplace_back(line.text());
    }
    pa::async_wait(pair.ours.in, next_line, on_lines);
  };
  pa::async_wait(pair.ours.in, next_line, on_lines);
  io.run();
  EXPECT_EQ(lines, (std::vector<std::string>{"a\n", "bb\n", "rest"}));
}

TEST(Tokens, ErrorsHaveTheBytesThatThereWere) {
  net::io_context io;
  half_pair pair(io.get_executor(), {.reading = {.limit = 8}});
  pair.send("far too long a line\nok\nrest");
  pair.peer.shutdown(local_socket::shutdown_send);
  std::vector<seen> got(3);
  for (seen& one : got) {
    if (&one == &got[2])
      pa::async_readexactly(pair.ours.in, 10, one.handler());
    else
      pa::async_readline(pair.ours.in, one.handler());
    while (one.calls == 0) io.run_one();
  }
  EXPECT_EQ(got[0].error, make_error_code(ps::errc::limit_overrun));
  EXPECT_EQ(got[1].bytes, "ok\n");
  EXPECT_EQ(got[2].error, make_error_code(ps::errc::incomplete_read));
  EXPECT_EQ(got[2].bytes, "rest");
}

TEST(Tokens, ASecondReadIsRefusedAndTheFirstUntouched) {
  net::io_context io;
  half_pair pair(io.get_executor());
  seen first;
  seen second;
  pa::async_readline(pair.ours.in, first.handler());
  pa::async_readline(pair.ours.in, second.handler());
  while (second.calls == 0) io.run_one();
  EXPECT_EQ(second.error, make_error_code(ps::errc::read_in_progress));
  pair.send("line\n");
  while (first.calls == 0) io.run_one();
  EXPECT_EQ(first.bytes, "line\n");
}

TEST(Tokens, SystemErrorsCompareEqualOnBothSides) {
  const auto reset = std::make_error_code(std::errc::connection_reset);
  EXPECT_EQ(pa::to_boost(reset), boost::system::errc::connection_reset);
  EXPECT_EQ(pa::to_boost(std::error_code(ECONNRESET, std::system_category())), net::error::connection_reset);
  EXPECT_EQ(pa::to_boost(std::error_code(ECONNRESET, std::system_category())), std::errc::connection_reset);
  EXPECT_EQ(pa::to_std(net::error::connection_reset), std::errc::connection_reset);
  EXPECT_EQ(pa::to_std(net::error::make_error_code(net::error::eof)).message(), "End of file");
  EXPECT_FALSE(pa::to_boost({}));
}

// Sixteen lines that came together are answered in one turn: they leave together.
TEST(Tokens, WritesOfHandlersCoalesce) {
  net::io_context io;
  half_pair pair(io.get_executor());
  std::string sent;
  for (int i = 0; i != 16; ++i) sent += "line " + std::to_string(i) + "\n";
  int lines = 0;
  std::size_t most_unsent = 0;
  std::function<void()> read = [&] {
    pa::async_readline(pair.ours.in, [&](error_code ec, const std::string& line) {
      if (ec) return;
      ++lines;
      pair.ours.out.write(line);
      most_unsent = std::max(most_unsent, pair.ours.out.transport().get_write_buffer_size());
      pa::async_drain(pair.ours.out, [&](error_code) { read(); });
    });
  };
  read();
  pair.send(sent);
  while (lines != 16) io.run_one();
  EXPECT_EQ(most_unsent, sent.size());
  while (io.poll() != 0) {
  }
  EXPECT_EQ(pair.receive(), sent);
}

}  // namespace
