// SPDX-License-Identifier: BSL-1.0
// Certificates made when they are needed: no files, no expiry dates to come, and each kind of wrong.
//
//   const identity root = issue({.common_name = "the root", .authority = true});
//   const identity here = issue({.names = {"DNS:localhost", "IP:127.0.0.1"}}, &root);
//   auto server = tls::context::server().certificate(here.certificate.get()).private_key(here.key.get()).build(ec);
//
// Needs OpenSSL, which nothing else of penstock::testing does: link penstock::tls.
#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace penstock { inline namespace v0 { namespace testing {

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
  std::string key_pem() const;  // not encrypted
};

// Signed by `issuer`, or by itself where there is none. Throws std::runtime_error where OpenSSL fails.
inline identity issue(const certificate_request& wanted, const identity* issuer = nullptr);

// --- how ---------------------------------------------------------------------------------------

namespace certificate_parts {

inline void must(bool succeeded, const std::string& what) {
  if (succeeded) return;
  const char* const reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  throw std::runtime_error("no certificate: " + what + (reason == nullptr ? "" : std::string(": ") + reason));
}

// RSA keys take a tenth of a second each, and which one it is proves nothing: one for all.
inline std::shared_ptr<EVP_PKEY> make_key(key_kind kind) {
  const auto made = [](EVP_PKEY* key) {
    must(key != nullptr, "key");
    return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
  };
  switch (kind) {
    case key_kind::ec: return made(EVP_EC_gen("P-256"));
    case key_kind::ed25519: return made(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case key_kind::rsa: break;
  }
  static const std::shared_ptr<EVP_PKEY> rsa = made(EVP_RSA_gen(2048));
  return rsa;
}

inline void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
  must(extension != nullptr, value);
  const bool added = X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  must(added, "extension");
}

template <class Write>
std::string text_by(Write write) {
  const std::unique_ptr<BIO, int (*)(BIO*)> to(BIO_new(BIO_s_mem()), BIO_free);
  must(to != nullptr && write(to.get()) == 1, "PEM");
  char* bytes = nullptr;
  const long n = BIO_get_mem_data(to.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(n));
}

}  // namespace certificate_parts

inline std::string identity::certificate_pem() const {
  return certificate_parts::text_by([this](BIO* to) { return PEM_write_bio_X509(to, certificate.get()); });
}
inline std::string identity::key_pem() const {
  return certificate_parts::text_by(
      [this](BIO* to) { return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

inline identity issue(const certificate_request& wanted, const identity* issuer) {
  using namespace certificate_parts;
  static std::atomic<long> serial = 1;
  identity made{std::shared_ptr<X509>(X509_new(), X509_free), make_key(wanted.key)};
  X509* const certificate = made.certificate.get();
  X509* const above = issuer == nullptr ? certificate : issuer->certificate.get();
  must(certificate != nullptr && X509_set_version(certificate, X509_VERSION_3) == 1, "version");
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), wanted.from);
  X509_gmtime_adj(X509_getm_notAfter(certificate), wanted.until);
  must(X509_set_pubkey(certificate, made.key.get()) == 1, "public key");
  X509_NAME* const name = X509_get_subject_name(certificate);
  const auto* const text = reinterpret_cast<const unsigned char*>(wanted.common_name.c_str());
  must(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1, "name");
  must(X509_set_issuer_name(certificate, X509_get_subject_name(above)) == 1, "issuer");
  extend(certificate, above, NID_basic_constraints, wanted.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  extend(certificate, above, NID_key_usage,
         wanted.authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature");
  extend(certificate, above, NID_subject_key_identifier, "hash");  // which strict verification asks for
  if (issuer != nullptr) extend(certificate, above, NID_authority_key_identifier, "keyid:always");
  if (!wanted.authority && !wanted.usage.empty()) extend(certificate, above, NID_ext_key_usage, wanted.usage);
  std::string names;
  for (const std::string& one : wanted.names) names += (names.empty() ? "" : ",") + one;
  if (!wanted.authority && !names.empty()) extend(certificate, above, NID_subject_alt_name, names);
  EVP_PKEY* const signer = issuer == nullptr ? made.key.get() : issuer->key.get();
  const EVP_MD* const digest = EVP_PKEY_is_a(signer, "ED25519") == 1 ? nullptr : EVP_sha256();
  must(X509_sign(certificate, signer, digest) != 0, "signature");
  return made;
}

}}}  // namespace penstock::v0::testing
