// SPDX-License-Identifier: BSL-1.0
// Proves that every waiting call may be awaited with temporaries, and destroyed while it waits, on
// each compiler of the floor: one row a call, run in every state. AddressSanitizer and a counting
// string see a temporary that is destroyed twice or not at all. What has no row fails.
#include <chrono>
#include <cstddef>
#include <memory>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

#include "coro/declared_calls.hpp"
#include "coro/suspended.hpp"
#include "coro/temporaries.hpp"
#include "support/user_filters.hpp"

namespace ps = penstock;
using namespace penstock_test;
using namespace std::chrono_literals;

namespace {

using text = ps::task<std::string>;
const flip_filter flips;

// Longer than each row waits; as a stop token that nobody requests, and as an instant.
ps::wait_limit long_wait() { return {1h, std::stop_source().get_token()}; }
std::stop_token of(std::stop_source source) { return source.get_token(); }
std::chrono::steady_clock::time_point later() { return std::chrono::steady_clock::time_point(1h); }

ps::task<counted> line_after(ps::stream_reader& in, counted before, ps::wait_limit limit) {
  co_return counted(std::string(before) + co_await in.readline(std::move(limit)));
}
// A result that is an aggregate with a destructor, as open_connection's is.
struct two_lines {
  counted first;
  std::unique_ptr<std::string> second;
};
ps::task<two_lines> lines_of(ps::stream_reader& in, counted) {
  const std::string first = co_await in.readline();
  two_lines both{counted(first), nullptr};
  both.second = std::make_unique<std::string>(co_await in.readline());
  co_return both;
}
ps::task<std::string> line_of(ps::memory::duplex_end end, counted before) {
  co_return std::string(before) + co_await end.in.readline();
}
ps::task<> append_after(std::shared_ptr<std::string> to, counted what, ps::wait_limit limit) {
  co_await ps::sleep(std::move(limit));
  *to += std::string_view(what);
}

std::string chars(std::span<const std::byte> from) { return std::string(ps::as_chars(from)); }
std::string unsent(ends e, std::size_t at_most) {
  const std::size_t n = e.out.transport().get_write_buffer_size();
  return n <= at_most ? "few" : std::to_string(n);
}

constexpr auto bytes = waits_for::bytes;
constexpr auto room = waits_for::room;
constexpr auto upgrade = waits_for::upgrade;
constexpr auto time_ = waits_for::time;

const std::vector<waiting_call> rows = {
    {"read(std::size_t)", bytes, [](ends e) -> text { co_return co_await e.in.read(3); }, "ab\r"},
    {"read(std::size_t, wait_limit)", bytes, [](ends e) -> text { co_return co_await e.in.read(3, 5s); }, "ab\r"},
    {"read()", bytes, [](ends e) -> text { co_return co_await e.in.read(); }, "ab\r\ncd\n"},
    {"read(wait_limit)", bytes,
     [](ends e) -> text { co_return co_await e.in.read({5s, std::stop_source().get_token()}); }, "ab\r\ncd\n"},
    {"readline()", bytes, [](ends e) -> text { co_return co_await e.in.readline(); }, "ab\r\n"},
    {"readline(wait_limit) a duration", bytes,
     [](ends e) -> text { co_return co_await e.in.readline(std::chrono::seconds(5)); }, "ab\r\n"},
    {"readline(wait_limit) an instant", bytes, [](ends e) -> text { co_return co_await e.in.readline(later()); },
     "ab\r\n"},
    {"readline(wait_limit) a token", bytes,
     [](ends e) -> text { co_return co_await e.in.readline(of(std::stop_source())); }, "ab\r\n"},
    {"readline(wait_limit) an instant and a token", bytes,
     [](ends e) -> text { co_return co_await e.in.readline({later(), of({})}); }, "ab\r\n"},
    {"readline(std::string&)", bytes,
     [](ends e) -> text {
       std::string line;
       const bool any = co_await e.in.readline(line);
       co_return any ? line : "none";
     },
     "ab\r\n"},
    {"readline(std::string&, wait_limit)", bytes,
     [](ends e) -> text {
       std::string line;
       const bool any = co_await e.in.readline(line, 5s);
       co_return any ? line : "none";
     },
     "ab\r\n"},
    {"next_line()", bytes, [](ends e) -> text { co_return (co_await e.in.next_line()).value_or("none"); }, "ab\r\n"},
    {"next_line(wait_limit)", bytes,
     [](ends e) -> text {
       std::string all;
       while (auto line = co_await e.in.next_line(long_wait())) all += *line + '|';
       co_return all;
     },
     "ab\r\n|cd\n|"},
    {"readexactly(std::size_t)", bytes, [](ends e) -> text { co_return co_await e.in.readexactly(5); }, "ab\r\nc"},
    {"readexactly(std::size_t, wait_limit)", bytes,
     [](ends e) -> text { co_return co_await e.in.readexactly(5, long_wait()); }, "ab\r\nc"},
    {"readuntil(separators) none", bytes, [](ends e) -> text { co_return co_await e.in.readuntil(); }, "ab\r\n"},
    {"readuntil(separators) a string", bytes,
     [](ends e) -> text { co_return co_await e.in.readuntil(std::string("\r\n")); }, "ab\r\n"},
    {"readuntil(separators) literals in braces", bytes,
     [](ends e) -> text { co_return co_await e.in.readuntil({"\r\n", "\n"}); }, "ab\r\n"},
    {"readuntil(separators) temporaries in braces", bytes,
     [](ends e) -> text { co_return co_await e.in.readuntil({counted("\n"), counted("cd"), std::string("d")}); },
     "ab\r\n"},
    {"readuntil(separators) a span", bytes,
     [](ends e) -> text {
       const std::vector<std::string_view> all = {"d", "b\r"};
       co_return co_await e.in.readuntil(std::span<const std::string_view>(all));
     },
     "ab\r"},
    {"readuntil(separators, wait_limit)", bytes,
     [](ends e) -> text { co_return co_await e.in.readuntil({counted("\n"), counted("cd")}, long_wait()); }, "ab\r\n"},
    {"readuntil(separators, wait_limit) both in braces", bytes,
     [](ends e) -> text { co_return co_await e.in.readuntil({"\r\n", "\n"}, {5s, of(std::stop_source())}); }, "ab\r\n"},
    {"skip_until(separators)", bytes,
     [](ends e) -> text {
       co_await e.in.skip_until({counted("\n"), counted("\r\n")});
       co_return std::string(e.in.peek());
     },
     "cd\n"},
    {"skip_until(separators, wait_limit)", bytes,
     [](ends e) -> text {
       co_await e.in.skip_until(counted("b"), long_wait());
       co_return std::string(e.in.peek());
     },
     "\r\ncd\n"},
    {"read_into(std::span<char>)", bytes,
     [](ends e) -> text {
       char to[4];
       co_return std::string(to, co_await e.in.read_into(to));
     },
     "ab\r\n"},
    {"read_into(std::span<char>, wait_limit)", bytes,
     [](ends e) -> text {
       std::string to(4, '.');
       co_return to.substr(0, co_await e.in.read_into(std::span<char>(to), long_wait()));
     },
     "ab\r\n"},
    {"read_into(std::span<std::byte>)", bytes,
     [](ends e) -> text {
       std::byte to[2];
       co_return chars(std::span(to).first(co_await e.in.read_into(std::span<std::byte>(to))));
     },
     "ab"},
    {"read_into(std::span<std::byte>, wait_limit)", bytes,
     [](ends e) -> text {
       std::byte to[2];
       co_return chars(std::span(to).first(co_await e.in.read_into(std::span<std::byte>(to), long_wait())));
     },
     "ab"},
    {"view(Op&&)", bytes,
     [](ends e) -> text {
       co_return std::string((co_await e.in.view(ps::readuntil({counted("x"), counted("\n")}))).text());
     },
     "ab\r\n"},
    {"view(Op&&) with something to destroy", bytes,
     [](ends e) -> text {
       const ps::read_outcome out = co_await e.in.view(constructed_line(counted("line")));
       co_return std::string(out.text());
     },
     "ab\r\n"},
    {"view(Op&&) used in place", bytes,
     [](ends e) -> text {
       aggregate_line op{counted("line"), {}};
       co_return std::string((co_await e.in.view(op)).text());
     },
     "ab\r\n"},
    {"view(Op&&, wait_limit)", bytes,
     [](ends e) -> text {
       co_return std::string((co_await e.in.view(ps::readuntil({"x", "\n"}), long_wait())).text());
     },
     "ab\r\n"},
    {"drain()", room,
     [](ends e) -> text {
       co_await e.out.drain();
       co_return unsent(e, 16 * 1024);
     },
     "few"},
    {"drain(wait_limit)", room,
     [](ends e) -> text {
       co_await e.out.drain(long_wait());
       co_return unsent(e, 16 * 1024);
     },
     "few"},
    {"flush()", room,
     [](ends e) -> text {
       co_await e.out.flush();
       co_return unsent(e, 0);
     },
     "few"},
    {"flush(wait_limit)", room,
     [](ends e) -> text {
       co_await e.out.flush(5s);
       co_return unsent(e, 0);
     },
     "few"},
    {"wait_closed()", room,
     [](ends e) -> text {
       e.out.close();
       co_await e.out.wait_closed();
       co_return e.out.close_reason().message();
     },
     "Success"},
    {"wait_closed(wait_limit)", room,
     [](ends e) -> text {
       e.out.close();
       co_await e.out.wait_closed(long_wait());
       co_return e.out.close_reason().message();
     },
     "Success"},
    {"start_tls(const filter&)", upgrade,
     [](ends e) -> text {
       co_await e.out.start_tls(flips);
       co_return e.out.underlying().layered() ? "layered" : "plain";
     },
     "layered"},
    {"start_tls(const filter&, const start_tls_options&)", upgrade,
     [](ends e) -> text {
       co_await e.out.start_tls(flips, {.server_hostname = counted("example.org"), .ssl_handshake_timeout = 5s});
       co_return e.out.underlying().layered() ? "layered" : "plain";
     },
     "layered"},
    {"start_tls(const filter&, const start_tls_options&, wait_limit)", upgrade,
     [](ends e) -> text {
       co_await e.out.start_tls(flips, {.server_hostname = std::string(100, 'x'), .server_side = true}, long_wait());
       co_return e.out.underlying().layered() ? "layered" : "plain";
     },
     "layered"},
    {"start_tls(const filter&, wait_limit)", upgrade,
     [](ends e) -> text {
       co_await e.out.start_tls(flips, long_wait());
       co_return e.out.underlying().layered() ? "layered" : "plain";
     },
     "layered"},
    {"sleep", time_,
     [](ends) -> text {
       co_await ps::sleep(ps::wait_limit(2s, of({})));
       co_await ps::sleep(std::chrono::milliseconds(3));
       co_return "slept";
     },
     "slept"},
    {"with_timeout", bytes,
     [](ends e) -> text {
       const counted line = co_await ps::with_timeout(line_after(e.in, counted("> "), 5s), long_wait());
       co_return std::string(line);
     },
     "> ab\r\n"},
    {"when_all", bytes,
     [](ends e) -> text {
       const auto to = std::make_shared<std::string>();
       auto [line, nothing] =
           co_await ps::when_all(line_after(e.in, counted("> "), long_wait()), append_after(to, counted("!"), 2s));
       static_cast<void>(nothing);
       co_return std::string(line) + *to;
     },
     "> ab\r\n!"},
    {"task", bytes,
     [](ends e) -> text {
       auto [first, second] = co_await lines_of(e.in, counted("temporary"));
       co_return std::string(first) + *second;
     },
     "ab\r\ncd\n"},
    {"task with handles in braces", bytes,
     [](ends e) -> text {
       co_return co_await line_of({ps::stream_reader(e.in.underlying()), ps::stream_writer(e.out.underlying())},
                                  counted("> "));
     },
     "> ab\r\n"},
    {"spawn", time_,
     [](ends) -> text {
       const auto to = std::make_shared<std::string>();
       ps::spawn(*ps::scheduler::current(), append_after(to, counted("spawned"), ps::wait_limit(2s, of({}))));
       co_await ps::sleep(3s);
       co_return *to;
     },
     "spawned"},
};

}  // namespace

TEST(CompilerFloor, EveryWaitingCallHasARow) {
  std::set<std::string> declared;
  add_members(declared, "stream_reader.hpp");
  add_members(declared, "stream_writer.hpp");
  add_names(declared, "task.hpp");
  add_names(declared, "timeout.hpp");
  add_names(declared, "when_all.hpp");
  std::set<std::string> named;
  for (const waiting_call& row : rows) {
    const std::string name = row.name;
    const std::size_t close = name.find(')');
    named.insert(name.substr(0, close == name.npos ? name.find(' ') : close + 1));
  }
  EXPECT_EQ(named, declared);
}

TEST(CompilerFloor, EachCallInEachState) {
  for (const waiting_call& row : rows) {
    SCOPED_TRACE(row.name);
    counted::alive = 0;
    answers_at_once(row);
    EXPECT_EQ(counted::alive, 0);
    answers_when_resumed(row);
    EXPECT_EQ(counted::alive, 0);
    leaves_all_when_given_up(row);
    EXPECT_EQ(counted::alive, 0);
    ends_with_its_loop(row);
    EXPECT_EQ(counted::alive, 0);
  }
}
