// SPDX-License-Identifier: BSL-1.0
// What a transport brings to a connection, and what a reader then has of it.
#pragma once

#include <string>

#include <penstock/connection.hpp>
#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/values.hpp"

namespace penstock_test {

// Bytes as a transport brings them that has memory of its own.
inline void arrive(penstock::connection& c, std::string bytes) {
  c.lend_input(bytes, 0);
  c.settle_input();
  c.validate();
}

inline answer next_read(penstock::connection& c) { return ask(c.in(), penstock::read_some(100)); }

}  // namespace penstock_test
