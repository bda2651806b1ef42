// SPDX-License-Identifier: BSL-1.0
// A file's bytes, or why they cannot be had: a folder opens like a file, and reading it throws.
#pragma once

#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <system_error>

namespace penstock { inline namespace v0 { namespace testing {

inline std::optional<std::string> read_file(const std::filesystem::path& path, std::string& problem) {
  std::error_code ec;
  std::ifstream file(path, std::ios::binary);
  std::string bytes;
  char some[4096];
  while (file.read(some, sizeof some) || file.gcount() != 0)
    bytes.append(some, static_cast<std::size_t>(file.gcount()));
  if (file.is_open() && !file.bad()) return bytes;
  problem = std::filesystem::is_directory(path, ec) ? "is a folder" : "cannot be read";
  return std::nullopt;
}

}}}  // namespace penstock::v0::testing
