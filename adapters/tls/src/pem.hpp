// SPDX-License-Identifier: BSL-1.0
// Certificates and keys out of PEM, from a file or a text.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string_view>

namespace penstock { inline namespace v0 { namespace tls {

template <auto Release>
struct released_by {
  template <class T>
  void operator()(T* held) const noexcept {
    Release(held);
  }
};
using bio_handle = std::unique_ptr<BIO, released_by<BIO_free>>;
using x509_handle = std::unique_ptr<X509, released_by<X509_free>>;
using pkey_handle = std::unique_ptr<EVP_PKEY, released_by<EVP_PKEY_free>>;

inline bio_handle file_of(const char* path) noexcept { return bio_handle(BIO_new_file(path, "r")); }
inline bio_handle text_of(std::string_view text) noexcept {
  return bio_handle(BIO_new_mem_buf(text.empty() ? "" : text.data(), static_cast<int>(text.size())));
}

// OpenSSL's own way to get a password is to ask on the terminal.
inline int give_password(char* to, int size, int, void* password) noexcept {
  const auto& text = *static_cast<const std::string_view*>(password);
  return text.size() > static_cast<std::size_t>(size) ? 0 : static_cast<int>(text.copy(to, text.size()));
}
inline x509_handle next_certificate(BIO* from) noexcept {
  std::string_view none;
  return x509_handle(PEM_read_bio_X509(from, nullptr, give_password, &none));
}
inline pkey_handle next_key(BIO* from, std::string_view password) noexcept {
  return pkey_handle(PEM_read_bio_PrivateKey(from, nullptr, give_password, &password));
}

// Calls take(certificate) for each one that is left. False: it refused one, or what came was
// broken.
template <class Take>
bool for_each_certificate(BIO* from, Take take) noexcept {
  for (;;) {
    const x509_handle next = next_certificate(from);
    if (!next) break;
    if (!take(next.get())) return false;
  }
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) return false;
  ERR_clear_error();
  return true;
}

}}}  // namespace penstock::v0::tls
