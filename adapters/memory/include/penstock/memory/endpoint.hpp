// SPDX-License-Identifier: BSL-1.0
// A stream whose peer is another one in the same loop.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>

#include <penstock/contract.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/coro/turn.hpp>
#include <penstock/memory/event_loop.hpp>
#include <penstock/memory/pipe.hpp>

namespace penstock { inline namespace v0 { namespace memory {

// Made in pairs by duplex() and by connecting; ends itself.
class PENSTOCK_API endpoint : public stream {
 public:
  endpoint(event_loop& loop, std::string name, const stream_options& options);

  // Two ends begin with a pipe each way.
  static void join(endpoint& a, endpoint& b, const fault_plan& to_b, const fault_plan& to_a);

  // --- a turn's verbs ----------------------------------------------------------------------

  bool readable() const noexcept;
  receive_arena arena() const noexcept { return in().arena(); }
  transfer receive(std::span<char> into) noexcept;
  transfer send(std::span<const std::string_view> from) noexcept;
  std::error_code shut_down() noexcept;
  void hang_up(bool reset) noexcept;

 protected:
  ~endpoint() override;
  bool work(time_point now) override;
  void drop() noexcept override { hang_up(loses_bytes()); }

 private:
  std::string extra_info(std::string_view key) const override;
  time_point next_event() const noexcept override;
  void tell_peer() noexcept;
  event_loop& in() const noexcept { return static_cast<event_loop&>(loop()); }

  std::string name_;
  std::string peer_name_;
  endpoint* peer_ = nullptr;
  std::shared_ptr<pipe> in_;
  std::shared_ptr<pipe> out_;
  int number_;  // in the network: what a descriptor is elsewhere
  bool open_ = true;
};

}}}  // namespace penstock::v0::memory
