// SPDX-License-Identifier: BSL-1.0
// OpenSSL's error queue is one a thread: it is empty before and after each of our calls (I-42), so
// that nobody's leftovers fail a connection of ours, nor ours one of theirs.
#pragma once

#include <openssl/err.h>

#include <system_error>

namespace penstock { inline namespace v0 { namespace tls {

// Looking costs a fifth of clearing, which goes through all places of the queue.
class quiet_errors {
 public:
  quiet_errors() noexcept { clear(); }
  quiet_errors(const quiet_errors&) = delete;
  quiet_errors& operator=(const quiet_errors&) = delete;
  ~quiet_errors() {
    if (!untouched_) clear();
  }
  void untouched() noexcept { untouched_ = true; }  // nothing was raised since: no look is needed

 private:
  static void clear() noexcept {
    if (ERR_peek_error() != 0) [[unlikely]]
      ERR_clear_error();
  }
  bool untouched_ = false;
};

// The first error in the queue, which is the cause of those behind it; `otherwise` if it is empty.
std::error_code queued_error(std::error_code otherwise) noexcept;

}}}  // namespace penstock::v0::tls
