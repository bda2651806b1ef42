// SPDX-License-Identifier: BSL-1.0
// Reads from the headers which calls may be awaited: what a table of them must name.
#pragma once

#include <cstddef>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "support/declarations.hpp"

namespace penstock_test {

inline std::vector<std::string> lines_of_header(const char* header) {
  std::ifstream file(std::string(PENSTOCK_SOURCE_DIR "/adapters/coro/include/penstock/coro/") + header);
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

// The awaitable calls that a header declares: members that answer auto, as "name(parameter types)".
inline void add_members(std::set<std::string>& to, const char* header) {
  for (const std::string& line : lines_of_header(header)) {
    const std::size_t open = line.find('(');
    const std::size_t close = line.find(") const {");
    if (!line.starts_with("  auto ") || open == line.npos || close == line.npos) continue;
    to.insert(line.substr(7, open - 7) + "(" + parameter_types(line.substr(open + 1, close - open - 1)) + ")");
  }
}
// Awaitable classes, and functions.
inline void add_names(std::set<std::string>& to, const char* header) {
  for (const std::string& line : lines_of_header(header)) {
    for (const std::string before : {"class [[nodiscard]] ", "PENSTOCK_API void "})
      if (line.starts_with(before))
        to.insert(line.substr(before.size(), line.find_first_of(" (", before.size()) - before.size()));
  }
}

}  // namespace penstock_test
