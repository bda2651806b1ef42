// SPDX-License-Identifier: BSL-1.0
// OpenSSL's error queue is one a thread: nobody's leftovers fail a connection of ours, nor ours one of
// theirs (I-42). Calls are made with an empty queue and leave one behind.
#pragma once

#include <openssl/err.h>

#include <system_error>

namespace penstock { inline namespace v0 { namespace tls {

// Looking costs a fifth of clearing, which goes through all places of the queue.
inline void clear_errors() noexcept {
  if (ERR_peek_error() != 0) [[unlikely]]
    ERR_clear_error();
}

class quiet_errors {
 public:
  quiet_errors() noexcept { clear_errors(); }
  quiet_errors(const quiet_errors&) = delete;
  quiet_errors& operator=(const quiet_errors&) = delete;
  ~quiet_errors() { clear_errors(); }
};

// An error as the queue holds it; `otherwise` for 0.
std::error_code error_of(unsigned long code, std::error_code otherwise) noexcept;
// The first error in the queue, which is the cause of those behind it; `otherwise` if it is empty.
inline std::error_code queued_error(std::error_code otherwise) noexcept {
  return error_of(ERR_peek_error(), otherwise);
}

}}}  // namespace penstock::v0::tls
