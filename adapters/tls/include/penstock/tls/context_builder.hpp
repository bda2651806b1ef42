// SPDX-License-Identifier: BSL-1.0
// How a context is made: what is not said is the safe choice, what is not safe has an ugly name.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <penstock/contract.hpp>
#include <penstock/tls/context.hpp>
#include <penstock/tls/version.hpp>

struct evp_pkey_st;
struct x509_st;

namespace penstock { inline namespace v0 { namespace tls {

// Each call answers the builder itself; the first error stays and is build()'s. PEM texts and files
// may hold several certificates.
class PENSTOCK_API context_builder {
 public:
  using key_log_function = void (*)(void* context, std::string_view line) noexcept;

  explicit context_builder(bool server) noexcept;
  context_builder(context_builder&& other) noexcept
      : handle_(std::exchange(other.handle_, nullptr)),
        error_(other.error_),
        server_(other.server_),
        trusts_(other.trusts_) {}
  context_builder& operator=(context_builder&&) = delete;
  ~context_builder();

  // --- who we are --------------------------------------------------------------------------

  // Our certificate first, then those between it and the authority. Again, with a key of another
  // type: one more choice for the peer.
  context_builder& certificate_file(const char* path) noexcept;
  context_builder& certificate_pem(std::string_view text) noexcept;
  context_builder& certificate(x509_st* shared) noexcept;  // a handle of OpenSSL's; counted
  context_builder& intermediate(x509_st* shared) noexcept;
  // Behind its certificate. An encrypted key needs its password; nobody is asked.
  context_builder& private_key_file(const char* path, std::string_view password = {}) noexcept;
  context_builder& private_key_pem(std::string_view text, std::string_view password = {}) noexcept;
  context_builder& private_key(evp_pkey_st* shared) noexcept;

  // --- whom we believe ---------------------------------------------------------------------

  // A client that is told nothing trusts the system's authorities; one that is told, only those.
  context_builder& trust_system() noexcept;
  context_builder& trust_file(const char* path) noexcept;
  context_builder& trust_pem(std::string_view text) noexcept;
  context_builder& trust(x509_st* authority) noexcept;
  // Servers: a client shows a certificate, or is refused (mTLS); or only if it has one.
  context_builder& require_client_certificate() noexcept;
  context_builder& request_client_certificate() noexcept;

  // --- what is spoken ----------------------------------------------------------------------

  // ALPN, best first. A server refuses clients that share none with it, unless told otherwise.
  context_builder& alpn(std::span<const std::string_view> protocols) noexcept;
  template <class... Names>
    requires(std::convertible_to<const Names&, std::string_view> && ...)
  context_builder& alpn(const Names&... names) noexcept {
    const std::string_view list[] = {names...};
    return alpn(std::span<const std::string_view>(list));
  }
  context_builder& continue_without_alpn() noexcept;

  // Servers: who asks for this name (or *.name, for one label) gets that context's certificate,
  // trust and ALPN; versions, ciphers and tickets stay this one's.
  context_builder& for_name(std::string_view name, const context& other) noexcept;
  // That of our own certificate is another one, too, and who asks for none is refused.
  context_builder& refuse_other_names() noexcept;

  context_builder& minimum_version(version) noexcept;         // TLS 1.2
  context_builder& maximum_version(version) noexcept;         // the newest
  context_builder& ciphers(const char* list) noexcept;        // of TLS 1.2, as OpenSSL writes them
  context_builder& cipher_suites(const char* list) noexcept;  // of TLS 1.3
  context_builder& tickets(std::size_t n) noexcept;  // a server's for each connection, 16 at most: 2; 0: no resumption

  // Record buffers stay between records: some 34 KiB a connection for a little time.
  context_builder& keep_record_buffers() noexcept;

  // --- what weakens it ---------------------------------------------------------------------

  context_builder& insecure_no_verify() noexcept;           // anybody may be the peer
  context_builder& insecure_no_host_name_check() noexcept;  // anybody with a certificate may
  // A FIN without close_notify counts as an end: whoever can cut the line decides where.
  context_builder& insecure_accept_truncation() noexcept;
  // Each connection's secrets, for a debugger that decrypts recordings. NSS key log lines.
  context_builder& insecure_key_log(key_log_function, void* context) noexcept;

  context build(std::error_code&) noexcept;  // empty and why; the builder is used up

 private:
  context_builder& note(std::error_code ec) noexcept;
  context_builder& note(bool succeeded, std::error_code otherwise) noexcept;
  bool usable() const noexcept { return !error_ && handle_ != nullptr; }

  ssl_ctx_st* handle_ = nullptr;
  std::error_code error_;
  bool server_;
  bool trusts_ = false;
};

}}}  // namespace penstock::v0::tls
