// SPDX-License-Identifier: BSL-1.0
// A main for fuzz targets where there is no libFuzzer: runs the files and folders it is given.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "script.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

std::optional<std::string> read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// Files below a folder in the order of their names; what is no folder as it is.
std::vector<std::filesystem::path> inputs(const std::filesystem::path& root) {
  std::vector<std::filesystem::path> files;
  if (!std::filesystem::is_directory(root)) return {root};
  for (const auto& entry : std::filesystem::recursive_directory_iterator(root))
    if (entry.is_regular_file() && entry.path().extension() != ".md") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

// A script in text form is run as its binary form.
bool run(const std::filesystem::path& path) {
  std::optional<std::string> bytes = read(path);
  std::string problem = "cannot be read";
  if (bytes && penstock::fuzz::is_text(*bytes)) bytes = penstock::fuzz::compile(*bytes, problem);
  if (!bytes) {
    std::fprintf(stderr, "%s: %s\n", path.string().c_str(), problem.c_str());
    return false;
  }
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes->data()), bytes->size());
  return true;
}

}  // namespace

// Answers 1 if a file could not be run, or if there was none: a test that ran nothing is no test.
int main(int argc, char** argv) {
  std::size_t done = 0;
  bool good = true;
  for (int i = 1; i < argc; ++i) {
    for (const std::filesystem::path& path : inputs(argv[i])) {
      const bool ran = run(path);
      good = good && ran;
      if (ran) ++done;
    }
  }
  std::printf("%zu inputs passed\n", done);
  return good && done != 0 ? 0 : 1;
}
