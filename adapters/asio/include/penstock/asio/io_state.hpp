// SPDX-License-Identifier: BSL-1.0
// What a transport shares with its pending operations: Asio's object, and who is told.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/system/error_code.hpp>

#include <sys/socket.h>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include <penstock/asio/endpoints.hpp>
#include <penstock/asio/executor_loop.hpp>
#include <penstock/asio/operation_memory.hpp>
#include <penstock/coro/held.hpp>
#include <penstock/coro/stream.hpp>

namespace penstock { inline namespace v0 { namespace asio { namespace detail {

// The socket, or other object, below all layers.
template <class S>
auto& lowest(S& s) noexcept {
  if constexpr (requires { s.lowest_layer(); })
    return s.lowest_layer();
  else
    return s;
}
template <class S>
using lowest_of = std::remove_reference_t<decltype(lowest(std::declval<S&>()))>;
template <class S>
concept has_endpoints = requires(lowest_of<S> s, boost::system::error_code ec) {
  s.remote_endpoint(ec);
  s.local_endpoint(ec);
};

// Held by the transport and by each pending operation, which is told nothing once the transport has left.
// For one thread at a time.
template <class S>
class io_state {
 public:
  io_state(executor_loop& loop, S next, stream& owner) : loop_(loop), owner_(&owner), next_(std::move(next)) {
    loop.opened();
  }
  io_state(const io_state&) = delete;
  io_state& operator=(const io_state&) = delete;

  void hold() noexcept { ++holders_; }
  void let_go() noexcept {
    if (--holders_ == 0) delete this;
  }
  void begin_operation() noexcept { ++pending_; }
  // Completed or destroyed.
  void end_operation() noexcept {
    if (--pending_ == 0 && !open_) nothing_pending();
  }
  // The transport ends.
  void leave() noexcept { owner_ = nullptr; }

  bool open() const noexcept { return open_; }
  executor_loop& loop() const noexcept { return *loop_; }
  std::string own_name() const {
    if constexpr (has_endpoints<S>) {
      boost::system::error_code ec;
      if (open_) return text_of(lowest(*next_).local_endpoint(ec));
    }
    return {};
  }
  std::string peer_name() const {
    if constexpr (has_endpoints<S>) {
      boost::system::error_code ec;
      if (open_) return text_of(lowest(*next_).remote_endpoint(ec));
    }
    return {};
  }
  // Of the process that connected to a path, or that listens there.
  std::string peer_credentials() {
#ifdef SO_PEERCRED
    if constexpr (requires(lowest_of<S> s, boost::system::error_code ec) {
                    s.local_endpoint(ec).protocol().family();
                    s.native_handle();
                  }) {
      boost::system::error_code ec;
      if (!open_ || lowest(*next_).local_endpoint(ec).protocol().family() != AF_UNIX) return {};
      ucred peer{};
      socklen_t size = sizeof peer;
      if (::getsockopt(lowest(*next_).native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
        return "pid=" + std::to_string(peer.pid) + " uid=" + std::to_string(peer.uid) +
               " gid=" + std::to_string(peer.gid);
    }
#endif
    return {};
  }
  // -1: it has none.
  int descriptor() {
    if constexpr (requires(lowest_of<S> s) { s.native_handle(); })
      if (open_) return static_cast<int>(lowest(*next_).native_handle());
    return -1;
  }

 protected:
  static constexpr std::size_t operation_size = 256;
  using slot = operation_memory<operation_size>;
  virtual ~io_state() { no_longer_open(); }
  // Closed, and no operation refers to it: the context may end from here on.
  virtual void nothing_pending() noexcept { next_.reset(); }
  bool any_pending() const noexcept { return pending_ != 0; }
  // False: it was not.
  bool no_longer_open() noexcept {
    if (!std::exchange(open_, false)) return false;
    loop_->closed();
    return true;
  }

  void tell() {
    if (owner_ != nullptr && owner_->has_loop()) loop_->turn_of(*owner_);
  }
  // With what else has just completed: an error that a read brings is told before a write runs into it.
  void tell_with_others() {
    if (owner_ == nullptr) return;
    loop_->look_at_clock();
    owner_->update();
  }
  // Closes what is below; what is pending completes.
  void close_lowest(bool reset) noexcept {
    auto& s = lowest(*next_);
    boost::system::error_code ec;
    if constexpr (requires { s.set_option(net::socket_base::linger(true, 0), ec); })
      if (reset) s.set_option(net::socket_base::linger(true, 0), ec);
    if constexpr (requires { ::recv(s.native_handle(), nullptr, 0, MSG_DONTWAIT); })
      if (!reset) receive_unwanted(s.native_handle());
    if constexpr (requires { s.close(ec); })
      s.close(ec);
    else if constexpr (requires { s.close(); })
      s.close();
  }

  // Up to a megabyte: a socket that is closed above input resets the connection, and with it what was sent.
  static void receive_unwanted(int fd) noexcept {
    char unwanted[16 * 1024];
    for (int receives = 64; receives != 0 && ::recv(fd, unwanted, sizeof unwanted, MSG_DONTWAIT) > 0;) --receives;
  }

  held<executor_loop> loop_;
  stream* owner_;
  std::optional<S> next_;
  bool open_ = true;
  slot slot_;  // of the operation that is nearly always the only one

 private:
  std::size_t holders_ = 0;
  unsigned pending_ = 0;
};

// A completion handler of a transport's own: its operation lies in the state.
template <class Io, auto Done>
class io_handler {
 public:
  using executor_type = net::any_io_executor;
  using allocator_type = slot_allocator<void, Io::operation_size>;

  io_handler(Io& io, typename Io::slot& memory) noexcept : io_(io), memory_(&memory) { io.begin_operation(); }
  io_handler(io_handler&&) noexcept = default;
  io_handler(const io_handler&) = delete;
  io_handler& operator=(const io_handler&) = delete;
  ~io_handler() {
    if (io_) io_->end_operation();
  }
  executor_type get_executor() const noexcept { return io_->loop().executor(); }
  allocator_type get_allocator() const noexcept { return allocator_type(*memory_); }
  template <class... Result>
  void operator()(const Result&... result) const {
    (io_.get()->*Done)(result...);
  }

 private:
  held<Io> io_;
  typename Io::slot* memory_;
};

}}}}  // namespace penstock::v0::asio::detail
