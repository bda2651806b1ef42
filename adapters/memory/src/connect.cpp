// SPDX-License-Identifier: BSL-1.0
// Attempts over the virtual network.
#include <penstock/memory/connect.hpp>

#include <deque>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include <penstock/coro/racing.hpp>
#include <penstock/coro/socket_options.hpp>
#include <penstock/coro/timeout.hpp>
#include <penstock/memory/network.hpp>

#include "named_server.hpp"

namespace penstock { inline namespace v0 { namespace memory {
namespace {

namespace shared = penstock::detail;

// Whether somebody answers is seen when the way's delay is over.
class attempt final : private timer {
 public:
  attempt(event_loop& loop, notification& changed, const network::place& to)
      : timer([](timer& t) { static_cast<attempt&>(t).arrive(); }), loop_(loop), changed_(changed), to_(to) {}

  const network::place& to() const noexcept { return to_; }
  std::error_code start() {
    const duration delay = loop_.net().way(to_.first).connect_delay;
    if (delay > duration())
      loop_.arm(*this, loop_.now() + delay);
    else
      arrive();
    return {};
  }
  bool reported() const noexcept { return reported_; }
  std::error_code outcome() const noexcept {
    const way_to_host& way = loop_.net().way(to_.first);
    if (way.refuses) return way.refuses;
    return server() != nullptr ? std::error_code() : std::make_error_code(std::errc::connection_refused);
  }
  void close() noexcept { timer::disarm(); }
  std::string text() const { return network::text(to_); }
  // Null: nobody listens.
  detail::named_server* server() const noexcept {
    detail::named_server* const there = loop_.net().listening(to_);
    return there != nullptr && there->listens() ? there : nullptr;
  }

 private:
  void arrive() noexcept {
    const way_to_host& way = loop_.net().way(to_.first);
    if (way.drops || (server() != nullptr && !server()->has_room())) return;
    reported_ = true;
    changed_.notify_all();
  }

  event_loop& loop_;
  notification& changed_;
  const network::place& to_;
  bool reported_ = false;
};

std::string client_name(network& net) { return "client:" + std::to_string(net.next_client()); }

// Whichever of the places answers first, behind the filter's handshake, where there is one.
task<open_streams> connect_one_of(event_loop& loop, std::vector<network::place> to, std::string own_name,
                                  race_options racing, bool all_errors, stream_options options,
                                  std::string server_hostname) {
  notification changed(loop);
  std::deque<attempt> attempts;
  for (const network::place& one : to) attempts.emplace_back(loop, changed, one);
  const attempt& won = attempts[co_await shared::race(loop, changed, attempts, racing, all_errors)];
  options.layering.server_hostname = server_hostname;
  open_streams streams = won.server()->connect(won.to(), std::move(own_name), options);
  co_await shared::established(streams.out.underlying());
  co_return streams;
}

task<open_streams> connect(event_loop& loop, shared::connecting_texts texts, connection_options options) {
  network& net = loop.net();
  std::vector<network::place> to = net.resolve(texts.host, texts.port);
  std::string own_name = client_name(net);
  if (!texts.local_host.empty() || !texts.local_port.empty()) {
    network::place own = net.resolve(texts.local_host, texts.local_port).front();
    if (own.second == 0) own.second = net.free_port();
    own_name = network::text(own);
  }
  const race_options racing = {options.happy_eyeballs_delay, options.connect_timeout};
  co_return co_await connect_one_of(loop, std::move(to), std::move(own_name), racing, options.all_errors,
                                    shared::streams_of(options, false), std::move(texts.server_hostname));
}

}  // namespace

task<open_streams> open_connection(event_loop& loop, const connection_options& options, wait_limit limit) {
  shared::check_connection(options);
  shared::refuse_if(options.sock >= 0, detail::no_sockets);
  return shared::within(connect(loop, shared::connecting_texts::of(options), options), std::move(limit));
}
task<open_streams> open_unix_connection(event_loop& loop, const unix_connection_options& options, wait_limit limit) {
  shared::check_connection(options, true);
  shared::refuse_if(options.sock >= 0, detail::no_sockets);
  return shared::within(
      connect_one_of(loop, {{std::string(options.path), network::of_a_path}}, client_name(loop.net()), {}, false,
                     shared::streams_of(options, false), std::string(options.server_hostname.value_or(""))),
      std::move(limit));
}

task<open_streams> open_connection(const connection_options& options, wait_limit limit) {
  return open_connection(scheduler::running<event_loop>(), options, std::move(limit));
}
task<open_streams> open_unix_connection(const unix_connection_options& options, wait_limit limit) {
  return open_unix_connection(scheduler::running<event_loop>(), options, std::move(limit));
}

}}}  // namespace penstock::v0::memory
