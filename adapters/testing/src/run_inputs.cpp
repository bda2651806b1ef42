// SPDX-License-Identifier: BSL-1.0
// A program around a fuzz target where there is no libFuzzer.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <penstock/testing/fuzz_handler.hpp>
#include <penstock/testing/generators.hpp>
#include <penstock/testing/script.hpp>

#include "read_file.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

namespace fs = std::filesystem;

void complain(const fs::path& path, const std::string& problem) {
  std::fprintf(stderr, "%s: %s\n", path.string().c_str(), problem.c_str());
}

// Adds the files below a folder; false if a folder cannot be read, which is said, and the others are still added.
bool add_files(const fs::path& folder, std::vector<fs::path>& files) {
  std::error_code ec;
  bool good = true;
  for (fs::directory_iterator at(folder, ec), end; !ec && at != end; at.increment(ec)) {
    std::error_code none;
    if (at->is_directory(none) && !at->is_symlink(none))
      good = add_files(at->path(), files) && good;
    else if (at->is_regular_file(none) && at->path().extension() != ".md")
      files.push_back(at->path());
  }
  if (ec) complain(folder, ec.message());
  return good && !ec;
}

// Files below a folder in the order of their names; what is no folder as it is.
bool inputs(const fs::path& root, std::vector<fs::path>& files) {
  std::error_code none;
  files.clear();
  if (!fs::is_directory(root, none)) {
    files.push_back(root);
    return true;
  }
  const bool good = add_files(root, files);
  std::sort(files.begin(), files.end());
  return good;
}

void run(test_function test, std::string_view bytes) {
  test(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

// A script in text form is run as its binary form.
std::optional<std::string> load(const fs::path& path) {
  std::string problem;
  std::optional<std::string> bytes = read_file(path, problem);
  if (bytes && is_text(*bytes)) bytes = compile(*bytes, problem);
  if (!bytes) complain(path, problem);
  return bytes;
}

// Inputs from a pool that grows by what was made: no coverage guides it.
void run_random(test_function test, std::vector<std::string> pool, std::uint64_t runs) {
  constexpr std::size_t largest_pool = 256;
  constexpr std::size_t longest = 512;
  random_numbers numbers(runs);
  if (pool.empty()) pool.emplace_back();
  for (std::uint64_t i = 0; i != runs; ++i) {
    std::string one = pool[numbers.between(0, pool.size() - 1)];
    const std::size_t size = std::min(one.size(), longest);
    one.resize(longest);
    std::size_t now = size;
    for (std::size_t steps = numbers.between(1, 6); steps != 0; --steps)
      now =
          mutate_plan(reinterpret_cast<std::uint8_t*>(one.data()), now, longest, static_cast<unsigned>(numbers.next()));
    one.resize(now);
    run(test, one);
    if (pool.size() < largest_pool)
      pool.push_back(std::move(one));
    else
      pool[numbers.between(0, largest_pool - 1)] = std::move(one);
  }
}

}  // namespace

int run_inputs(int argc, char** argv, test_function test) {
  std::uint64_t runs = 0;
  std::vector<std::string> pool;
  bool good = true;
  for (int i = 1; i < argc; ++i) {
    if (std::string_view(argv[i]) == "--runs" && i + 1 < argc) {
      runs = std::strtoull(argv[++i], nullptr, 10);
      continue;
    }
    std::vector<fs::path> files;
    good = inputs(argv[i], files) && good;
    for (const fs::path& path : files) {
      std::optional<std::string> bytes = load(path);
      good = good && bytes.has_value();
      if (!bytes) continue;
      run(test, *bytes);
      pool.push_back(std::move(*bytes));
    }
  }
  const std::uint64_t done = pool.size() + runs;
  if (runs != 0) run_random(test, std::move(pool), runs);
  std::printf("%llu inputs passed\n", static_cast<unsigned long long>(done));
  return good && done != 0 ? 0 : 1;
}

}}}  // namespace penstock::v0::testing
