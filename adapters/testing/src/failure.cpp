// SPDX-License-Identifier: BSL-1.0
// Failures in words.
#include <penstock/testing/failure.hpp>

#include <penstock/describe.hpp>

namespace penstock { inline namespace v0 { namespace testing {

void fail(std::string_view what, const char* file, int line) {
  const std::string_view path = file;
  throw failure(std::string(path.substr(path.rfind('/') + 1)) + ":" + std::to_string(line) + ": " + std::string(what));
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
