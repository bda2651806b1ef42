// SPDX-License-Identifier: BSL-1.0
// What options refuse, before anything is opened, and in which words: they say what to do.
#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>

#include <examples/handlers.hpp>
#include <tests/support/user_filters.hpp>

#include "serving/nets.hpp"

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;
namespace pe = penstock::epoll;
namespace pm = penstock::memory;

const flip_filter layer{};
pe::event_loop& sockets() {
  static pe::event_loop loop;
  return loop;
}
pm::event_loop& memory() {
  static pm::event_loop loop;
  return loop;
}

void connect(const pe::connection_options& o) { static_cast<void>(pe::open_connection(sockets(), o)); }
void connect_unix(const pe::unix_connection_options& o) { static_cast<void>(pe::open_unix_connection(sockets(), o)); }
void connect_in_memory(const pm::connection_options& o) { static_cast<void>(pm::open_connection(memory(), o)); }
void serve(const pe::server_options& o) { static_cast<void>(pe::start_server(sockets(), handlers::echo_lines, o)); }
void serve_unix(const pe::unix_server_options& o) {
  static_cast<void>(pe::start_unix_server(sockets(), handlers::echo_lines, o));
}
void serve_in_memory(const pm::server_options& o) {
  static_cast<void>(pm::start_server(memory(), handlers::echo_lines, o));
}

void join(const pm::duplex_options& o) { static_cast<void>(pm::duplex(memory(), o)); }

struct refusal {
  const char* rule;
  void (*call)();
  const char* text;
};

constexpr const char* no_limit = "limit must be at least 1: no line fits into 0 bytes";
constexpr const char* marks = "high must be at least low";
constexpr const char* deadline = "a deadline must be above 0; deadlines::off is none";
constexpr const char* hostname_alone =
    "server_hostname is only meaningful with ssl: set ssl, or leave server_hostname out";
constexpr const char* handshake_alone =
    "ssl_handshake_timeout is only meaningful with ssl: set ssl, or leave the timeout out";
constexpr const char* shutdown_alone =
    "ssl_shutdown_timeout is only meaningful with ssl: set ssl, or leave the timeout out";
constexpr const char* handshake_zero = "ssl_handshake_timeout must be above 0";
constexpr const char* shutdown_below = "ssl_shutdown_timeout must not be negative";
constexpr const char* no_hostname =
    "You must set server_hostname when using ssl without a host: to the name in the certificate";
constexpr const char* unix_no_hostname =
    "you have to pass server_hostname when using ssl: the name in the certificate, or ''";
constexpr const char* both = "host/port and sock can not be specified at the same time: leave one of them out";
constexpr const char* neither = "host and port was not specified and no sock specified: set host and port, or sock";
constexpr const char* path_both = "path and sock can not be specified at the same time: leave one of them out";
constexpr const char* path_neither = "no path and sock were specified: set one of them";
constexpr const char* serve_neither = "Neither host/port nor sock were specified: set port (0 for any), or sock";
constexpr const char* port = "a port must be 0-65535";
constexpr const char* zero_byte = "a host's or service's name has no zero byte inside";
constexpr const char* path_bad = "the path is too long for a Unix socket, or has a zero byte inside";
constexpr const char* no_sockets = "memory has no sockets to take over: leave sock out";
constexpr const char* backlog = "backlog must not be negative";
constexpr const char* no_connections =
    "max_connections must be at least 1: leave it out for no bound, or pause_accepting() for a while";

