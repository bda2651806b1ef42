// SPDX-License-Identifier: BSL-1.0
// What a wire says of its channel, typed and as text.
#include <openssl/ssl.h>

#include <new>

#include <penstock/tls/tls_wire.hpp>

#include "error_queue.hpp"
#include "printable.hpp"

namespace penstock { inline namespace v0 { namespace tls {
namespace {

std::string_view text_of(const char* text) noexcept { return text == nullptr ? std::string_view() : text; }

}  // namespace

std::string_view name(version v) noexcept {
  switch (v) {
    case version::none: return "none";
    case version::tls_1_2: return "TLSv1.2";
    case version::tls_1_3: return "TLSv1.3";
  }
  return "unknown";
}

version tls_wire::version() const noexcept {
  if (!agreed_) return tls::version::none;
  return SSL_version(engine_.ssl()) == TLS1_3_VERSION ? tls::version::tls_1_3 : tls::version::tls_1_2;
}

std::string_view tls_wire::cipher() const noexcept {
  const SSL_CIPHER* const chosen = agreed_ ? SSL_get_current_cipher(engine_.ssl()) : nullptr;
  return chosen == nullptr ? std::string_view() : text_of(SSL_CIPHER_standard_name(chosen));
}

int tls_wire::cipher_bits() const noexcept {
  const SSL_CIPHER* const chosen = agreed_ ? SSL_get_current_cipher(engine_.ssl()) : nullptr;
  return chosen == nullptr ? 0 : SSL_CIPHER_get_bits(chosen, nullptr);
}

std::string_view tls_wire::alpn() const noexcept {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  if (agreed_) SSL_get0_alpn_selected(engine_.ssl(), &name, &size);
  return name == nullptr ? std::string_view() : std::string_view(reinterpret_cast<const char*>(name), size);
}

std::string_view tls_wire::server_name() const noexcept {
  return text_of(SSL_get_servername(engine_.ssl(), TLSEXT_NAMETYPE_host_name));
}

int tls_wire::verify_result() const noexcept { return static_cast<int>(SSL_get_verify_result(engine_.ssl())); }

std::optional<certificate_info> tls_wire::peer_certificate() const {
  const quiet_errors quiet;
  const X509* const shown = agreed_ ? SSL_get0_peer_certificate(engine_.ssl()) : nullptr;
  if (shown == nullptr) return std::nullopt;
  return describe_certificate(*shown);
}

std::string tls_wire::extra_info(std::string_view key) const {
  if (key == "layer") return "TLS";
  if (key == "sslcontext") return SSL_is_server(engine_.ssl()) != 0 ? "server" : "client";
  if (key == "ssl_object") return SSL_state_string_long(engine_.ssl());
  if (!agreed_) return {};
  if (key == "peercert") {
    const std::optional<certificate_info> shown = peer_certificate();
    return shown ? describe(*shown) : std::string();
  }
  if (key == "cipher")
    return std::string(cipher()) + ' ' + std::string(name(version())) + ' ' + std::to_string(cipher_bits());
  if (key == "compression") return "none";
  if (key == "version") return std::string(name(version()));
  if (key == "alpn") return printable(alpn());
  if (key == "sni") return printable(server_name());
  if (key == "verify_result") return X509_verify_cert_error_string(verify_result());
  if (key == "session_reused") return session_reused() ? "yes" : "no";
  return {};
}

std::size_t tls_wire::property(std::string_view key, std::span<char> into) const noexcept {
  try {
    const std::string text = extra_info(key);
    text.copy(into.data(), into.size());
    return text.size();
  } catch (const std::bad_alloc&) {  // then it is not known
    return 0;
  }
}

// Its address is what counts.
static constexpr char family_of_tls_wires = 0;
const void* tls_wire::family() const noexcept { return &family_of_tls_wires; }
const tls_wire* wire_of(const wire& outer) noexcept {
  return outer.family() == &family_of_tls_wires ? static_cast<const tls_wire*>(&outer) : nullptr;
}

}}}  // namespace penstock::v0::tls
