// SPDX-License-Identifier: BSL-1.0
// TLS for programs that take files for it, where OpenSSL was there when they were built.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>
#include <system_error>

#include <penstock/filter.hpp>

#if __has_include(<penstock/tls.hpp>)
#include <penstock/tls.hpp>
#endif

namespace secured {

namespace ps = penstock;

using layer = std::unique_ptr<const ps::filter>;  // none: in plaintext

#if __has_include(<penstock/tls.hpp>)

inline layer made_by(ps::tls::context_builder& builder, const std::string& of) {
  std::error_code ec;
  layer made = std::make_unique<ps::tls::context>(builder.build(ec));
  if (ec) throw std::system_error(ec, of);
  return made;
}

// Shows the certificate and what is behind it in the file.
inline layer server(const std::string& certificate, const std::string& key) {
  return made_by(ps::tls::context::server().certificate_file(certificate.c_str()).private_key_file(key.c_str()),
                 "--cert " + certificate + " --key " + key);
}

// Believes the file's authorities alone; without a file the system's.
inline layer client(const std::string& authorities) {
  if (authorities.empty()) return made_by(ps::tls::context::client().trust_system(), "the system's authorities");
  return made_by(ps::tls::context::client().trust_file(authorities.c_str()), "--ca " + authorities);
}

#else

inline layer server(const std::string&, const std::string&) {
  throw std::runtime_error("built without TLS: there was no OpenSSL 3.0 (Debian: apt-get install libssl-dev)");
}
inline layer client(const std::string&) { return server({}, {}); }

#endif

}  // namespace secured
