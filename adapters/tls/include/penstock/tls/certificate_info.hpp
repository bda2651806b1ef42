// SPDX-License-Identifier: BSL-1.0
// A certificate in words.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <penstock/contract.hpp>

struct x509_st;

namespace penstock { inline namespace v0 { namespace tls {

struct certificate_info {
  std::string subject;  // "CN=example.com, O=..." (RFC 2253)
  std::string issuer;
  std::vector<std::string> names;  // "DNS:example.com", "IP:192.0.2.1", "email:", "URI:"
  std::int64_t not_before = 0;     // seconds since 1970
  std::int64_t not_after = 0;
  std::string serial;       // hexadecimal
  std::string fingerprint;  // SHA-256 of the DER, hexadecimal
  std::string der;
};

// Both throw std::bad_alloc.
PENSTOCK_API certificate_info describe_certificate(const x509_st&);
// One line: all but the DER.
PENSTOCK_API std::string describe(const certificate_info&);

}}}  // namespace penstock::v0::tls
