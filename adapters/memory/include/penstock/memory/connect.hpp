// SPDX-License-Identifier: BSL-1.0
// open_connection to a virtual address of the loop's network.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

#include <penstock/connect_race.hpp>
#include <penstock/contract.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/deadlines.hpp>
#include <penstock/filter.hpp>
#include <penstock/memory/duplex.hpp>
#include <penstock/memory/event_loop.hpp>

namespace penstock { inline namespace v0 { namespace memory {

// As of epoll::open_connection, where a virtual network has it.
struct connection_options {
  std::string_view host = {};
  std::optional<int> port = {};
  std::size_t limit = 64 * 1024;
  const filter* ssl = nullptr;
  std::optional<std::string_view> server_hostname = {};
  std::optional<duration> ssl_handshake_timeout = {};
  std::optional<duration> ssl_shutdown_timeout = {};
  duration happy_eyeballs_delay = race_options::off;
  bool all_errors = false;
  duration connect_timeout = race_options::off;
  std::size_t max_buffered = 16 * 1024 * 1024;
  write_options writing = {};
  deadlines policy = {};
};
static_assert(std::is_trivially_destructible_v<connection_options>);

// As epoll::open_connection. Without a filter the connection is there before the server has
// accepted it.
PENSTOCK_API task<duplex_end> open_connection(event_loop& loop, const connection_options& options);
// In the loop that runs the task.
PENSTOCK_API task<duplex_end> open_connection(const connection_options& options);

}}}  // namespace penstock::v0::memory
