// SPDX-License-Identifier: BSL-1.0
// Where a context's settings hang, and the choices that a server makes by a client's first message.
#include "context_settings.hpp"

#include <atomic>
#include <new>
#include <system_error>

#include <penstock/error.hpp>
#include <penstock/tls/engine.hpp>
#include <penstock/tls/error.hpp>

namespace penstock { inline namespace v0 { namespace tls {
namespace {

void release(void*, void* held, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<context_settings*>(held); }

// One a process, which stays; -1: no memory, this time.
int place() noexcept {
  constexpr int none = -1;
  static std::atomic<int> shared{none};
  if (const int known = shared.load(std::memory_order_relaxed); known != none) return known;
  const int made = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, release);
  int first = none;
  return shared.compare_exchange_strong(first, made, std::memory_order_relaxed) ? made : first;
}

bool equal_in_ascii(std::string_view a, std::string_view b) noexcept {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (lower_in_ascii(a[i]) != lower_in_ascii(b[i])) return false;
  return true;
}

enum class asked : unsigned char { nothing, name, nonsense };

// RFC 6066: a list of names, of which only host names exist and only one may be there.
asked name_in(SSL* ssl, std::string_view& name) noexcept {
  const unsigned char* data = nullptr;
  std::size_t n = 0;
  if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_server_name, &data, &n) != 1) return asked::nothing;
  const auto pair_at = [data](std::size_t i) { return static_cast<std::size_t>(data[i] << 8 | data[i + 1]); };
  constexpr std::size_t front = 5;  // the list's length, a type, the name's length
  if (n <= front || pair_at(0) != n - 2 || data[2] != TLSEXT_NAMETYPE_host_name || pair_at(3) != n - front)
    return asked::nonsense;
  name = {reinterpret_cast<const char*>(data + front), n - front};
  return asked::name;
}

}  // namespace

context_settings* context_settings::attach(SSL_CTX* handle) noexcept {
  auto* const made = place() < 0 ? nullptr : new (std::nothrow) context_settings;
  if (made == nullptr || SSL_CTX_set_ex_data(handle, place(), made) == 1) return made;
  delete made;
  return nullptr;
}

context_settings& context_settings::of(const SSL_CTX* handle) noexcept {
  return *static_cast<context_settings*>(SSL_CTX_get_ex_data(handle, place()));
}

context_settings& context_settings::of(const SSL* ssl) noexcept { return of(SSL_get_SSL_CTX(ssl)); }

const context* context_named(const context_settings& settings, std::string_view name) noexcept {
  name = without_last_dot(name);
  const std::size_t dot = name.find('.');
  for (const auto& [known, other] : settings.names)
    if (equal_in_ascii(known, name)) return &other;
  for (const auto& [known, other] : settings.names)
    if (dot != std::string_view::npos && known.starts_with("*.") &&
        equal_in_ascii(std::string_view(known).substr(1), name.substr(dot)))
      return &other;
  return nullptr;
}

// Here and not in the servername callback: that one comes after a session was resumed, and a
// session of one name must not open another one's door (I-46). A second hello, which a server may ask
// for, must not either: what it names may not be another's than what the first one did.
int choose_by_name(SSL* ssl, int* alert, void*) noexcept {
  SSL_CTX* const front = engine::started_with(ssl);
  SSL_CTX* const now = SSL_get_SSL_CTX(ssl);
  const context_settings& settings = context_settings::of(front);
  const auto refuse = [ssl, alert](int why, std::error_code ec) {
    engine::blame(ssl, ec);
    *alert = why;
    return SSL_CLIENT_HELLO_ERROR;
  };
  std::string_view name;
  const asked what = name_in(ssl, name);
  if (what == asked::nonsense) return refuse(SSL_AD_DECODE_ERROR, errc::name_refused);
  const context* const chosen = what == asked::name ? context_named(settings, name) : nullptr;
  if (chosen == nullptr && settings.refuses_other_names) return refuse(SSL_AD_UNRECOGNIZED_NAME, errc::name_refused);
  SSL_CTX* const wanted = chosen == nullptr ? front : chosen->native();
  if (wanted == now) return SSL_CLIENT_HELLO_SUCCESS;
  if (now != front) return refuse(SSL_AD_ILLEGAL_PARAMETER, errc::name_refused);
  if (SSL_set_SSL_CTX(ssl, wanted) == nullptr) return refuse(SSL_AD_INTERNAL_ERROR, penstock::errc::no_memory);
  SSL_set_verify(ssl, SSL_CTX_get_verify_mode(wanted), nullptr);
  return SSL_CLIENT_HELLO_SUCCESS;
}

int choose_protocol(SSL* ssl, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                    unsigned int offered_size, void*) noexcept {
  const context_settings& settings = context_settings::of(ssl);
  if (settings.alpn.empty()) return SSL_TLSEXT_ERR_NOACK;
  unsigned char* chosen = nullptr;
  const auto* const ours = reinterpret_cast<const unsigned char*>(settings.alpn.data());
  if (SSL_select_next_proto(&chosen, out_size, ours, static_cast<unsigned int>(settings.alpn.size()), offered,
                            offered_size) == OPENSSL_NPN_NEGOTIATED) {
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
  }
  return settings.alpn_optional ? SSL_TLSEXT_ERR_NOACK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

}}}  // namespace penstock::v0::tls
