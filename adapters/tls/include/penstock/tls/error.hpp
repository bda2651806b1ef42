// SPDX-License-Identifier: BSL-1.0
// The errors of TLS as std::error_code: ours, the peer's alerts, verification's reasons, the
// engine's.
#pragma once

#include <system_error>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 { namespace tls {

enum class errc {
  truncated = 1,         // the peer's FIN without its close_notify (R90)
  handshake_ended,       // the peer's FIN during the handshake (R86)
  handshake_timed_out,   // the handshake took longer than it may (R6)
  handshake_too_large,   // more than 64 KiB of it arrived
  too_many_messages,     // a flood of key updates or tickets
  name_refused,          // a client asked for a name that a server refuses, or for another one in its second hello
  no_server_hostname,    // a client that verifies has to be told whom it expects
  wrong_role,            // a client's context on a server, or the reverse
  no_certificate,        // a server's context without certificate and key
  key_mismatch,          // the private key is not the certificate's
  bad_pem,               // no certificate or key is where one should be
  bad_protocol_list,     // an ALPN name that is empty or longer than 255, or 8 KiB of them
  bad_cipher_list,       // no cipher of the list is known
  too_late,              // set_session after the handshake began
  no_encrypted_channel,  // the engine could not be made
};

// Values of other kinds than errc's are made by the engine; the functions below read them.
// Compares equal to std::errc where a condition of the same meaning exists.
PENSTOCK_API const std::error_category& category() noexcept;

inline std::error_code make_error_code(errc e) noexcept { return {static_cast<int>(e), category()}; }

// The peer's fatal alert as the TLS registry numbers it (48: unknown_ca); -1 if it is none.
PENSTOCK_API int received_alert(std::error_code) noexcept;
// Why the peer's certificate was refused, as X509_V_ERR_ numbers it (10: expired); 0 if it was not.
PENSTOCK_API int verify_reason(std::error_code) noexcept;

PENSTOCK_API std::error_code make_alert_error(int alert) noexcept;
PENSTOCK_API std::error_code make_verify_error(int reason) noexcept;

}}}  // namespace penstock::v0::tls

template <>
struct std::is_error_code_enum<penstock::tls::errc> : std::true_type {};
