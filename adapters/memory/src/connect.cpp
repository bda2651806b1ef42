// SPDX-License-Identifier: BSL-1.0
// Attempts over the virtual network.
#include <penstock/memory/connect.hpp>

#include <deque>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <penstock/coro/checked_options.hpp>
#include <penstock/coro/racing.hpp>
#include <penstock/memory/network.hpp>

#include "named_server.hpp"

namespace penstock { inline namespace v0 { namespace memory {
namespace {

namespace shared = penstock::detail;

// Whether somebody answers is seen when the way's delay is over.
class attempt final : private timer {
 public:
  attempt(event_loop& loop, notification& changed, std::string host, std::uint16_t port)
      : timer([](timer& t) { static_cast<attempt&>(t).arrive(); }),
        loop_(loop),
        changed_(changed),
        host_(std::move(host)),
        port_(port) {}

  const std::string& host() const noexcept { return host_; }
  std::error_code start() {
    const duration delay = loop_.net().way(host_).connect_delay;
    if (delay > duration())
      loop_.arm(*this, loop_.now() + delay);
    else
      arrive();
    return {};
  }
  bool reported() const noexcept { return reported_; }
  std::error_code outcome() const noexcept {
    const way_to_host& way = loop_.net().way(host_);
    if (way.refuses) return way.refuses;
    return server() != nullptr ? std::error_code() : std::make_error_code(std::errc::connection_refused);
  }
  void close() noexcept { timer::disarm(); }
  // Null: nobody listens.
  detail::named_server* server() const noexcept {
    detail::named_server* const there = loop_.net().listening(host_, port_);
    return there != nullptr && there->listens() ? there : nullptr;
  }

 private:
  void arrive() noexcept {
    const way_to_host& way = loop_.net().way(host_);
    if (way.drops || (server() != nullptr && !server()->has_room())) return;
    reported_ = true;
    changed_.notify_all();
  }

  event_loop& loop_;
  notification& changed_;
  std::string host_;
  std::uint16_t port_;
  bool reported_ = false;
};

task<duplex_end> connect(event_loop& loop, std::string name, std::string server_hostname, connection_options options) {
  notification changed(loop);
  const std::vector<std::string> hosts = loop.net().resolve(name);
  const auto port = static_cast<std::uint16_t>(*options.port);
  std::vector<race_attempt> states(hosts.size());
  std::deque<attempt> attempts;
  for (const std::string& host : hosts) attempts.emplace_back(loop, changed, host, port);
  const race_options racing = {options.happy_eyeballs_delay, options.connect_timeout};
  const race_step end = co_await shared::race(loop, changed, attempts, states, racing);
  const auto address = [&](std::size_t i) { return hosts[i] + ':' + std::to_string(port); };
  if (end.action == race_action::failed) shared::throw_connect_error(end.error, states, options.all_errors, address);
  const attempt& won = attempts[end.attempt];
  duplex_end streams = won.server()->connect(won.host(), shared::streams_of(options, false, server_hostname));
  co_await shared::established(streams.out.underlying());
  co_return streams;
}

}  // namespace

task<duplex_end> open_connection(event_loop& loop, const connection_options& options) {
  static_cast<void>(shared::streams_of(options, false));
  shared::check_hostname(options, !options.host.empty(),
                         "You must set server_hostname when using ssl without a host: to the name in the certificate");
  shared::check_times(options);
  shared::refuse_if(!options.port, "no port was specified: set port");
  shared::refuse_if(*options.port < 0 || *options.port > 65535, "a port must be 0-65535");
  shared::refuse_if(options.happy_eyeballs_delay < duration(), "happy_eyeballs_delay must not be negative");
  shared::refuse_if(options.connect_timeout <= duration(), "connect_timeout must be above 0; leave it out for none");
  return connect(loop, std::string(options.host), std::string(options.server_hostname.value_or(options.host)), options);
}

task<duplex_end> open_connection(const connection_options& options) {
  return open_connection(scheduler::running<event_loop>(), options);
}

}}}  // namespace penstock::v0::memory
