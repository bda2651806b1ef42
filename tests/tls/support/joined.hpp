// SPDX-License-Identifier: BSL-1.0
// A client and a server, each a connection under TLS, joined by two strings of bytes that a test
// may cut, change and hold back. Every call of a wire is made with a poisoned OpenSSL error queue
// and leaves it empty (I-42).
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <system_error>

#include <span>
#include <vector>

#include <penstock/tls.hpp>

#include "support/arena.hpp"
#include "support/counting_blocks.hpp"
#include "support/talkers.hpp"
#include "tls/support/certificates.hpp"

namespace penstock_test {

namespace ps = penstock;
namespace tls = penstock::tls;

struct way {
  std::size_t most_received = 1'000'000;  // bytes a receive
  std::size_t most_sent = 1'000'000;      // bytes a send
  std::size_t capacity = 256 * 1024;      // bytes under way
  std::size_t headroom = 24 * 1024;       // of the arena; less than a record's room: nothing in place
  bool lends = true;                      // else receives into the wire's memory
  bool fin_at_once = false;               // in the same receive as the last bytes
  bool poisons = true;                    // the error queue before each call
  unsigned seed = 0;                      // not 0: each receive and send moves a random part of that
};

// One end. Its turn is the one of coro/turn.hpp.
class party {
 public:
  party(const way& how, ps::read_options reading, ps::write_options writing)
      : stream(reading, writing, blocks), how_(how), arena_(64 * 1024, how.headroom), random_(how.seed) {}

  std::error_code wrap(const tls::context& by, const ps::filter_options& options,
                       const tls::session_options& session = {});
  ps::wire& outside() { return wire ? static_cast<ps::wire&>(*wire) : stream; }

  bool turn(ps::time_point now);
  void fail(std::error_code ec) { error_ = ec; }
  ps::time_point deadline() { return closed ? ps::time_point::never() : outside().deadline(); }

  counting_blocks blocks;
  ps::connection stream;
  std::unique_ptr<tls::tls_wire> wire;
  std::function<bool()> application;
  std::string arriving;  // not received yet
  std::string leaving;   // sent, and not carried yet
  bool fin_arriving = false;
  bool fin_leaving = false;
  bool reset = false;  // by us
  bool closed = false;
  std::size_t sends = 0;
  std::size_t room_to_send = 1'000'000;

 private:
  bool receive();
  bool send();
  std::size_t some(std::size_t most);
  template <class Call>
  auto poisoned(Call call);

  way how_;
  arena arena_;
  unsigned random_;
  std::error_code error_;
  bool fin_given_ = false;
};

struct settings {
  way how = {};
  ps::read_options reading = {};
  ps::write_options writing = {};
  ps::filter_options client = {.server_hostname = "localhost"};
  ps::filter_options server = {.server = true};
  tls::session_options session = {};
};

class joined {
 public:
  joined(const tls::context& client_context, const tls::context& server_context, const settings& wanted = {});

  // What becomes of bytes on their way; without it they arrive as they are. May hold back.
  std::function<void(bool from_client, std::string& bytes, bool& fin)> on_the_way;

  bool step();  // false: nothing moved
  void drive(std::size_t most = 200'000);
  bool wait();  // to the next deadline; false: there is none
  void drive_to_the_end();

  ps::time_point now{ps::duration::nanoseconds(1'000'000'000)};
  party client;
  party server;

 private:
  bool carry(party& from, party& to, bool from_client);
  way how_;
};

// Contexts as most tests want them.
tls::context client_context(const std::function<void(tls::context_builder&)>& more = {});
tls::context server_context(const std::function<void(tls::context_builder&)>& more = {}, key_kind = key_kind::ec);

// One of each that any number of tests share.
const tls::context& any_client();
const tls::context& any_server();

// Takes all whole records off the front of `bytes`.
std::vector<std::string> whole_records(std::string& bytes);

}  // namespace penstock_test
