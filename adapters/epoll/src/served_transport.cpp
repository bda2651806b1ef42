// SPDX-License-Identifier: BSL-1.0
// When a handler begins, and what follows its end.
#include "served_transport.hpp"

#include <exception>
#include <utility>

#include "server_state.hpp"
#include "socket_options.hpp"

namespace penstock { inline namespace v0 { namespace epoll { namespace detail {

served_transport::served_transport(event_loop& loop, int fd, const address& peer, const stream_options& options,
                                   std::shared_ptr<server_state> of)
    : socket_transport(loop, fd, peer, options),
      completion{[](completion& c) noexcept -> std::coroutine_handle<> {
        auto& self = static_cast<served_transport&>(c);
        self.ended_ = true;
        self.update();
        return std::noop_coroutine();
      }},
      state_(std::move(of)) {}

void served_transport::begin(event_loop& loop, int fd, const address& peer, const stream_options& options,
                             std::shared_ptr<server_state> of) {
  descriptor guarded(loop.calls(), fd);
  auto* const made = new served_transport(loop, fd, peer, options, std::move(of));
  guarded.release();
  made->begin_in_loop();
  made->state_->add(*made);
  made->hold();
  made->start();
}

void served_transport::start() {
  try {
    handler_ = state_->handle(*this);
    ended_ = handler_.start();
  } catch (...) {  // no memory for the frame, or a handler that is no coroutine and throws
    state_->report(std::current_exception());
    ended_ = true;
  }
  if (ended_) return handler_ended();
  handler_.then(*this);
}

// The frame is not destroyed where it ends but here, in a turn behind it.
void served_transport::handler_ended() noexcept {
  ended_ = false;
  if (handler_) {
    try {
      std::move(handler_).result();
    } catch (...) {
      state_->report(std::current_exception());
    }
    handler_ = task<>();
  }
  socket_transport::close();
  let_go();
}

bool served_transport::work(time_point now) {
  const bool again = socket_transport::work(now);
  if (!ended_) return again;
  handler_ended();
  return true;
}

void served_transport::on_closed() noexcept { state_->remove(*this); }

void served_transport::drop() noexcept {
  socket_transport::hang_up(true);
  if (!handler_) return;
  handler_ = task<>();
  let_go();
}

}}}}  // namespace penstock::v0::epoll::detail