const refusal refusals[] = {
    {"R11 duplex", [] { join({.first = {.reading = {.limit = 0}}}); }, no_limit},
    {"R75 duplex", [] { join({.second = {.writing = {.high = 1, .low = 2}}}); }, marks},
    {"I-18 duplex", [] { join({.first = {.policy = {.idle = 0s}}}); }, deadline},

    {"R98 limit", [] { connect({.host = "h", .port = 1, .limit = 0}); }, no_limit},
    {"R75 marks", [] { connect({.host = "h", .port = 1, .writing = {.high = 1, .low = 2}}); }, marks},
    {"I-18 deadlines", [] { connect({.host = "h", .port = 1, .policy = {.idle = 0s}}); }, deadline},
    {"R99 server_hostname", [] { connect({.host = "h", .port = 1, .server_hostname = "h"}); }, hostname_alone},
    {"R99 ssl", [] { connect({.port = 1, .ssl = &layer}); }, no_hostname},
    {"R99 ssl with sock", [] { connect({.ssl = &layer, .sock = 0}); }, no_hostname},
    {"R99 handshake", [] { connect({.host = "h", .port = 1, .ssl_handshake_timeout = 1s}); }, handshake_alone},
    {"R99 handshake", [] { connect({.host = "h", .ssl = &layer, .ssl_handshake_timeout = 0s}); }, handshake_zero},
    {"R99 shutdown", [] { connect({.host = "h", .port = 1, .ssl_shutdown_timeout = 1s}); }, shutdown_alone},
    {"R99 shutdown", [] { connect({.host = "h", .ssl = &layer, .ssl_shutdown_timeout = -1s}); }, shutdown_below},
    {"R99 host and sock", [] { connect({.host = "h", .sock = 0}); }, both},
    {"R99 port and sock", [] { connect({.port = 1, .sock = 0}); }, both},
    {"R99 nothing", [] { connect({}); }, neither},
    {"R98 port", [] { connect({.host = "h", .port = 65536}); }, port},
    {"R98 port", [] { connect({.host = "h", .port = -1}); }, port},
    {"R98 port", [] { connect({.host = "h", .port = ~std::size_t{0}}); }, port},
    {"R98 port", [] { connect({.host = "h", .port = "65536"}); }, port},
    {"R98 port", [] { connect({.host = "h", .port = "109725"}); }, port},
    {"R98 host", [] { connect({.host = std::string_view("127.0.0.1\0.trusted.example", 26), .port = 1}); }, zero_byte},
    {"R98 port", [] { connect({.host = "h", .port = std::string_view("80\0", 3)}); }, zero_byte},
    {"R100 local_addr", [] { connect({.host = "h", .port = 1, .local_addr = {std::string_view("a\0b", 3), 0}}); },
     zero_byte},
    {"R100 local_addr", [] { connect({.host = "h", .port = 1, .local_addr = {"h", 65536}}); }, port},
    {"R101 delay", [] { connect({.host = "h", .port = 1, .happy_eyeballs_delay = -1s}); },
     "happy_eyeballs_delay must not be negative"},
    {"R101 timeout", [] { connect({.host = "h", .port = 1, .connect_timeout = 0s}); },
     "connect_timeout must be above 0; leave it out for none"},
    {"R69 user_timeout", [] { connect({.host = "h", .port = 1, .user_timeout = 0s}); },
     "user_timeout must be above 0; leave it out for none"},

    {"R101a limit", [] { connect_unix({.path = "p", .limit = 0}); }, no_limit},
    {"R101a ssl", [] { connect_unix({.path = "p", .ssl = &layer}); }, unix_no_hostname},
    {"R101a server_hostname", [] { connect_unix({.path = "p", .server_hostname = "h"}); }, hostname_alone},
    {"R101a handshake", [] { connect_unix({.path = "p", .ssl_handshake_timeout = 1s}); }, handshake_alone},
    {"R101a shutdown", [] { connect_unix({.path = "p", .ssl_shutdown_timeout = 1s}); }, shutdown_alone},
    {"R101a path and sock", [] { connect_unix({.path = "p", .sock = 0}); }, path_both},
    {"R101a nothing", [] { connect_unix({}); }, path_neither},
    {"R101a path", [] { connect_unix({.path = std::string_view("a\0b", 3)}); }, path_bad},
    {"R101a path",
     [] {
       static const std::string long_path(200, 'x');
       connect_unix({.path = long_path});
     },
     path_bad},

    {"R103 limit", [] { serve({.port = 0, .limit = 0}); }, no_limit},
    {"R102 handshake", [] { serve({.port = 0, .ssl_handshake_timeout = 1s}); }, handshake_alone},
    {"R102 handshake", [] { serve({.port = 0, .ssl = &layer, .ssl_handshake_timeout = 0s}); }, handshake_zero},
    {"R102 shutdown", [] { serve({.port = 0, .ssl_shutdown_timeout = 1s}); }, shutdown_alone},
    {"R102 host and sock", [] { serve({.host = "h", .sock = 0}); }, both},
    {"R102 nothing", [] { serve({}); }, serve_neither},
    {"R102 port", [] { serve({.port = 65536}); }, port},
    {"R102 port", [] { serve({.host = "h", .port = -1}); }, port},
    {"R102 host", [] { serve({.host = std::string_view("a\0b", 3), .port = 0}); }, zero_byte},
    {"R104 host",
     [] {
       static const std::vector<std::string_view> none;
       serve({.host = none, .port = 0});
     },
     "host is a list without a name: leave it out for all interfaces"},
    {"R102 port", [] { serve({.port = std::string_view("80\0", 3)}); }, zero_byte},
    {"R102 backlog", [] { serve({.port = 0, .backlog = -1}); }, backlog},
    {"R109 max_connections", [] { serve({.port = 0, .max_connections = 0}); }, no_connections},
    {"R6 max_handshakes", [] { serve({.port = 0, .max_handshakes = 0}); }, "max_handshakes must be at least 1"},
    {"R103 deadlines", [] { serve({.port = 0, .policy = {.close_flush = 0s}}); }, deadline},
    {"R69 user_timeout", [] { serve({.port = 0, .user_timeout = 0s}); },
     "user_timeout must be above 0; leave it out for none"},

    {"R105 limit", [] { serve_unix({.path = "p", .limit = 0}); }, no_limit},
    {"R105 path and sock", [] { serve_unix({.path = "p", .sock = 0}); }, path_both},
    {"R105 nothing", [] { serve_unix({}); }, path_neither},
    {"R105 path", [] { serve_unix({.path = std::string_view("a\0b", 3)}); }, path_bad},
    {"R105 mode", [] { serve_unix({.path = "p", .mode = 010000}); }, "mode must be permissions: 0 to 07777"},
    {"R105 mode", [] { serve_unix({.path = std::string_view("\0p", 2), .mode = 0600}); },
     "mode is only meaningful for a path that makes a file"},
    {"R105 backlog", [] { serve_unix({.path = "p", .backlog = -1}); }, backlog},
    {"R109 max_connections", [] { serve_unix({.path = "p", .max_connections = 0}); }, no_connections},

    {"R98 limit", [] { connect_in_memory({.host = "h", .port = 1, .limit = 0}); }, no_limit},
    {"R99 server_hostname", [] { connect_in_memory({.host = "h", .port = 1, .server_hostname = "h"}); },
     hostname_alone},
    {"R99 ssl", [] { connect_in_memory({.port = 1, .ssl = &layer}); }, no_hostname},
    {"R99 nothing", [] { connect_in_memory({}); }, neither},
    {"R98 port", [] { connect_in_memory({.host = "h", .port = -1}); }, port},
    {"R99 sock", [] { connect_in_memory({.sock = 0}); }, no_sockets},
    {"R101a nothing", [] { static_cast<void>(pm::open_unix_connection(memory(), {})); }, path_neither},
    {"R101a sock", [] { static_cast<void>(pm::open_unix_connection(memory(), {.sock = 0})); }, no_sockets},
    {"R103 limit", [] { serve_in_memory({.port = 0, .limit = 0}); }, no_limit},
    {"R102 nothing", [] { serve_in_memory({}); }, serve_neither},
    {"R102 sock", [] { serve_in_memory({.sock = 0}); }, no_sockets},
    {"R109 max_connections", [] { serve_in_memory({.port = 0, .max_connections = 0}); }, no_connections},
};

