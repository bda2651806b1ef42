// SPDX-License-Identifier: BSL-1.0
// A server at a place of the virtual network, with a backlog as a kernel has one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include <penstock/coro/open_streams.hpp>
#include <penstock/coro/runnable.hpp>
#include <penstock/coro/served.hpp>
#include <penstock/memory/endpoint.hpp>
#include <penstock/memory/event_loop.hpp>
#include <penstock/memory/network.hpp>

namespace penstock { inline namespace v0 { namespace memory { namespace detail {

inline constexpr const char* no_sockets = "memory has no sockets to take over: leave sock out";

class named_server final : public penstock::detail::server_state, private runnable {
 public:
  named_server(event_loop& loop, connection_handler handler, const stream_options& streams,
               const serving_options& serving, int backlog)
      : server_state(loop, std::move(handler), streams, serving),
        runnable([](runnable& r) { static_cast<named_server&>(r).accept_some(); }),
        loop_(loop),
        most_waiting_(static_cast<std::size_t>(backlog) + 1) {}

  // Throws std::system_error where somebody is.
  void bind(const network::place& at);
  std::vector<int> sockets() const override { return numbers_; }
  std::uint16_t port() const noexcept override { return port_; }

  // A client's attempt would be answered.
  bool has_room() const noexcept { return listens_ && waiting_.size() < most_waiting_; }
  bool listens() const noexcept { return listens_; }
  // Joins a client's end with one of ours at a place, which waits to be accepted.
  open_streams connect(const network::place& at, std::string name, const stream_options& client);

 private:
  struct arrived {
    penstock::detail::served<endpoint>& client;
    stream_reader handle;
  };

  ~named_server() override { close(); }
  void listen() override { listens_ = true; }
  void accepting_changed() noexcept override { look(); }
  void stop_listening() noexcept override;
  void look() noexcept {
    if (!runnable::linked() && !waiting_.empty()) loop_.schedule(*this);
  }
  void accept_some();

  event_loop& loop_;
  std::size_t most_waiting_;
  std::uint16_t port_ = 0;  // of a path: none
  std::vector<int> numbers_;
  bool listens_ = false;
  std::deque<arrived> waiting_;
};

}}}}  // namespace penstock::v0::memory::detail
