// SPDX-License-Identifier: BSL-1.0
// A stream over a socket of an event_loop.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <penstock/contract.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/coro/turn.hpp>
#include <penstock/epoll/address.hpp>
#include <penstock/epoll/event_loop.hpp>
#include <penstock/epoll/socket_io.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

class PENSTOCK_API socket_transport : public stream, private watched {
 public:
  // Takes the connected, non-blocking descriptor over: it is closed also where this fails. Throws
  // std::invalid_argument for options out of their range, std::system_error, std::bad_alloc. The caller makes the first
  // handle.
  static socket_transport& adopt(event_loop& loop, int fd, const address& peer, const stream_options& options);

  // --- a turn's verbs ----------------------------------------------------------------------

  bool readable() const noexcept { return io_.readable() && !reading_paused(); }
  receive_arena arena() const noexcept { return loop_of().arena(); }
  transfer receive(std::span<char> into) noexcept { return io_.receive(into); }
  transfer send(std::span<const std::string_view> from) noexcept {
    const transfer out = io_.send(from);
    count_sent(out.count);
    return out;
  }
  std::error_code shut_down() noexcept { return io_.shut_down(); }
  void hang_up(bool reset) noexcept;

 protected:
  socket_transport(event_loop& loop, int fd, const address& peer, const stream_options& options);
  // Takes part in the loop, or throws and ends itself.
  void begin_in_loop();
  bool work(time_point now) override;
  void drop() noexcept override { hang_up(loses_bytes()); }

 private:
  // Printable names, for when the socket has none any more.
  struct names {
    std::string own;
    std::string peer;
    std::string credentials;
    int socket = -1;
  };

  event_loop& loop_of() const noexcept { return static_cast<event_loop&>(loop()); }
  void on_events(std::uint32_t events) noexcept override;
  static std::unique_ptr<names> kept_name(const address& peer);
  std::string extra_info(std::string_view key) const override;
  std::string own_name() const;
  std::string peer_name() const;
  std::string credentials() const;

  std::uint16_t peer_port_ = 0;  // of IPv4; other peers have their names from the start
  std::uint32_t peer_host_ = 0;
  std::unique_ptr<names> names_;
  socket_io io_;  // last: what fails before leaves the descriptor to the caller
};

}}}  // namespace penstock::v0::epoll
