// SPDX-License-Identifier: BSL-1.0
// A connected socket's four verbs, and what its events say about them.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <system_error>

#include <penstock/contract.hpp>
#include <penstock/coro/turn.hpp>
#include <penstock/epoll/kernel.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

// Owns the descriptor. Says "readable" and "writable" until the kernel has said otherwise: a short
// receive means drained, unless an event since the last EAGAIN told of a hang-up or an error, for
// data and FIN in one edge give no second one (I-32), or of urgent data, at which a receive stops.
// One on a Unix socket stops at each message that carries descriptors: there only EAGAIN means drained.
class PENSTOCK_API socket_io {
 public:
  socket_io(kernel& calls, int fd, bool is_unix = false) noexcept : kernel_(calls), fd_(fd), is_unix_(is_unix) {}
  socket_io(const socket_io&) = delete;
  socket_io& operator=(const socket_io&) = delete;
  ~socket_io() { hang_up(false); }

  int fd() const noexcept { return fd_; }  // -1 once closed
  bool open() const noexcept { return fd_ >= 0; }
  bool readable() const noexcept { return readable_ && open(); }
  bool writable() const noexcept { return writable_; }
  bool failed() const noexcept { return failed_; }  // an event told of an error

  void note(std::uint32_t events) noexcept;  // of epoll, or of poll: the bits are the same

  transfer receive(std::span<char> into) noexcept;
  // One segment leaves by send, several by sendmsg (R10).
  transfer send(std::span<const std::string_view> from) noexcept;
  std::error_code shut_down() noexcept;
  // Closes; with a reset where it says so (R79), else behind what was sent: up to a megabyte of input that
  // nobody wants is received before, for a socket closed above it resets instead. Again: nothing.
  void hang_up(bool reset) noexcept;
  // The error that an event told of; success where there is none after all, or where bytes came before it:
  // the receive behind them tells it then.
  std::error_code pending_error() noexcept;

 private:
  kernel& kernel_;
  int fd_;
  bool readable_ = true;
  bool writable_ = true;
  bool more_behind_ = false;  // an event since the last EAGAIN says that a short receive may not have been all
  bool failed_ = false;
  bool broken_ = false;  // a send failed: nothing that was sent can be kept by receiving what is unwanted
  bool ended_ = false;   // the end or an error was told: nothing is received any more
  bool is_unix_;
};

}}}  // namespace penstock::v0::epoll
