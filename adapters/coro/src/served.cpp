// SPDX-License-Identifier: BSL-1.0
// When a handler begins, and what follows its end.
#include <penstock/coro/served.hpp>

#include <exception>
#include <utility>

namespace penstock { inline namespace v0 { namespace detail {

void served_client::start_handler() noexcept {
  stream_.hold();
  state_->add(*this);
  if (stream_.inner().state() == connection_state::closed) state_->remove(*this);  // while it waited
  try {
    handler_ = state_->handle(*this);
    if (handler_ && !handler_.start()) return handler_.then(*this);
  } catch (...) {  // no memory for the frame, or a plain callable that throws
    state_->report("handler", &stream_, std::current_exception());
  }
  handler_ended();
}

// The frame is not destroyed where it ends but here, in a turn behind it.
void served_client::handler_ended() noexcept {
  if (handler_) {
    try {
      std::move(handler_).result();
    } catch (...) {
      state_->report("handler", &stream_, std::current_exception());
    }
    handler_ = task<>();
  }
  stream_.close();
  stream_.let_go();
}

PENSTOCK_HOT bool served_client::after_turn() noexcept {
  if (!handler_ || !handler_.done()) return false;
  handler_ended();
  return true;
}

void served_client::transport_closed() noexcept {
  if (list_hook<served_client>::linked()) state_->remove(*this);
}

void served_client::loop_finishes() noexcept {
  if (!handler_) return;
  handler_ = task<>();
  stream_.close();
  stream_.let_go();
}

void served_client::loop_ends() noexcept {
  if (!handler_) return;
  handler_ = task<>();
  stream_.let_go();
}

}}}  // namespace penstock::v0::detail
