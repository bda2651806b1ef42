// SPDX-License-Identifier: BSL-1.0
// Failures in words.
#include <penstock/testing/failure.hpp>

#include <utility>

#include <penstock/describe.hpp>

namespace penstock { inline namespace v0 { namespace testing {

namespace {

std::string place(std::string_view path, int line) {
  return std::string(path.substr(path.rfind('/') + 1)) + ":" + std::to_string(line);
}

}  // namespace

failure::failure(std::string where, std::string expected, std::string seen)
    : std::runtime_error(where + ": " + expected + (seen.empty() ? "" : ", but saw " + seen)),
      where_(std::move(where)),
      expected_(std::move(expected)),
      seen_(std::move(seen)) {}

void fail(std::string_view expected, const char* file, int line) {
  throw failure(place(file, line), std::string(expected), {});
}

void fail(std::string_view what, std::string_view expected, std::string_view seen, const char* file, int line) {
  throw failure(place(file, line), std::string(what) + ": " + std::string(expected), std::string(seen));
}

std::string shown(std::string_view bytes) {
  constexpr std::size_t most = 80;
  if (bytes.size() <= most) return quoted(bytes);
  return quoted(bytes.substr(0, most / 2)) + "..." + quoted(bytes.substr(bytes.size() - most / 2)) + " (" +
         std::to_string(bytes.size()) + " bytes)";
}

std::string shown(const std::error_code& ec) {
  return std::string(ec.category().name()) + ":" + std::to_string(ec.value()) + " (" + ec.message() + ")";
}

}}}  // namespace penstock::v0::testing
