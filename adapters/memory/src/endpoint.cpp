// SPDX-License-Identifier: BSL-1.0
// An end's turn, and what its verbs do to the two pipes.
#include <penstock/memory/endpoint.hpp>

#include <string>
#include <utility>

#include <penstock/memory/network.hpp>

namespace penstock { inline namespace v0 { namespace memory {

endpoint::endpoint(event_loop& loop, std::string name, const stream_options& options)
    : stream(loop, options), name_(std::move(name)), number_(loop.net().next_number()) {}

endpoint::~endpoint() {
  if (peer_ != nullptr) peer_->peer_ = nullptr;
}

void endpoint::join(endpoint& a, endpoint& b, const fault_plan& to_b, const fault_plan& to_a) {
  a.out_ = b.in_ = std::make_shared<pipe>(to_b);
  b.out_ = a.in_ = std::make_shared<pipe>(to_a);
  a.peer_ = &b, a.peer_name_ = b.name_;
  b.peer_ = &a, b.peer_name_ = a.name_;
  a.begin();
  b.begin();
}

std::string endpoint::extra_info(std::string_view key) const {
  if (key == "sockname") return name_;
  if (key == "peername") return peer_name_;
  if (key == "socket") return std::to_string(number_);
  return {};
}

time_point endpoint::next_event() const noexcept {
  return open_ && !reading_paused() ? in_->next_arrival(loop().now()) : time_point::never();
}

bool endpoint::work(time_point now) { return turn(*this, now); }

void endpoint::tell_peer() noexcept {
  if (peer_ != nullptr) peer_->update();
}

bool endpoint::readable() const noexcept { return open_ && !reading_paused() && in_->readable(loop().now()); }

transfer endpoint::receive(std::span<char> into) noexcept {
  const transfer done = in_->receive(into, loop().now());
  if (done.count != 0 || done.error) tell_peer();
  return done;
}

transfer endpoint::send(std::span<const std::string_view> from) noexcept {
  const transfer done = out_->send(from, loop().now());
  count_sent(done.count);
  if (done.count != 0 || done.error) tell_peer();
  return done;
}

std::error_code endpoint::shut_down() noexcept {
  out_->end(loop().now());
  tell_peer();
  return {};
}

void endpoint::hang_up(bool reset) noexcept {
  if (!std::exchange(open_, false)) return;
  if (reset) {
    out_->reset();
    in_->reset();
  } else {
    out_->end(loop().now());
    in_->refuse();
  }
  tell_peer();
}

}}}  // namespace penstock::v0::memory
