// SPDX-License-Identifier: BSL-1.0
// Why no address could be connected to, with every attempt's own reason (R101).
#pragma once

#include <string>
#include <system_error>
#include <vector>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {

struct failed_attempt {
  std::string address;
  std::error_code error;
};

// code() is the first failure in the order of the addresses, or errc::timed_out. what() names it, all of
// them where they differ or where `all_errors` was asked for; attempts() has them all in any case.
class PENSTOCK_API connect_error : public std::system_error {
 public:
  connect_error(std::error_code why, std::vector<failed_attempt> attempts, bool all_errors);
  const char* what() const noexcept override { return text_.c_str(); }
  const std::vector<failed_attempt>& attempts() const noexcept { return attempts_; }

 private:
  std::vector<failed_attempt> attempts_;
  std::string text_;
};

}}  // namespace penstock::v0
