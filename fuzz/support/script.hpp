// SPDX-License-Identifier: BSL-1.0
// The script format, which users have as well: penstock::testing holds it.
#pragma once

#include <penstock/testing/script.hpp>

namespace penstock::fuzz {

using testing::compile;
using testing::is_text;
using testing::opcode;
using testing::script;
using testing::step;

}  // namespace penstock::fuzz
