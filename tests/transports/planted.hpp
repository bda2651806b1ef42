// SPDX-License-Identifier: BSL-1.0
// Which planted fault is awake.
#pragma once

#include <string_view>

namespace penstock_test {

struct planted_fault {
  std::string_view what;
  std::string_view check;  // that catches it
};

inline std::string_view awake;  // none: nothing is wrong

inline bool planted(std::string_view what) noexcept { return what == awake; }

}  // namespace penstock_test
