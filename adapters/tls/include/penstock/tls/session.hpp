// SPDX-License-Identifier: BSL-1.0
// What a client keeps of a connection so that the next one need not prove everything again.
#pragma once

#include <type_traits>
#include <utility>

#include <penstock/block_source.hpp>
#include <penstock/contract.hpp>

struct ssl_session_st;

namespace penstock { inline namespace v0 { namespace tls {

// A counted handle; copies share. It belongs to the context that it was made with and to the host whose name was
// verified, and holds secrets that decrypt what is sent in it.
class PENSTOCK_API session {
 public:
  session() = default;
  explicit session(ssl_session_st* owned) noexcept : handle_(owned) {}
  session(const session&) noexcept;
  session(session&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  session& operator=(session other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~session();

  explicit operator bool() const noexcept { return handle_ != nullptr; }
  // A server may still refuse it. Under TLS 1.3 only after a read has met the server's ticket, and
  // good for one connection.
  bool resumable() const noexcept;

  ssl_session_st* native() const noexcept { return handle_; }

 private:
  ssl_session_st* handle_ = nullptr;
};

// What one connection has beside filter_options. The function that takes it copies what it keeps.
struct session_options {
  const session* resume = nullptr;  // offered to the server; null, or not for here: none
  block_source* blocks = nullptr;   // where ciphertext waits; null: the connection's source. Outlives the wire
};
static_assert(std::is_trivially_destructible_v<session_options>);

}}}  // namespace penstock::v0::tls
