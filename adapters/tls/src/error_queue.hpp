// SPDX-License-Identifier: BSL-1.0
// OpenSSL's error queue is one a thread: it is empty before and after each of our calls (I-42), so
// that nobody's leftovers fail a connection of ours, nor ours one of theirs.
#pragma once

#include <openssl/err.h>

#include <system_error>

namespace penstock { inline namespace v0 { namespace tls {

class quiet_errors {
 public:
  quiet_errors() noexcept { ERR_clear_error(); }
  quiet_errors(const quiet_errors&) = delete;
  quiet_errors& operator=(const quiet_errors&) = delete;
  ~quiet_errors() { ERR_clear_error(); }
};

// The first error in the queue, which is the cause of those behind it; `otherwise` if it is empty.
std::error_code queued_error(std::error_code otherwise) noexcept;

}}}  // namespace penstock::v0::tls
