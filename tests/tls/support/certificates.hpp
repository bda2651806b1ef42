// SPDX-License-Identifier: BSL-1.0
// Certificates made when they are needed: no files, no expiry dates to come, and each kind of
// wrong.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <vector>

namespace penstock_test {

enum class key_kind { ec, rsa, ed25519 };

struct certificate_request {
  std::string common_name = "a peer";
  std::vector<std::string> names = {"DNS:localhost", "IP:127.0.0.1"};  // subjectAltName; none: no extension
  long from = -3600;                                                   // seconds from now
  long until = 86'400;
  std::string usage = "serverAuth,clientAuth";  // extendedKeyUsage; empty: no extension
  bool authority = false;
  key_kind key = key_kind::ec;
};

// A certificate and its private key; copies share.
struct identity {
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;

  std::string certificate_pem() const;
  std::string key_pem() const;
};

// Signed by `issuer`, or by itself where there is none. Aborts where OpenSSL fails.
identity issue(const certificate_request& wanted, const identity* issuer = nullptr);

// The ones that most tests use, made once a program.
const identity& root();                              // an authority
const identity& localhost(key_kind = key_kind::ec);  // of root(), DNS:localhost and IP:127.0.0.1
const identity& client_of_root();                    // of root(), for clients

}  // namespace penstock_test
