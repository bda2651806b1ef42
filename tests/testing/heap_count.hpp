// SPDX-License-Identifier: BSL-1.0
// How many bytes operator new has handed out: for handler_options::heap_in_use.
#pragma once

#include <cstddef>

namespace penstock_tests {

std::size_t heap_in_use();

}  // namespace penstock_tests
