// SPDX-License-Identifier: BSL-1.0
// What a server's calls do in each of its states: a table, which the implementation walks.
#pragma once

#include <cstdint>
#include <string_view>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {

enum class server_phase : std::uint8_t {
  bound,    // it has its addresses and does not listen (start_serving=False)
  serving,  // clients are accepted, but where max_connections are open
  paused,   // it listens; clients wait in the backlog
  closed,   // it listens no more; connections live on (R113)
};

enum class server_call : std::uint8_t {
  start_serving,
  serve_forever,
  pause_accepting,
  resume_accepting,
  close,
  shutdown,
  close_clients,
  abort_clients,
  wait_closed,
};

PENSTOCK_API std::string_view name(server_phase) noexcept;
PENSTOCK_API std::string_view name(server_call) noexcept;

// A call that no row names for a phase changes nothing in it.
struct server_transition {
  server_phase from;
  server_call call;
  server_phase to;
};

inline constexpr server_transition server_transitions[] = {
    {server_phase::bound, server_call::start_serving, server_phase::serving},
    {server_phase::bound, server_call::serve_forever, server_phase::serving},
    {server_phase::bound, server_call::close, server_phase::closed},
    {server_phase::bound, server_call::shutdown, server_phase::closed},
    {server_phase::serving, server_call::pause_accepting, server_phase::paused},
    {server_phase::serving, server_call::close, server_phase::closed},
    {server_phase::serving, server_call::shutdown, server_phase::closed},
    {server_phase::paused, server_call::resume_accepting, server_phase::serving},
    {server_phase::paused, server_call::close, server_phase::closed},
    {server_phase::paused, server_call::shutdown, server_phase::closed},
};

// Calls that are an error in a phase: std::logic_error (R111, R112).
struct server_misuse {
  server_phase in;
  server_call call;
};

inline constexpr server_misuse server_misuses[] = {
    {server_phase::closed, server_call::start_serving},
    {server_phase::closed, server_call::serve_forever},
};

}}  // namespace penstock::v0
