// SPDX-License-Identifier: BSL-1.0
// The engine's calls into OpenSSL, and what each of their answers means.
#include <penstock/tls/engine.hpp>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <utility>

#include <penstock/error.hpp>
#include <penstock/tls/error.hpp>

#include "error_queue.hpp"

namespace penstock { inline namespace v0 { namespace tls {

// OpenSSL's view of the two buffers. Reading never blocks but for want of ciphertext, writing
// never.
struct engine::bio_ends {
  static engine& owner(BIO* bio) noexcept { return *static_cast<engine*>(BIO_get_data(bio)); }

  PENSTOCK_HOT static int read(BIO* bio, char* to, std::size_t n, std::size_t* done) noexcept {
    engine& self = owner(bio);
    const std::string_view there = self.input_.view();
    BIO_clear_retry_flags(bio);
    *done = std::min(n, there.size());
    self.starved_ = *done == 0;
    if (self.starved_) {
      BIO_set_retry_read(bio);
      return -1;
    }
    std::memcpy(to, there.data(), *done);
    self.input_.consume(*done);
    self.taken_ += *done;
    return 1;
  }

  PENSTOCK_HOT static int write(BIO* bio, const char* from, std::size_t n, std::size_t* done) noexcept {
    engine& self = owner(bio);
    BIO_clear_retry_flags(bio);
    *done = n;
    if (self.output_.append({from, n})) return 1;
    self.no_memory_ = true;
    return -1;
  }

  static long control(BIO*, int what, long, void*) noexcept { return what == BIO_CTRL_FLUSH ? 1 : 0; }

