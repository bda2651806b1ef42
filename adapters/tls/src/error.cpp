// SPDX-License-Identifier: BSL-1.0
// How four kinds of errors share one category: by ranges of values.
#include <penstock/tls/error.hpp>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <string>

#include <penstock/error.hpp>

#include "error_queue.hpp"

namespace penstock { inline namespace v0 { namespace tls {
namespace {

// Below first_alert: errc. From first_engine on: OpenSSL's packed codes, whose library is never 0.
constexpr int first_alert = 0x1000;
constexpr int first_reason = 0x2000;
constexpr int first_engine = 0x10000;

std::string_view text(errc e) noexcept {
  switch (e) {
    case errc::truncated: return "the peer ended the connection without close_notify";
    case errc::handshake_ended: return "the peer ended the connection during the handshake";
    case errc::handshake_timed_out: return "the handshake took too long";
    case errc::handshake_too_large: return "the handshake is larger than 64 KiB";
    case errc::too_many_messages: return "a flood of key updates or tickets";
    case errc::name_refused: return "the client asked for a server name that is refused";
    case errc::no_server_hostname: return "a client needs server_hostname to verify its peer";
    case errc::wrong_role: return "a client's context cannot serve, nor a server's connect";
    case errc::no_certificate: return "a server needs a certificate and its private key";
    case errc::key_mismatch: return "the private key does not belong to the certificate";
    case errc::bad_pem: return "no certificate or key in PEM form was found";
    case errc::bad_protocol_list: return "ALPN names have 1 to 255 bytes each, 8 KiB in all";
    case errc::bad_cipher_list: return "no cipher of the list is known";
    case errc::too_late: return "the handshake has begun";
    case errc::no_encrypted_channel: return "the TLS engine could not be made";
  }
  return {};
}

// OpenSSL's descriptions end with SSL 3.0's successor; those that came later are known as reasons.
std::string text_of_alert(int alert) {
  const char* text = SSL_alert_desc_string_long(alert);
  if (std::string_view(text) == "unknown")
    text = ERR_reason_error_string(ERR_PACK(ERR_LIB_SSL, 0, SSL_AD_REASON_OFFSET + alert));
  return text == nullptr ? std::to_string(alert) : text;
}

class tls_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "tls"; }

  std::string message(int value) const override {
    if (value >= first_engine) {
      const char* const reason = ERR_reason_error_string(static_cast<unsigned long>(value));
      return reason != nullptr ? reason : "unknown OpenSSL error " + std::to_string(value);
    }
    if (value >= first_reason) return X509_verify_cert_error_string(value - first_reason);
    if (value >= first_alert) return "the peer's alert: " + text_of_alert(value - first_alert);
    const std::string_view known = text(static_cast<errc>(value));
    return known.empty() ? "unknown tls error " + std::to_string(value) : std::string(known);
  }

  std::error_condition default_error_condition(int value) const noexcept override {
    switch (value) {
      case static_cast<int>(errc::handshake_ended): return std::errc::connection_reset;
      case static_cast<int>(errc::handshake_timed_out): return std::errc::timed_out;
      case static_cast<int>(errc::no_server_hostname):
      case static_cast<int>(errc::wrong_role):
      case static_cast<int>(errc::bad_protocol_list):
      case static_cast<int>(errc::bad_cipher_list): return std::errc::invalid_argument;
      default: return {value, *this};
    }
  }
};

bool is_in(std::error_code ec, int first, int end) noexcept {
  return ec.category() == category() && ec.value() >= first && ec.value() < end;
}

}  // namespace

const std::error_category& category() noexcept {
  static const tls_category instance;
  return instance;
}

int received_alert(std::error_code ec) noexcept {
  return is_in(ec, first_alert, first_reason) ? ec.value() - first_alert : -1;
}
int verify_reason(std::error_code ec) noexcept {
  return is_in(ec, first_reason, first_engine) ? ec.value() - first_reason : 0;
}

std::error_code make_alert_error(int alert) noexcept { return {first_alert + alert, category()}; }
std::error_code make_verify_error(int reason) noexcept { return {first_reason + reason, category()}; }

std::error_code error_of(unsigned long code, std::error_code otherwise) noexcept {
  constexpr int alerts = SSL_AD_REASON_OFFSET;
  const int reason = ERR_GET_REASON(code);
  if (code == 0) return otherwise;
  if (ERR_SYSTEM_ERROR(code)) return {reason, std::system_category()};
  if (reason == ERR_R_MALLOC_FAILURE) return penstock::errc::no_memory;
  if (ERR_GET_LIB(code) == ERR_LIB_PEM) return errc::bad_pem;
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason >= alerts && reason < alerts + 256)
    return make_alert_error(reason - alerts);
  return {static_cast<int>(code), category()};
}

}}}  // namespace penstock::v0::tls
