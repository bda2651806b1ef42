// SPDX-License-Identifier: BSL-1.0
// The words for attempts that failed.
#include <penstock/coro/connect_error.hpp>

#include <algorithm>
#include <utility>

namespace penstock { inline namespace v0 {
namespace {

std::string text_of(const failed_attempt& one) { return one.address + ": " + one.error.message(); }

std::string joined(std::error_code why, const std::vector<failed_attempt>& attempts, bool all_errors) {
  const bool alike = std::ranges::all_of(attempts, [&](const failed_attempt& one) { return one.error == why; });
  if (attempts.empty()) return "connecting: " + why.message();
  if (alike && (attempts.size() == 1 || !all_errors)) return "connecting to " + text_of(attempts.front());
  const bool own_reason = std::ranges::none_of(attempts, [&](const failed_attempt& one) { return one.error == why; });
  std::string text = own_reason ? "connecting: " + why.message() + "; " : "Multiple exceptions: ";
  for (const failed_attempt& one : attempts) text += (&one == attempts.data() ? "" : ", ") + text_of(one);
  return text;
}

}  // namespace

connect_error::connect_error(std::error_code why, std::vector<failed_attempt> attempts, bool all_errors)
    : std::system_error(why), attempts_(std::move(attempts)), text_(joined(why, attempts_, all_errors)) {}

}}  // namespace penstock::v0
