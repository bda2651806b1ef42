// SPDX-License-Identifier: BSL-1.0
// What the sending side and the connection answer prints by name where an expectation fails.
#pragma once

#include <ostream>

#include <penstock/connection.hpp>
#include <penstock/time.hpp>
#include <penstock/wire.hpp>
#include <penstock/write_half.hpp>

namespace penstock { inline namespace v0 {

inline void PrintTo(write_step step, std::ostream* out) { *out << name(step); }
inline void PrintTo(wire_step step, std::ostream* out) { *out << name(step); }
inline void PrintTo(connection_state state, std::ostream* out) { *out << name(state); }
inline void PrintTo(connection_event event, std::ostream* out) { *out << name(event); }
inline void PrintTo(time_point t, std::ostream* out) { *out << t.time_since_epoch().count() << " ns"; }

}}  // namespace penstock::v0
