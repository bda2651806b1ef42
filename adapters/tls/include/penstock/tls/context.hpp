// SPDX-License-Identifier: BSL-1.0
// What any number of TLS connections share: keys, trust, policy. A filter, so that adapters need
// not know what it is.
#pragma once

#include <memory>
#include <system_error>

#include <penstock/contract.hpp>
#include <penstock/filter.hpp>
#include <penstock/tls/session.hpp>
#include <penstock/tls/tls_wire.hpp>

struct ssl_ctx_st;

namespace penstock { inline namespace v0 { namespace tls {

class context_builder;

// A counted handle, immutable from build() on; copies share. Safe to use from any number of threads
// at a time. Connections keep what they were made with: to reload certificates, build another
// context and wrap the connections to come with that one.
class PENSTOCK_API context final : public filter {
 public:
  context() = default;
  context(const context&) noexcept;
  context(context&&) noexcept;
  context& operator=(context) noexcept;
  ~context() override;

  static context_builder client();
  static context_builder server();
  // The system's trust, chain and host name verified, TLS 1.2 at least: what asyncio makes of ssl=True.
  static context default_client();  // throws std::system_error
  static context default_client(std::error_code&) noexcept;

  explicit operator bool() const noexcept { return handle_ != nullptr; }
  bool is_server() const noexcept;  // false for an empty one

  std::error_code check(const filter_options&) const noexcept override;
  wire_handle wrap(connection& inner, const filter_options& options, std::error_code& ec) const noexcept override;
  // The same with its type. errc::not_connected unless `inner` is open in both directions;
  // errc::bad_option for timeouts (a handshake's of 0 too), for names with a dot in front, beyond ASCII or longer than
  // 255 and for leftovers with leftover::reject; tls::errc::wrong_role, no_server_hostname.
  std::unique_ptr<tls_wire> open(connection& inner, const filter_options& options, const session_options& session,
                                 std::error_code& ec) const noexcept;

  ssl_ctx_st* native() const noexcept { return handle_; }  // not to be changed

 private:
  friend class context_builder;
  // Only what a builder made: an SSL_CTX of somebody else's has none of the policy, and no settings of ours.
  explicit context(ssl_ctx_st* owned) noexcept : handle_(owned) {}

  ssl_ctx_st* handle_ = nullptr;
};

// A context with one connection's options, for who takes a filter. Outlived by neither.
class PENSTOCK_API context_with final : public filter {
 public:
  context_with(const context& shared, session_options session) noexcept : shared_(shared), session_(session) {}
  std::error_code check(const filter_options& options) const noexcept override { return shared_.check(options); }
  wire_handle wrap(connection& inner, const filter_options& options, std::error_code& ec) const noexcept override;

 private:
  const context& shared_;
  session_options session_;
};

}}}  // namespace penstock::v0::tls
