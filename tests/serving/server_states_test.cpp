// SPDX-License-Identifier: BSL-1.0
// Every phase of a server times every call of it, on memory and on epoll: the table of
// coro/server_states.hpp is walked against the implementation, and docs/server-states.md is what it prints.
#include <chrono>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>

#include "serving/nets.hpp"
#include "support/printed_page.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;
using ps::server_call;
using ps::server_phase;

constexpr server_phase phases[] = {server_phase::bound, server_phase::serving, server_phase::paused,
                                   server_phase::closed};
constexpr server_call calls[] = {
    server_call::start_serving,    server_call::serve_forever, server_call::pause_accepting,
    server_call::resume_accepting, server_call::close,         server_call::shutdown,
    server_call::close_clients,    server_call::abort_clients, server_call::wait_closed};

server_phase after(server_phase from, server_call call) {
  for (const ps::server_transition& row : ps::server_transitions)
    if (row.from == from && row.call == call) return row.to;
  return from;
}

bool is_misuse(server_phase in, server_call call) {
  for (const ps::server_misuse& row : ps::server_misuses)
    if (row.in == in && row.call == call) return true;
  return false;
}

// Whether clients that were there before it are open behind it.
bool keeps_clients(server_call call) {
  return call != server_call::shutdown && call != server_call::close_clients && call != server_call::abort_clients;
}

template <class Net>
class ServerStates : public testing::Test {
 protected:
  typename Net::loop_type loop_;
};
TYPED_TEST_SUITE(ServerStates, nets, net_names);

template <class Server>
ps::task<> make(Server& server, server_call call) {
  switch (call) {
    case server_call::start_serving: server.start_serving(); break;
    case server_call::serve_forever: {
      auto serving = server.serve_forever();
      // Run to its first wait; giving it up would close.
      const bool ended = serving.start();
      if (ended) co_return std::move(serving).result();
      EXPECT_NE(server.phase(), server_phase::closed);
      throw server.phase();  // where it waits; its frame ends behind
    }
    case server_call::pause_accepting: server.pause_accepting(); break;
    case server_call::resume_accepting: server.resume_accepting(); break;
    case server_call::close: server.close(); break;
    case server_call::shutdown: co_await server.shutdown(1s); break;
    case server_call::close_clients: server.close_clients(); break;
    case server_call::abort_clients: server.abort_clients(); break;
    case server_call::wait_closed: try { co_await ps::with_timeout(server.wait_closed(), 10ms);
      } catch (const std::system_error&) {  // it waits for a close, or for clients
      }
      break;
  }
}

// R110 to R116.
TYPED_TEST(ServerStates, AreThoseOfTheTable) {
  const auto story = []() -> ps::task<> {
    for (const server_phase from : phases) {
      for (const server_call call : calls) {
        SCOPED_TRACE(std::string(name(from)) + " " + std::string(name(call)));
        auto server = co_await TypeParam::serve(handlers::echo_lines,
                                                {.host = TypeParam::host, .port = 0, .start_serving = false});
        std::optional<ps::open_streams> client;
        if (from != server_phase::bound) {
          server.start_serving();
          client.emplace(
              co_await TypeParam::connect({.host = TypeParam::host, .port = static_cast<int>(server.port())}));
          client->out.write("there\n");
          EXPECT_EQ(co_await client->in.readline(), "there\n");
        }
        if (from == server_phase::paused) server.pause_accepting();
        if (from == server_phase::closed) server.close();
        EXPECT_EQ(server.phase(), from);
        bool misused = false;
        server_phase reached = from;
        try {
          co_await make(server, call);
          reached = server.phase();
        } catch (const std::logic_error&) {
          misused = true;
          reached = server.phase();
        } catch (const server_phase waiting) {
          reached = waiting;
        }
        EXPECT_EQ(misused, is_misuse(from, call));
        EXPECT_EQ(name(reached), name(after(from, call)));
        EXPECT_EQ(server.is_serving(),
                  server.phase() == server_phase::serving || server.phase() == server_phase::paused);
        co_await ps::sleep(5ms);
        if (!client) continue;
        EXPECT_EQ(server.connections(), keeps_clients(call) ? 1u : 0u);
      }
    }
  };
  this->loop_.run_until(story());
}

std::string printed() {
  std::ostringstream out;
  out << "<!-- SPDX-License-Identifier: BSL-1.0 -->\n"
         "# The states of a server\n\n"
         "Printed from the tables in `adapters/coro/include/penstock/coro/server_states.hpp` by\n"
         "`tests/serving/server_states_test.cpp`, which holds memory and epoll to them. Not edited by hand.\n\n"
         "| state | meaning |\n|---|---|\n"
         "| `bound` | it has its addresses and does not listen |\n"
         "| `serving` | clients are accepted, but where `max_connections` are open |\n"
         "| `paused` | it listens; clients wait in the backlog |\n"
         "| `closed` | it listens no more; connections live on |\n\n"
         "What a call does; where nothing is said it changes nothing in the state.\n\n| call |";
  for (const server_phase phase : phases) out << " `" << name(phase) << "` |";
  out << "\n|---|---|---|---|---|\n";
  for (const server_call call : calls) {
    out << "| `" << name(call) << "` |";
    for (const server_phase phase : phases) {
      if (is_misuse(phase, call))
        out << " `std::logic_error` |";
      else if (after(phase, call) != phase)
        out << " `" << name(after(phase, call)) << "` |";
      else
        out << " |";
    }
    out << '\n';
  }
  out << "\n`close_clients`, `abort_clients` and `shutdown` end the connections that there are; `wait_closed` waits "
         "for\n"
         "`closed` and for the last connection; `serve_forever` waits for `closed`, and closes where it is given up.\n";
  return out.str();
}

TEST(ServerStatesPage, IsWhatTheTablesPrint) { expect_page("server-states.md", printed()); }

}  // namespace