  // One a process, which stays; null: no memory, this time. Nobody looks for it by its type.
  static const BIO_METHOD* method() noexcept {
    static std::atomic<const BIO_METHOD*> shared{nullptr};
    if (const BIO_METHOD* const known = shared.load(std::memory_order_acquire)) return known;
    BIO_METHOD* const made = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "penstock");
    if (made == nullptr) return nullptr;
    BIO_meth_set_read_ex(made, read);
    BIO_meth_set_write_ex(made, write);
    BIO_meth_set_ctrl(made, control);
    const BIO_METHOD* first = nullptr;
    if (shared.compare_exchange_strong(first, made, std::memory_order_acq_rel)) return made;
    BIO_meth_free(made);
    return first;
  }
};

engine::~engine() {
  const quiet_errors quiet;
  SSL_free(ssl_);
}

std::error_code engine::start(ssl_ctx_st* settings, bool server) noexcept {
  const quiet_errors quiet;
  settings_ = settings;
  ssl_ = SSL_new(settings);
  const BIO_METHOD* const method = bio_ends::method();
  BIO* const bio = method == nullptr ? nullptr : BIO_new(method);
  if (ssl_ == nullptr || bio == nullptr) {
    BIO_free(bio);
    return queued_error(errc::no_encrypted_channel);
  }
  BIO_set_data(bio, this);
  BIO_set_init(bio, 1);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_msg_callback(ssl_, count_message);
  SSL_set_msg_callback_arg(ssl_, this);
  if (server)
    SSL_set_accept_state(ssl_);
  else
    SSL_set_connect_state(ssl_);
  return {};
}

ssl_ctx_st* engine::started_with(const ssl_st* ssl) noexcept { return bio_ends::owner(SSL_get_rbio(ssl)).settings_; }

void engine::blame(const ssl_st* ssl, std::error_code ec) noexcept { bio_ends::owner(SSL_get_rbio(ssl)).fail(ec); }

void engine::count_message(int sent, int, int type, const void*, std::size_t, ssl_st*, void* self) noexcept {
  engine& owner = *static_cast<engine*>(self);
  if (sent != 0 || type != SSL3_RT_HANDSHAKE || !owner.shaken_) return;
  owner.flooded_ = owner.flooded_ || owner.allowance_ < bytes_a_message;
  if (!owner.flooded_) owner.allowance_ -= bytes_a_message;
  owner.spare_buffer_ = true;
}

std::error_code engine::cause(unsigned long code) const noexcept {
  if (no_memory_) return penstock::errc::no_memory;
  const long reason = SSL_get_verify_result(ssl_);
  const bool refused = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_CERTIFICATE_VERIFY_FAILED;
  if (refused && reason != X509_V_OK) return make_verify_error(static_cast<int>(reason));
  return error_of(code, errc::no_encrypted_channel);
}

// `done` stands for: ask again. OpenSSL also stops behind each message that is none of ours, and
// gives its buffer back only when it finds no more input.
engine_step engine::stopped(int result) noexcept {
  if (!shaken_ && taken_ > most_handshake) {
    fail(errc::handshake_too_large);
    return engine_step::failed;
  }
  if (flooded_) {
    fail(errc::too_many_messages);
    return engine_step::failed;
  }
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
      if (!starved_) return engine_step::done;
      release_spare_buffer();
      return engine_step::wants_input;
    case SSL_ERROR_ZERO_RETURN: return engine_step::notified;
    default: break;
  }
  if (!error_) fail(cause(ERR_peek_error()));
  return engine_step::failed;
}

// For a message behind the handshake OpenSSL makes a buffer to write an answer into, and keeps it
// to the next write: one of no bytes sends nothing.
void engine::release_spare_buffer() noexcept {
  if (!std::exchange(spare_buffer_, false)) return;
  const quiet_errors quiet;
  std::size_t n = 0;
  static_cast<void>(SSL_write_ex(ssl_, "", 0, &n));
}

engine_step engine::shake_hands() noexcept {
  const quiet_errors quiet;
  if (error_) return engine_step::failed;
  for (;;) {
    starved_ = false;
    const int result = SSL_do_handshake(ssl_);
    if (result == 1) {
      shaken_ = true;
      return engine_step::done;
    }
    const engine_step step = stopped(result);
    if (step != engine_step::done) return step;
  }
}

// What came as it should has raised nothing, so that only other ends are cleared up behind.
PENSTOCK_HOT engine_step engine::decrypt(std::span<char> into, std::size_t& n) noexcept {
  n = 0;
  if (error_) return engine_step::failed;
  if (input_.size() == 0 && !holds_bytes()) {
    release_spare_buffer();
    return engine_step::wants_input;
  }
  clear_errors();
  engine_step step = engine_step::done;
  do {
    starved_ = false;
    const int result = SSL_read_ex(ssl_, into.data(), into.size(), &n);
    if (result == 1) {
      allowance_ = std::min(allowance_ + n, most_messages * bytes_a_message);
      if (spare_buffer_) clear_errors();
      return engine_step::done;
    }
    step = stopped(result);
  } while (step == engine_step::done);
  clear_errors();
  return step;
}

// Nothing is looked up in the queue before it is known that it holds an error of ours, the last one.
PENSTOCK_HOT engine_step engine::seal(std::string_view bytes) noexcept {
  if (error_) return engine_step::failed;
  std::size_t n = 0;
  starved_ = false;
  if (SSL_write_ex(ssl_, bytes.data(), bytes.size(), &n) == 1) {
    PENSTOCK_EXPECTS(n == bytes.size());
    return engine_step::done;
  }
  // In the middle of a message that came behind the handshake: nothing was begun.
  if (starved_) return engine_step::wants_input;
  fail(cause(ERR_peek_last_error()));
  ERR_clear_error();
  return engine_step::failed;
}

engine_step engine::notify() noexcept {
  const quiet_errors quiet;
  if (error_) return engine_step::failed;
  if (SSL_in_init(ssl_) != 0) return engine_step::wants_input;
  if (SSL_shutdown(ssl_) >= 0) return engine_step::done;
  fail(cause(ERR_peek_error()));
  return engine_step::failed;
}

PENSTOCK_HOT bool engine::holds_bytes() const noexcept { return SSL_has_pending(ssl_) == 1; }

}}}  // namespace penstock::v0::tls
