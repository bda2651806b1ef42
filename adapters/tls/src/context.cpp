// SPDX-License-Identifier: BSL-1.0
// How a context is shared, and how it makes a connection's wire: all or nothing.
#include <penstock/tls/context.hpp>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstddef>
#include <new>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include <penstock/error.hpp>
#include <penstock/tls/context_builder.hpp>
#include <penstock/tls/error.hpp>

#include "context_settings.hpp"
#include "error_queue.hpp"

namespace penstock { inline namespace v0 { namespace tls {
namespace {

constexpr std::size_t most_name = 255;

std::string_view host_of(const filter_options& options) noexcept { return without_last_dot(options.server_hostname); }

// One with a dot in front OpenSSL takes for all that end so; one beyond ASCII goes over the wire as its A-label only.
bool may_be_host(std::string_view name) noexcept {
  const auto is_odd = [](char c) { return c == '\0' || static_cast<unsigned char>(c) > 0x7f; };
  return name.size() <= most_name && !name.starts_with('.') && std::none_of(name.begin(), name.end(), is_odd);
}

std::error_code check_open(const connection& inner, const filter_options& options) noexcept {
  if (inner.state() != connection_state::open || inner.in().ended()) return penstock::errc::not_connected;
  if (options.leftover == leftover::reject && !inner.in().buffered().empty()) return penstock::errc::bad_option;
  return {};
}

bool is_address(const char* name) noexcept {
  ASN1_OCTET_STRING* const address = a2i_IPADDRESS(name);
  ASN1_OCTET_STRING_free(address);
  return address != nullptr;
}

// Whom a client asks for and, where `checks`, whose certificate it accepts. A name that only stands
// in the subject counts for nothing, nor does a wildcard for a part of a label. OpenSSL takes no name for any name.
std::error_code expect_peer(SSL* ssl, std::string_view name, bool checks) noexcept {
  constexpr unsigned int rules = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
  char text[most_name + 1];
  if (name.empty()) return {};
  text[name.copy(text, name.size())] = '\0';
  bool done = true;
  if (is_address(text)) {
    done = !checks || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), text) == 1;
  } else {
    SSL_set_hostflags(ssl, rules);
    done = SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, text) == 1 &&
           (!checks || SSL_set1_host(ssl, text) == 1);
  }
  return done ? std::error_code() : queued_error(penstock::errc::bad_option);
}

// Who verified, and whom: OpenSSL keeps it in every session that is made, and refuses to resume another one's.
std::error_code name_sessions(SSL* ssl, const context_settings& settings, std::string_view host,
                              std::span<unsigned char, 32> origin) noexcept {
  unsigned char text[sizeof settings.own + most_name];
  unsigned char* end = std::copy(settings.own.begin(), settings.own.end(), text);
  end = std::transform(host.begin(), host.end(), end, lower_in_ascii);
  const bool done =
      EVP_Digest(text, static_cast<std::size_t>(end - text), origin.data(), nullptr, EVP_sha256(), nullptr) == 1 &&
      SSL_set_session_id_context(ssl, origin.data(), static_cast<unsigned int>(origin.size())) == 1;
  return done ? std::error_code() : queued_error(penstock::errc::no_memory);
}

}  // namespace

context::context(const context& other) noexcept : filter(other), handle_(other.handle_) {
  if (handle_ != nullptr) SSL_CTX_up_ref(handle_);
}
context::context(context&& other) noexcept : filter(other), handle_(std::exchange(other.handle_, nullptr)) {}
context& context::operator=(context other) noexcept {
  std::swap(handle_, other.handle_);
  return *this;
}
context::~context() {
  const quiet_errors quiet;
  SSL_CTX_free(handle_);
}

context_builder context::client() { return context_builder(false); }
context_builder context::server() { return context_builder(true); }
context context::default_client() {
  std::error_code ec;
  context made = default_client(ec);
  if (ec) throw std::system_error(ec, "the system's authorities");
  return made;
}
context context::default_client(std::error_code& ec) noexcept {
  return context_builder(false).trust_system().build(ec);
}

bool context::is_server() const noexcept { return handle_ != nullptr && context_settings::of(handle_).server; }

std::error_code context::check(const filter_options& options) const noexcept {
  if (handle_ == nullptr) return penstock::errc::bad_option;
  const context_settings& settings = context_settings::of(handle_);
  if (settings.server != options.server) return errc::wrong_role;
  if (options.handshake_timeout <= duration() || options.shutdown_timeout < duration())
    return penstock::errc::bad_option;
  if (options.server) return {};
  const std::string_view host = host_of(options);
  if (settings.checks_host_name && host.empty()) return errc::no_server_hostname;
  return may_be_host(host) ? std::error_code() : penstock::errc::bad_option;
}

std::unique_ptr<tls_wire> context::open(connection& inner, const filter_options& options,
                                        const session_options& session, std::error_code& ec) const noexcept {
  const quiet_errors quiet;
  ec = check(options);
  if (!ec) ec = check_open(inner, options);
  if (ec) return nullptr;
  const context_settings& settings = context_settings::of(handle_);
  block_source& blocks = session.blocks == nullptr ? inner.blocks() : *session.blocks;
  std::unique_ptr<tls_wire> made(new (std::nothrow) tls_wire(inner, options, settings.accepts_truncation, blocks));
  ec = made == nullptr ? make_error_code(penstock::errc::no_memory) : made->engine_.start(handle_, options.server);
  if (!ec && !options.server) {
    const std::string_view host = host_of(options);
    ec = expect_peer(made->engine_.ssl(), host, settings.checks_host_name);
    if (!ec) ec = name_sessions(made->engine_.ssl(), settings, host, made->origin_);
  }
  if (!ec && session.resume != nullptr && *session.resume) ec = made->set_session(*session.resume);
  const std::string_view left = inner.in().buffered();
  if (!ec && !made->engine_.input().append(left)) ec = penstock::errc::no_memory;
  if (ec) return nullptr;
  made->stalled_ = !left.empty();
  inner.in().start_over();
  return made;
}

wire_handle context::wrap(connection& inner, const filter_options& options, std::error_code& ec) const noexcept {
  return wire_handle(open(inner, options, {}, ec).release());
}

wire_handle context_with::wrap(connection& inner, const filter_options& options, std::error_code& ec) const noexcept {
  return wire_handle(shared_.open(inner, options, session_, ec).release());
}

}}}  // namespace penstock::v0::tls
