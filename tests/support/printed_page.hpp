// SPDX-License-Identifier: BSL-1.0
// A page of docs/ that a test prints from the tables that it walks.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

namespace penstock_test {

inline std::string file_text(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The page must say `text`. With PENSTOCK_REGENERATE set it is written first.
inline void expect_page(const std::string& name, const std::string& text) {
  const std::string path = PENSTOCK_SOURCE_DIR "/docs/" + name;
  if (std::getenv("PENSTOCK_REGENERATE") != nullptr) std::ofstream(path) << text;
  EXPECT_EQ(file_text(path), text) << "docs/" << name
                                   << " differs from what this test prints. ./dev docs prints it anew.";
}

}  // namespace penstock_test
