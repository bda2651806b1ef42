// SPDX-License-Identifier: BSL-1.0
// The policy: what a context is before anything is said, and what each word changes.
#include <penstock/tls/context_builder.hpp>

#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <new>

#include <penstock/error.hpp>
#include <penstock/tls/error.hpp>

#include "context_settings.hpp"
#include "error_queue.hpp"

namespace penstock { inline namespace v0 { namespace tls {
namespace {

// Forward secrecy and authenticated encryption, or nothing.
constexpr const char* good_ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr int security_level = 2;
// A connection makes all its tickets at once, and a client takes 32 messages behind the handshake.
constexpr std::size_t most_tickets = 16;
// All names and their lengths: one more extension of a hello that peers take in one piece.
constexpr std::size_t most_protocols = 8 * 1024;

int number_of(version v) noexcept { return v == version::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION; }

void log_key(const SSL* ssl, const char* line) noexcept {
  const context_settings& settings = context_settings::of(ssl);
  if (settings.key_log != nullptr) settings.key_log(settings.key_log_context, line);
}

bool apply_policy(SSL_CTX* handle, bool server) noexcept {
  SSL_CTX_set_options(handle, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_clear_options(
      handle, SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION | SSL_OP_LEGACY_SERVER_CONNECT);
  SSL_CTX_set_mode(handle, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_clear_mode(handle, SSL_MODE_AUTO_RETRY | SSL_MODE_ENABLE_PARTIAL_WRITE);
  SSL_CTX_set_read_ahead(handle, 0);
  SSL_CTX_set_security_level(handle, security_level);
  SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_early_data(handle, 0);  // none is accepted; what is offered all the same is skipped, up to a bound
  SSL_CTX_set_verify(handle, server ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  auto& own = context_settings::of(handle).own;
  if (RAND_bytes(own.data(), static_cast<int>(own.size())) != 1) return false;
  if (SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION) != 1 || SSL_CTX_set_max_proto_version(handle, 0) != 1 ||
      SSL_CTX_set_cipher_list(handle, good_ciphers) != 1)
    return false;
  if (!server) return true;
  // A session is good where it was made, and nowhere else (I-46).
  if (SSL_CTX_set_session_id_context(handle, own.data(), static_cast<unsigned int>(own.size())) != 1) return false;
  SSL_CTX_set_client_hello_cb(handle, choose_by_name, nullptr);
  SSL_CTX_set_alpn_select_cb(handle, choose_protocol, nullptr);
  return true;
}

}  // namespace

context_builder::context_builder(bool server) noexcept : server_(server) {
  const quiet_errors quiet;
  handle_ = SSL_CTX_new(TLS_method());
  context_settings* const settings = handle_ == nullptr ? nullptr : context_settings::attach(handle_);
  if (settings == nullptr) {
    error_ = queued_error(penstock::errc::no_memory);
    return;
  }
  settings->server = server;
  note(apply_policy(handle_, server), errc::no_encrypted_channel);
}

context_builder::~context_builder() {
  const quiet_errors quiet;
  SSL_CTX_free(handle_);
}

context_builder& context_builder::note(std::error_code ec) noexcept {
  if (!error_) error_ = ec;
  return *this;
}
context_builder& context_builder::note(bool succeeded, std::error_code otherwise) noexcept {
  if (!succeeded) note(queued_error(otherwise));
  return *this;
}

context_builder& context_builder::require_client_certificate() noexcept {
  if (usable()) SSL_CTX_set_verify(handle_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return server_ ? *this : note(errc::wrong_role);
}
context_builder& context_builder::request_client_certificate() noexcept {
  if (usable()) SSL_CTX_set_verify(handle_, SSL_VERIFY_PEER, nullptr);
  return server_ ? *this : note(errc::wrong_role);
}

context_builder& context_builder::alpn(std::span<const std::string_view> protocols) noexcept {
  const quiet_errors quiet;
  if (!usable()) return *this;
  try {
    std::string list;
    for (const std::string_view name : protocols) {
      if (name.empty() || name.size() > 255) return note(errc::bad_protocol_list);
      list += static_cast<char>(name.size());
      list += name;
    }
    if (list.size() > most_protocols) return note(errc::bad_protocol_list);
    const auto* const bytes = reinterpret_cast<const unsigned char*>(list.data());
    // This one call of OpenSSL's answers 0 for success.
    if (SSL_CTX_set_alpn_protos(handle_, bytes, static_cast<unsigned int>(list.size())) != 0)
      return note(penstock::errc::no_memory);
    context_settings::of(handle_).alpn = std::move(list);
  } catch (const std::bad_alloc&) {
    return note(penstock::errc::no_memory);
  }
  return *this;
}
context_builder& context_builder::continue_without_alpn() noexcept {
  if (usable()) context_settings::of(handle_).alpn_optional = true;
  return *this;
}

context_builder& context_builder::for_name(std::string_view name, const context& other) noexcept {
  if (!usable()) return *this;
  if (!server_ || !other.is_server()) return note(errc::wrong_role);
  try {
    context_settings::of(handle_).names.emplace_back(std::string(without_last_dot(name)), other);
  } catch (const std::bad_alloc&) {
    return note(penstock::errc::no_memory);
  }
  return *this;
}
context_builder& context_builder::refuse_other_names() noexcept {
  if (usable()) context_settings::of(handle_).refuses_other_names = true;
  return *this;
}

context_builder& context_builder::minimum_version(version v) noexcept {
  const quiet_errors quiet;
  return usable() ? note(SSL_CTX_set_min_proto_version(handle_, number_of(v)) == 1, penstock::errc::bad_option) : *this;
}
context_builder& context_builder::maximum_version(version v) noexcept {
  const quiet_errors quiet;
  return usable() ? note(SSL_CTX_set_max_proto_version(handle_, number_of(v)) == 1, penstock::errc::bad_option) : *this;
}
context_builder& context_builder::ciphers(const char* list) noexcept {
  const quiet_errors quiet;
  if (usable() && SSL_CTX_set_cipher_list(handle_, list) != 1) note(errc::bad_cipher_list);
  return *this;
}
context_builder& context_builder::cipher_suites(const char* list) noexcept {
  const quiet_errors quiet;
  if (usable() && SSL_CTX_set_ciphersuites(handle_, list) != 1) note(errc::bad_cipher_list);
  return *this;
}

context_builder& context_builder::tickets(std::size_t n) noexcept {
  if (!usable()) return *this;
  if (n > most_tickets) return note(penstock::errc::bad_option);
  if (n == 0)
    SSL_CTX_set_options(handle_, SSL_OP_NO_TICKET);
  else
    SSL_CTX_clear_options(handle_, SSL_OP_NO_TICKET);
  return note(SSL_CTX_set_num_tickets(handle_, n) == 1, penstock::errc::bad_option);
}
context_builder& context_builder::keep_record_buffers() noexcept {
  if (usable()) SSL_CTX_clear_mode(handle_, SSL_MODE_RELEASE_BUFFERS);
  return *this;
}

context_builder& context_builder::insecure_no_verify() noexcept {
  if (!usable()) return *this;
  SSL_CTX_set_verify(handle_, SSL_VERIFY_NONE, nullptr);
  context_settings::of(handle_).verifies = context_settings::of(handle_).checks_host_name = false;
  return *this;
}
context_builder& context_builder::insecure_no_host_name_check() noexcept {
  if (usable()) context_settings::of(handle_).checks_host_name = false;
  return *this;
}
context_builder& context_builder::insecure_accept_truncation() noexcept {
  if (usable()) context_settings::of(handle_).accepts_truncation = true;
  return *this;
}
context_builder& context_builder::insecure_key_log(key_log_function log, void* context) noexcept {
  if (!usable()) return *this;
  context_settings::of(handle_).key_log = log;
  context_settings::of(handle_).key_log_context = context;
  SSL_CTX_set_keylog_callback(handle_, log_key);
  return *this;
}

context context_builder::build(std::error_code& ec) noexcept {
  const quiet_errors quiet;
  if (!error_ && handle_ == nullptr) note(penstock::errc::closed);
  if (usable() && !server_ && !trusts_ && context_settings::of(handle_).verifies) trust_system();
  // 0 stands for the newest.
  const long newest = usable() ? SSL_CTX_get_max_proto_version(handle_) : 0;
  if (newest != 0 && newest < SSL_CTX_get_min_proto_version(handle_)) note(penstock::errc::bad_option);
  const bool shows_one = usable() && SSL_CTX_get0_certificate(handle_) != nullptr;
  if (usable() && server_ && !shows_one) note(errc::no_certificate);
  if (shows_one && SSL_CTX_check_private_key(handle_) != 1)
    note(SSL_CTX_get0_privatekey(handle_) == nullptr ? errc::no_certificate : errc::key_mismatch);
  ec = error_;
  return ec ? context() : context(std::exchange(handle_, nullptr));
}

}}}  // namespace penstock::v0::tls
