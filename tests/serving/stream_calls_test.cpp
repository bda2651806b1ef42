// SPDX-License-Identifier: BSL-1.0
// Every state of a connection times every call of its faces, on memory and on epoll: the table below is
// walked against the implementation, and docs/stream-calls.md is what it prints. States are those of
// connection.hpp, whose own table says where close and abort lead.
#include <chrono>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include <tests/support/user_filters.hpp>

#include "serving/nets.hpp"
#include "support/printed_page.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;
using ps::connection_state;

enum class stream_call { write, write_eof, read, drain, flush, wait_closed, start_tls, close, abort };

constexpr std::pair<stream_call, std::string_view> calls[] = {
    {stream_call::write, "write"},         {stream_call::write_eof, "write_eof"},
    {stream_call::read, "read"},           {stream_call::drain, "drain"},
    {stream_call::flush, "flush"},         {stream_call::wait_closed, "wait_closed"},
    {stream_call::start_tls, "start_tls"}, {stream_call::close, "close"},
    {stream_call::abort, "abort"}};

struct row {
  connection_state state;
  std::string_view how;         // it is reached
  std::string_view answers[9];  // in the order of the calls; of close and abort: the state behind them
};

// R18, R53, R55, R57, R58, R62, R71, R72, R78 to R80, R92, as mended. "waits": until something happens.
constexpr row table[] = {
    {connection_state::open,
     "connected",
     {"accepted", "accepted", "waits", "done", "done", "waits", "done", "closing", "aborting"}},
    {connection_state::input_ended,
     "the peer's FIN has come",
     {"accepted", "accepted", "the end", "done", "done", "waits", "not_connected", "closing", "aborting"}},
    {connection_state::output_ended,
     "`write_eof()`",
     {"std::logic_error", "accepted", "waits", "done", "done", "waits", "not_connected", "closing", "aborting"}},
    {connection_state::both_ended,
     "both",
     {"std::logic_error", "accepted", "the end", "done", "done", "waits", "not_connected", "closing", "aborting"}},
    {connection_state::closing,
     "`close()`, and the peer takes nothing",
     {"not_connected", "not_connected", "waits", "waits", "waits", "waits", "not_connected", "closing", "aborting"}},
    {connection_state::aborting,
     "`abort()`, before the next turn",
     {"not_connected", "not_connected", "the end", "not_connected", "done", "done", "not_connected", "aborting",
      "aborting"}},
    {connection_state::closed,
     "the transport has closed",
     {"not_connected", "not_connected", "the end", "not_connected", "done", "done", "not_connected", "closed",
      "closed"}},
};

const flip_filter flips{};

std::string text_of(std::error_code ec) {
  if (!ec) return "accepted";
  return ec == ps::errc::not_connected ? "not_connected" : ec.message();
}

template <class Streams>
ps::task<std::string> make(Streams& s, stream_call call) {
  const ps::wait_limit soon = 2ms;
  try {
    switch (call) {
      case stream_call::write: co_return text_of(s.out.write("x"));
      case stream_call::write_eof: co_return text_of(s.out.write_eof());
      case stream_call::read: {
        const std::string some = co_await s.in.read(1, soon);
        co_return some.empty() ? "the end" : some;
      }
      case stream_call::drain: co_await s.out.drain(soon); co_return "done";
      case stream_call::flush: co_await s.out.flush(soon); co_return "done";
      case stream_call::wait_closed: co_await s.out.wait_closed(soon); co_return "done";
      case stream_call::start_tls: co_await s.out.start_tls(flips); co_return "done";
      case stream_call::close: s.out.close(); break;
      case stream_call::abort: s.out.abort(); break;
    }
  } catch (const std::logic_error&) {
    co_return "std::logic_error";
  } catch (const std::system_error& e) {
    co_return e.code() == ps::errc::timed_out ? "waits" : text_of(e.code());
  }
  co_return std::string(name(s.out.underlying().inner().state()));
}

template <class Net>
class StreamCalls : public testing::Test {
 protected:
  typename Net::loop_type loop_;
};
TYPED_TEST_SUITE(StreamCalls, nets, net_names);

// The peer's side, for as long as the test wants it.
struct peer {
  std::optional<ps::stream_reader> in;
  std::optional<ps::stream_writer> out;
};

template <class Streams>
ps::task<> bring(Streams& s, peer& other, connection_state to) {
  while (!other.out) co_await ps::sleep(1ms);
  switch (to) {
    case connection_state::open: break;
    case connection_state::input_ended: other.out->write_eof(); break;
    case connection_state::output_ended: s.out.write_eof(); break;
    case connection_state::both_ended:
      s.out.write_eof();
      other.out->write_eof();
      break;
    case connection_state::closing:
      s.out.write(std::string(20'000'000, 'x'));
      s.out.close();
      break;
    case connection_state::aborting: s.out.abort(); co_return;
    case connection_state::closed:
      s.out.close();
      co_await s.out.wait_closed();
      break;
  }
  co_await ps::sleep(3ms);
}

TYPED_TEST(StreamCalls, AnswerAsTheTableSays) {
  peer other;
  const auto keep = [&other](ps::stream_reader in, ps::stream_writer out) -> ps::task<> {
    other.in.emplace(std::move(in));
    other.out.emplace(std::move(out));
    while (other.out) co_await ps::sleep(1ms);
  };
  const auto story = [&]() -> ps::task<> {
    auto server = co_await TypeParam::serve(keep, {.host = TypeParam::host, .port = 0, .limit = 100});
    for (const row& one : table) {
      for (std::size_t i = 0; i != std::size(calls); ++i) {
        SCOPED_TRACE(std::string(name(one.state)) + " " + std::string(calls[i].second));
        auto s = co_await TypeParam::connect({.host = TypeParam::host, .port = static_cast<int>(server.port())});
        co_await bring(s, other, one.state);
        EXPECT_EQ(name(s.out.underlying().inner().state()), name(one.state));
        EXPECT_EQ(co_await make(s, calls[i].first), one.answers[i]);
        s.out.abort();
        other.in.reset();
        other.out.reset();
        co_await ps::sleep(3ms);
      }
    }
  };
  this->loop_.run_until(story());
}

std::string printed() {
  std::ostringstream out;
  out << "<!-- SPDX-License-Identifier: BSL-1.0 -->\n"
         "# What a stream's calls answer in each state\n\n"
         "Printed from the table in `tests/serving/stream_calls_test.cpp`, which holds memory and epoll to it. Not "
         "edited\n"
         "by hand. The states are those of [connection-states.md](connection-states.md); nothing is buffered for "
         "reading.\n"
         "`waits`: until something happens, or the wait's limit. `close` and `abort`: the state behind them.\n\n"
         "| state | how |";
  for (const auto& call : calls) out << " `" << call.second << "` |";
  out << "\n|---|---|---|---|---|---|---|---|---|---|---|\n";
  for (const row& one : table) {
    out << "| `" << name(one.state) << "` | " << one.how << " |";
    for (const std::string_view answer : one.answers) out << ' ' << answer << " |";
    out << '\n';
  }
  return out.str();
}

TEST(StreamCallsPage, IsWhatTheTablePrints) { expect_page("stream-calls.md", printed()); }

}  // namespace
