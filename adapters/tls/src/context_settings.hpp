// SPDX-License-Identifier: BSL-1.0
// What of a context OpenSSL has no field for. It lives as long as the SSL_CTX that it hangs on.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <penstock/tls/context_builder.hpp>

namespace penstock { inline namespace v0 { namespace tls {

struct context_settings {
  std::array<unsigned char, 16> own{};  // drawn: no other context has it (I-46)
  bool server = false;
  bool verifies = true;
  bool checks_host_name = true;
  bool accepts_truncation = false;
  bool alpn_optional = false;
  bool refuses_other_names = false;
  std::string alpn;  // each name behind its length, as it is sent
  std::vector<std::pair<std::string, context>> names;
  context_builder::key_log_function key_log = nullptr;
  void* key_log_context = nullptr;

  // Null: no memory.
  static context_settings* attach(SSL_CTX*) noexcept;
  static context_settings& of(const SSL_CTX*) noexcept;  // of one that has them
  static context_settings& of(const SSL*) noexcept;      // of the context that it uses by now
};

inline char lower_in_ascii(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// A name in full ends with a dot; no certificate has it.
inline std::string_view without_last_dot(std::string_view name) noexcept {
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

// Which of the names a client may ask for is this one: exact, or a wildcard for the first label.
const context* context_named(const context_settings&, std::string_view name) noexcept;

// Callbacks of a server's SSL_CTX. They fail closed (I-47).
int choose_by_name(SSL*, int* alert, void*) noexcept;
int choose_protocol(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void*) noexcept;

}}}  // namespace penstock::v0::tls
