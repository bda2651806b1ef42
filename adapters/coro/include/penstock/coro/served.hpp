// SPDX-License-Identifier: BSL-1.0
// A server's connection: a transport and the handler that runs on it, in one object.
#pragma once

#include <coroutine>
#include <utility>

#include <penstock/contract.hpp>
#include <penstock/coro/held.hpp>
#include <penstock/coro/list.hpp>
#include <penstock/coro/server_state.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/coro/task.hpp>

namespace penstock { inline namespace v0 { namespace detail {

// A server's share of a stream, which is held until the handler has ended, in whatever way; then it is
// closed with a flush, handles that were given away included (R47).
class PENSTOCK_API served_client : public list_hook<served_client>, private completion {
 public:
  stream& its_stream() noexcept { return stream_; }
  const stream& its_stream() const noexcept { return stream_; }
  void loop_finishes() noexcept;  // the handler is destroyed, and what it has written leaves

  // Counts it and runs the handler up to its first wait. The transport takes part in its loop.
  void start_handler() noexcept;

  bool announced = false;  // the observer was told of it: what it is told of the end

 protected:
  served_client(stream& s, held<server_state> of) noexcept
      : completion{[](completion& c) noexcept -> std::coroutine_handle<> {
          static_cast<served_client&>(c).stream_.update();
          return std::noop_coroutine();
        }},
        stream_(s),
        state_(std::move(of)) {}

  // Behind a turn. True: the handler has ended, another turn is wanted.
  bool after_turn() noexcept;
  bool observed() const noexcept { return announced && state_->has_observer(); }
  void transport_closed() noexcept;
  void loop_ends() noexcept;

 private:
  void handler_ended() noexcept;

  stream& stream_;
  held<server_state> state_;
  task<> handler_;
};

// A transport, as its listener makes it.
template <class Transport>
class served final : public Transport, public served_client {
 public:
  template <class... Args>
  explicit served(held<server_state> of, Args&&... args)
      : Transport(std::forward<Args>(args)...), served_client(static_cast<stream&>(*this), std::move(of)) {}

  // After this the listener touches it no more.
  void begin() {
    this->begin_in_loop();
    start_handler();
  }

 private:
  PENSTOCK_HOT bool work(time_point now) override {
    const bool again = Transport::work(now);
    return after_turn() || again;
  }
  bool end_is_told() const noexcept override { return observed(); }
  void on_closed() noexcept override { transport_closed(); }
  void drop() noexcept override {
    Transport::drop();
    loop_ends();
  }
};

}}}  // namespace penstock::v0::detail
