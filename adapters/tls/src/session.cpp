// SPDX-License-Identifier: BSL-1.0
// Counting of sessions, and what a wire says of its own.
#include <penstock/tls/session.hpp>

#include <openssl/ssl.h>

#include <algorithm>
#include <span>

#include <penstock/error.hpp>
#include <penstock/tls/error.hpp>
#include <penstock/tls/tls_wire.hpp>

#include "error_queue.hpp"

namespace penstock { inline namespace v0 { namespace tls {

session::session(const session& other) noexcept : handle_(other.handle_) {
  if (handle_ != nullptr) SSL_SESSION_up_ref(handle_);
}

session::~session() {
  const quiet_errors quiet;
  SSL_SESSION_free(handle_);
}

bool session::resumable() const noexcept { return handle_ != nullptr && SSL_SESSION_is_resumable(handle_) == 1; }

// A copy: OpenSSL spoils the session of a connection that ends without a close_notify, for all who hold it.
static session copied(SSL_SESSION* original) noexcept {
  const quiet_errors quiet;
  return session(original == nullptr ? nullptr : SSL_SESSION_dup(original));
}

session tls_wire::session() const noexcept { return copied(agreed_ ? SSL_get_session(engine_.ssl()) : nullptr); }

// Whoever resumes is verified by nobody: it was when the session was made, for one host by one context (I-46).
static bool is_of(const tls::session& made, std::span<const unsigned char> origin) noexcept {
  if (!made) return false;
  unsigned int n = 0;
  const unsigned char* const own = SSL_SESSION_get0_id_context(made.native(), &n);
  return std::equal(own, own + n, origin.begin(), origin.end());
}

std::error_code tls_wire::set_session(const tls::session& resume) noexcept {
  const quiet_errors quiet;
  if (begun_) return errc::too_late;
  const bool offered = is_of(resume, origin_);
  const tls::session own = copied(offered ? resume.native() : nullptr);
  if (offered && !own) return penstock::errc::no_memory;
  if (SSL_set_session(engine_.ssl(), own.native()) == 1) return {};
  return queued_error(errc::no_encrypted_channel);
}

bool tls_wire::session_reused() const noexcept { return agreed_ && SSL_session_reused(engine_.ssl()) == 1; }

}}}  // namespace penstock::v0::tls
