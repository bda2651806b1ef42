// SPDX-License-Identifier: BSL-1.0
// A context's own certificates and keys, and the authorities that it trusts.
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509err.h>

#include <penstock/error.hpp>
#include <penstock/tls/context_builder.hpp>
#include <penstock/tls/error.hpp>

#include "error_queue.hpp"
#include "pem.hpp"

namespace penstock { inline namespace v0 { namespace tls {
namespace {

// The first is our own, the others stand between it and the authority.
bool show(SSL_CTX* handle, BIO* from) noexcept {
  const x509_handle own = next_certificate(from);
  if (!own || SSL_CTX_use_certificate(handle, own.get()) != 1 || SSL_CTX_clear_chain_certs(handle) != 1) return false;
  return for_each_certificate(from, [handle](X509* next) { return SSL_CTX_add1_chain_cert(handle, next) == 1; });
}

// What an authority signed is accepted; its name is what a server asks its clients for.
bool believe(SSL_CTX* handle, X509* authority, bool server) noexcept {
  return X509_STORE_add_cert(SSL_CTX_get_cert_store(handle), authority) == 1 &&
         (!server || SSL_CTX_add_client_CA(handle, authority) == 1);
}

bool believe_all(SSL_CTX* handle, BIO* from, bool server) noexcept {
  std::size_t n = 0;
  return for_each_certificate(from, [=, &n](X509* next) { return ++n != 0 && believe(handle, next, server); }) &&
         n != 0;
}

std::error_code use_key(SSL_CTX* handle, EVP_PKEY* key) noexcept {
  if (key != nullptr && SSL_CTX_use_PrivateKey(handle, key) == 1) return {};
  if (ERR_GET_LIB(ERR_peek_last_error()) == ERR_LIB_X509) return errc::key_mismatch;
  if (ERR_GET_LIB(ERR_peek_error()) == ERR_LIB_OSSL_DECODER) return errc::bad_pem;  // nothing that it knows
  return queued_error(errc::bad_pem);
}

}  // namespace

context_builder& context_builder::certificate_file(const char* path) noexcept {
  const quiet_errors quiet;
  if (!usable()) return *this;
  const bio_handle from = file_of(path);
  return note(from && show(handle_, from.get()), errc::bad_pem);
}
context_builder& context_builder::certificate_pem(std::string_view text) noexcept {
  const quiet_errors quiet;
  if (!usable()) return *this;
  const bio_handle from = text_of(text);
  return note(from && show(handle_, from.get()), errc::bad_pem);
}
context_builder& context_builder::certificate(x509_st* shared) noexcept {
  const quiet_errors quiet;
  return usable() ? note(SSL_CTX_use_certificate(handle_, shared) == 1, errc::bad_pem) : *this;
}
context_builder& context_builder::intermediate(x509_st* shared) noexcept {
  const quiet_errors quiet;
  return usable() ? note(SSL_CTX_add1_chain_cert(handle_, shared) == 1, errc::bad_pem) : *this;
}

context_builder& context_builder::private_key_file(const char* path, std::string_view password) noexcept {
  const quiet_errors quiet;
  if (!usable()) return *this;
  const bio_handle from = file_of(path);
  if (!from) return note(queued_error(errc::bad_pem));
  return note(use_key(handle_, next_key(from.get(), password).get()));
}
context_builder& context_builder::private_key_pem(std::string_view text, std::string_view password) noexcept {
  const quiet_errors quiet;
  if (!usable()) return *this;
  const bio_handle from = text_of(text);
  if (!from) return note(queued_error(errc::bad_pem));
  return note(use_key(handle_, next_key(from.get(), password).get()));
}
context_builder& context_builder::private_key(evp_pkey_st* shared) noexcept {
  const quiet_errors quiet;
  return usable() ? note(use_key(handle_, shared)) : *this;
}

context_builder& context_builder::trust_system() noexcept {
  const quiet_errors quiet;
  trusts_ = true;
  return usable() ? note(SSL_CTX_set_default_verify_paths(handle_) == 1, errc::bad_pem) : *this;
}
context_builder& context_builder::trust_file(const char* path) noexcept {
  const quiet_errors quiet;
  trusts_ = true;
  if (!usable()) return *this;
  const bio_handle from = file_of(path);
  return note(from && believe_all(handle_, from.get(), server_), errc::bad_pem);
}
context_builder& context_builder::trust_pem(std::string_view text) noexcept {
  const quiet_errors quiet;
  trusts_ = true;
  if (!usable()) return *this;
  const bio_handle from = text_of(text);
  return note(from && believe_all(handle_, from.get(), server_), errc::bad_pem);
}
context_builder& context_builder::trust(x509_st* authority) noexcept {
  const quiet_errors quiet;
  trusts_ = true;
  return usable() ? note(believe(handle_, authority, server_), errc::bad_pem) : *this;
}

}}}  // namespace penstock::v0::tls
