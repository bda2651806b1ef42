// SPDX-License-Identifier: BSL-1.0
// Making keys and certificates with libcrypto.
#include "certificates.hpp"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>

namespace penstock_test {
namespace {

void must(bool succeeded, const char* what) {
  if (succeeded) return;
  std::fprintf(stderr, "no certificate: %s\n", what);
  ERR_print_errors_fp(stderr);
  std::abort();
}

// RSA keys take a tenth of a second each, and which one it is proves nothing: one for all.
std::shared_ptr<EVP_PKEY> make_key(key_kind kind) {
  const auto made = [](EVP_PKEY* key) {
    must(key != nullptr, "key");
    return std::shared_ptr<EVP_PKEY>(key, EVP_PKEY_free);
  };
  static std::shared_ptr<EVP_PKEY> rsa;
  switch (kind) {
    case key_kind::ec: return made(EVP_EC_gen("P-256"));
    case key_kind::ed25519: return made(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    case key_kind::rsa: break;
  }
  if (!rsa) rsa = made(EVP_RSA_gen(2048));
  return rsa;
}

void extend(X509* certificate, X509* issuer, int what, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, what, value.c_str());
  must(extension != nullptr, value.c_str());
  must(X509_add_ext(certificate, extension, -1) == 1, "extension");
  X509_EXTENSION_free(extension);
}

template <class Write>
std::string text_by(Write write) {
  BIO* const to = BIO_new(BIO_s_mem());
  must(to != nullptr && write(to) == 1, "PEM");
  char* bytes = nullptr;
  const long n = BIO_get_mem_data(to, &bytes);
  std::string text(bytes, static_cast<std::size_t>(n));
  BIO_free(to);
  return text;
}

}  // namespace

std::string identity::certificate_pem() const {
  return text_by([this](BIO* to) { return PEM_write_bio_X509(to, certificate.get()); });
}
std::string identity::key_pem() const {
  return text_by(
      [this](BIO* to) { return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
}

identity issue(const certificate_request& wanted, const identity* issuer) {
  static long serial = 1;
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
  if (!wanted.authority && !wanted.usage.empty()) extend(certificate, above, NID_ext_key_usage, wanted.usage);
  std::string names;
  for (const std::string& one : wanted.names) names += (names.empty() ? "" : ",") + one;
  if (!wanted.authority && !names.empty()) extend(certificate, above, NID_subject_alt_name, names);
  EVP_PKEY* const signer = issuer == nullptr ? made.key.get() : issuer->key.get();
  const EVP_MD* const digest = EVP_PKEY_is_a(signer, "ED25519") == 1 ? nullptr : EVP_sha256();
  must(X509_sign(certificate, signer, digest) != 0, "signature");
  return made;
}

const identity& root() {
  static const identity made = issue({.common_name = "the root", .authority = true});
  return made;
}

const identity& localhost(key_kind kind) {
  static const identity made[] = {issue({.common_name = "localhost", .key = key_kind::ec}, &root()),
                                  issue({.common_name = "localhost", .key = key_kind::rsa}, &root()),
                                  issue({.common_name = "localhost", .key = key_kind::ed25519}, &root())};
  return made[static_cast<std::size_t>(kind)];
}

const identity& client_of_root() {
  static const identity made = issue({.common_name = "a client", .names = {}, .usage = "clientAuth"}, &root());
  return made;
}

}  // namespace penstock_test
