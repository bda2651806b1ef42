// SPDX-License-Identifier: BSL-1.0
// readuntil as R30-R35 say it, over a whole buffer, by the slowest way there is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

#include "support/answer.hpp"

namespace penstock_test {

// What readuntil answers when it is asked with exactly `buffered` there. With data and with
// incomplete the text is what it takes; with anything else it takes nothing.
inline answer naive_readuntil(std::string_view buffered, std::vector<std::string_view> separators, std::size_t limit,
                              bool at_end = false) {
  std::sort(separators.begin(), separators.end(),
            [](std::string_view a, std::string_view b) { return a.size() < b.size(); });
  for (std::size_t end = 1; end <= buffered.size(); ++end) {
    for (const std::string_view separator : separators) {
      if (!buffered.substr(0, end).ends_with(separator)) continue;
      const std::size_t begin = end - separator.size();
      return begin > limit ? overrun(begin) : delivered(buffered.substr(0, end));  // R34
    }
  }
  const std::size_t longest = separators.back().size();
  const std::size_t offset = buffered.size() + 1 > longest ? buffered.size() + 1 - longest : 0;  // R32
  if (offset > limit) return overrun(offset);                                                    // R33
  return at_end ? incomplete(buffered) : need_more();                                            // R35
}

}  // namespace penstock_test