// R98, R99, R101a, R102, R103, R109: a bad combination says what to do.
TEST(Refusals, SayWhatToDo) {
  for (const refusal& row : refusals) {
    SCOPED_TRACE(row.rule);
    std::string text = "nothing was refused";
    try {
      row.call();
    } catch (const std::invalid_argument& e) {
      text = e.what();
    }
    EXPECT_EQ(text, row.text);
  }
}

// R103 as mended: what a filter has against the options is told by the call, not to each connection.
TEST(Refusals, AskTheFilterBeforeThereIsAConnection) {
  struct choosy_filter final : penstock::filter {
    std::error_code check(const penstock::filter_options& o) const noexcept override {
      return o.server || o.server_hostname == "h" ? make_error_code(penstock::errc::no_memory) : std::error_code();
    }
    penstock::wire_handle wrap(penstock::connection&, const penstock::filter_options&,
                               std::error_code&) const noexcept override {
      return {};
    }
  };
  static const choosy_filter choosy;
  const auto code_of = [](auto call) {
    try {
      call();
    } catch (const std::system_error& e) {
      return e.code();
    }
    return std::error_code();
  };
  EXPECT_EQ(code_of([] { serve({.port = 0, .ssl = &choosy}); }), penstock::errc::no_memory);
  EXPECT_EQ(code_of([] { serve_unix({.path = "p", .ssl = &choosy}); }), penstock::errc::no_memory);
  EXPECT_EQ(code_of([] { serve_in_memory({.port = 1, .ssl = &choosy}); }), penstock::errc::no_memory);
  EXPECT_EQ(code_of([] { connect({.host = "h", .port = 1, .ssl = &choosy}); }), penstock::errc::no_memory);
  EXPECT_EQ(code_of([] { connect({.host = "h", .port = 1, .ssl = &choosy, .server_hostname = "g"}); }),
            std::error_code());
  EXPECT_EQ(code_of([] { connect_unix({.path = "p", .ssl = &choosy, .server_hostname = "h"}); }),
            penstock::errc::no_memory);
}

// R12: without a loop there is none to be found.
TEST(Refusals, AskForALoopOutsideOne) {
  EXPECT_THROW(static_cast<void>(pe::open_connection({.host = "h", .port = 1})), std::logic_error);
  EXPECT_THROW(static_cast<void>(pm::open_connection({.host = "h", .port = 1})), std::logic_error);
}

}  // namespace
