// SPDX-License-Identifier: BSL-1.0
// Any ground once more under TLS: connections are made plain and upgraded at both ends, or wrapped from their
// beginning; the raw peer speaks TLS by hand.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <penstock/testing.hpp>
#include <penstock/tls.hpp>

#include "tls/support/joined.hpp"

namespace penstock_test {

// The server's end of a connection, without a stream, over another raw peer.
class tls_peer final : public penstock::testing::raw_peer {
 public:
  tls_peer(std::unique_ptr<raw_peer> below, const penstock::tls::context& by) : below_(std::move(below)) {
    std::error_code ec;
    wire_ = by.open(plain_, {.server = true}, {}, ec);
    if (ec) throw std::system_error(ec, "a peer under TLS");
  }

  // True: the handshake is done. Takes what has arrived.
  bool shake_hands() {
    pump();
    return wire_->handshake_done();
  }

  void send(std::string_view bytes) override {
    if (const std::error_code ec = plain_.write(bytes)) throw std::system_error(ec);
    flush();
  }
  std::string receive() override {
    pump();
    return std::string(plain_.in().consume(plain_.in().buffered().size()));
  }
  bool at_end() override { return !was_reset() && plain_.in().at_eof() && !plain_.in().error(); }
  bool was_reset() override { return below_->was_reset(); }
  void finish() override {
    static_cast<void>(plain_.write_eof());
    flush();
  }
  void reset() override { below_->reset(); }

 private:
  void pump() {
    std::string arrived = below_->receive();
    for (std::string_view rest = arrived; !rest.empty();) {
      plain_.in().await_input(penstock::read_to_eof());
      const std::span<char> to = wire_->prepare_input(rest.size());
      if (to.empty()) throw std::system_error(plain_.in().error(), "a peer under TLS has no room");
      rest.copy(to.data(), to.size());
      rest.remove_prefix(to.size());
      wire_->commit_input(to.size());
    }
    if (below_->at_end() && !std::exchange(ended_, true)) wire_->input_ended();
    flush();
  }
  void flush() {
    std::string_view segments[4];
    std::size_t count = 0;
    while (wire_->next_output(segments, count) == penstock::wire_step::send) {
      std::string all;
      for (const std::string_view one : std::span(segments).first(count)) all += one;
      below_->send(all);
      wire_->consume_output(all.size());
    }
    wire_->settle_input();
  }

  std::unique_ptr<raw_peer> below_;
  penstock::connection plain_{{.limit = 16 * 1024 * 1024}};
  std::unique_ptr<penstock::tls::tls_wire> wire_;
  bool ended_ = false;
};

enum class tls_begins { by_start_tls, with_the_connection };

class tls_ground final : public penstock::testing::ground {
 public:
  using ground::connect;
  tls_ground(std::unique_ptr<ground> below, tls_begins how) : below_(std::move(below)), how_(how) {}

  penstock::scheduler& loop() override { return below_->loop(); }
  void run(penstock::task<> work) override { below_->run(std::move(work)); }
  penstock::task<penstock::testing::connected> connect(penstock::stream_options first,
                                                       penstock::stream_options second) override {
    if (how_ == tls_begins::with_the_connection) {
      second.layer = &server_, second.layering = {.server = true, .shutdown_timeout = calm()};
      penstock::testing::connected both = co_await below_->connect(wrapped(first), second);
      co_await penstock::when_all(agreed(both.first.out.underlying()), agreed(both.second.out.underlying()));
      co_return both;
    }
    penstock::testing::connected both = co_await below_->connect(first, second);
    co_await penstock::when_all(
        upgrade(both.first.out, client_, as_client()),
        upgrade(both.second.out, server_, {.ssl_shutdown_timeout = calm(), .server_side = true}));
    co_return both;
  }
  penstock::task<penstock::testing::raw_connected> connect_raw(penstock::stream_options near) override {
    const bool upgrades = how_ == tls_begins::by_start_tls;
    penstock::testing::raw_connected both = co_await below_->connect_raw(upgrades ? near : wrapped(near));
    auto peer = std::make_unique<tls_peer>(std::move(both.peer), server_);
    penstock::testing::started handshake(upgrades ? upgrade(both.first.out, client_, as_client())
                                                  : agreed(both.first.out.underlying()));
    while (!peer->shake_hands() || !handshake.done()) co_await penstock::testing::tick();
    handshake.result();
    both.peer = std::move(peer);
    co_return both;
  }

  penstock::testing::abilities can() const noexcept override { return below_->can(); }
  // Records are sealed ahead and decrypted behind what a reader takes.
  std::size_t under_way() const noexcept override { return below_->under_way() + std::size_t{256 * 1024}; }
  std::size_t many() const noexcept override { return below_->many(); }
  penstock::duration calm() const noexcept override { return below_->calm(); }
  penstock::duration patience() const noexcept override { return below_->patience(); }

 private:
  // A peer that has not closed yet is waited for, as long as whatever can happen takes.
  penstock::start_tls_options as_client() const {
    return {.server_hostname = "localhost", .ssl_shutdown_timeout = calm()};
  }
  penstock::stream_options wrapped(penstock::stream_options plain) const {
    plain.layer = &client_, plain.layering = {.server_hostname = "localhost", .shutdown_timeout = calm()};
    return plain;
  }
  static penstock::task<> upgrade(penstock::stream_writer& out, const penstock::filter& by,
                                  penstock::start_tls_options options) {
    co_await out.start_tls(by, options);
  }
  static penstock::task<> agreed(penstock::stream& s) { co_await penstock::detail::established(s); }

  const penstock::tls::context client_ = penstock_test::client_context();
  const penstock::tls::context server_ = penstock_test::server_context();
  std::unique_ptr<ground> below_;
  tls_begins how_;
};

}  // namespace penstock_test
