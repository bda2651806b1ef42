// SPDX-License-Identifier: BSL-1.0
// Reading a certificate's fields.
#include <penstock/tls/certificate_info.hpp>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

#include "error_queue.hpp"
#include "pem.hpp"
#include "printable.hpp"

namespace penstock { inline namespace v0 { namespace tls {
namespace {

std::string hexadecimal(const unsigned char* bytes, std::size_t n) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (std::size_t i = 0; i < n; ++i) (text += digits[bytes[i] >> 4]) += digits[bytes[i] & 15];
  return text;
}

void free_der(unsigned char* der) noexcept { OPENSSL_free(der); }

std::string text_of_name(const X509_NAME* name) {
  const bio_handle to(BIO_new(BIO_s_mem()));
  char* text = nullptr;
  if (!to ||
      X509_NAME_print_ex(to.get(), name, 0, XN_FLAG_RFC2253 & ~static_cast<unsigned long>(ASN1_STRFLGS_ESC_MSB)) < 0)
    return {};
  const long n = BIO_get_mem_data(to.get(), &text);
  return n <= 0 ? std::string() : std::string(text, static_cast<std::size_t>(n));
}

std::int64_t seconds_of(const ASN1_TIME* time) noexcept {
  const std::unique_ptr<ASN1_TIME, released_by<ASN1_STRING_free>> epoch(ASN1_TIME_set(nullptr, 0));
  int days = 0;
  int seconds = 0;
  if (!epoch || ASN1_TIME_diff(&days, &seconds, epoch.get(), time) != 1) return 0;
  return std::int64_t{days} * 86'400 + seconds;
}

std::string text_of_address(const ASN1_OCTET_STRING* address) {
  const unsigned char* const bytes = ASN1_STRING_get0_data(address);
  const int n = ASN1_STRING_length(address);
  std::string text;
  if (n == 4) {
    for (int i = 0; i < n; ++i) (text += i == 0 ? "" : ".") += std::to_string(bytes[i]);
    return text;
  }
  const std::string digits = hexadecimal(bytes, static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < digits.size(); i += 4) (text += i == 0 ? "" : ":") += digits.substr(i, 4);
  return text;
}

std::string text_of_string(const ASN1_STRING* string) {
  return printable({reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
                    static_cast<std::size_t>(ASN1_STRING_length(string))});
}

std::vector<std::string> names_of(const X509* certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, released_by<GENERAL_NAMES_free>> list(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; list && i < sk_GENERAL_NAME_num(list.get()); ++i) {
    const GENERAL_NAME* const one = sk_GENERAL_NAME_value(list.get(), i);
    switch (one->type) {
      case GEN_DNS: names.push_back("DNS:" + text_of_string(one->d.dNSName)); break;
      case GEN_IPADD: names.push_back("IP:" + text_of_address(one->d.iPAddress)); break;
      case GEN_EMAIL: names.push_back("email:" + text_of_string(one->d.rfc822Name)); break;
      case GEN_URI: names.push_back("URI:" + text_of_string(one->d.uniformResourceIdentifier)); break;
      default: break;
    }
  }
  return names;
}

}  // namespace

certificate_info describe_certificate(const x509_st& certificate) {
  const quiet_errors quiet;
  certificate_info info;
  info.subject = text_of_name(X509_get_subject_name(&certificate));
  info.issuer = text_of_name(X509_get_issuer_name(&certificate));
  info.names = names_of(&certificate);
  info.not_before = seconds_of(X509_get0_notBefore(&certificate));
  info.not_after = seconds_of(X509_get0_notAfter(&certificate));
  const ASN1_INTEGER* const serial = X509_get0_serialNumber(&certificate);
  info.serial = hexadecimal(ASN1_STRING_get0_data(serial), static_cast<std::size_t>(ASN1_STRING_length(serial)));
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (X509_digest(&certificate, EVP_sha256(), digest, &size) == 1) info.fingerprint = hexadecimal(digest, size);
  unsigned char* made = nullptr;
  const int n = i2d_X509(&certificate, &made);
  const std::unique_ptr<unsigned char, released_by<free_der>> der(made);
  if (n > 0) info.der.assign(reinterpret_cast<const char*>(made), static_cast<std::size_t>(n));
  return info;
}

// A name's bytes are its owner's choice: what the subject has escaped (RFC 2253) is escaped here, too.
static std::string escaped(std::string_view name) {
  std::string text;
  for (const char c : name) (text += std::string_view(",;\"\\+<>").find(c) == std::string_view::npos ? "" : "\\") += c;
  return text;
}

std::string describe(const certificate_info& info) {
  std::string text = "subject=" + info.subject + "; issuer=" + info.issuer + "; names=";
  for (std::size_t i = 0; i < info.names.size(); ++i) (text += i == 0 ? "" : ",") += escaped(info.names[i]);
  text += "; not_before=" + std::to_string(info.not_before) + "; not_after=" + std::to_string(info.not_after);
  return text += "; serial=" + info.serial + "; sha256=" + info.fingerprint;
}

}}}  // namespace penstock::v0::tls
