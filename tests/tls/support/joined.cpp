// SPDX-License-Identifier: BSL-1.0
// The turns of two ends and the way between them.
#include "tls/support/joined.hpp"
#include "tls/support/certificates.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>

namespace penstock_test {

namespace {

// Raised before a call of ours. Behind it the queue is empty, or was not touched at all.
struct poison_around {
  poison_around() { ERR_raise(ERR_LIB_RAND, poison); }
  ~poison_around() {
    const unsigned long first = ERR_get_error();
    EXPECT_TRUE(first == 0 || (ERR_GET_LIB(first) == ERR_LIB_RAND && ERR_GET_REASON(first) == poison));
    EXPECT_EQ(ERR_peek_error(), 0U) << "the error queue after a call";
    ERR_clear_error();
  }
  static constexpr int poison = 77;
};

}  // namespace

template <class Call>
auto party::poisoned(Call call) {
  if (!wire || !how_.poisons) return call();
  const poison_around queue;
  return call();
}

std::error_code party::wrap(const tls::context& by, const ps::filter_options& options,
                            const tls::session_options& session) {
  std::error_code ec = ps::errc::closed;
  tls::session_options with_ours = session;
  with_ours.blocks = &static_cast<ps::block_source&>(blocks);
  wire = by.open(stream, options, with_ours, ec);
  EXPECT_EQ(ERR_peek_error(), 0U);
  return ec;
}

std::size_t party::some(std::size_t most) {
  if (how_.seed == 0 || most == 0) return most;
  random_ = random_ * 1'103'515'245 + 12'345;
  const unsigned drawn = random_ >> 8;
  return drawn % 4 == 0 ? 1 + drawn / 4 % std::min<std::size_t>(most, 40) : 1 + drawn / 4 % most;
}

bool party::turn(ps::time_point now) {
  if (closed) return application && application();
  if (error_) {
    closed = true;
    poisoned([&] { outside().lost(error_); });
    if (application) application();
    return true;
  }
  bool moved = receive();
  moved = (application && application()) || moved;
  poisoned([&] { outside().on_time(now); });
  moved = send() || moved;
  if (!closed) poisoned([&] { outside().settle_input(); });
  arena_.shut();
  stream.validate();
  return moved || deadline() <= now;
}

bool party::receive() {
  ps::wire& w = outside();
  const std::size_t room = w.input_room();
  const std::size_t n = some(std::min({room, how_.most_received, arriving.size(), arena_.size()}));
  if (n != 0) {
    const std::string_view bytes = std::string_view(arriving).substr(0, n);
    const std::span<char> to = how_.lends ? std::span<char>() : w.prepare_input(n);
    if (to.empty()) {  // or there is no memory
      const std::span<char> lent = arena_.receive(bytes);
      poisoned([&] { w.lend_input(lent, how_.headroom); });
    } else {
      EXPECT_EQ(to.size(), n) << "there was room";
      std::copy_n(bytes.begin(), to.size(), to.begin());
      poisoned([&] { w.commit_input(to.size()); });
    }
    arriving.erase(0, n);
    if (!how_.fin_at_once || !arriving.empty() || !fin_arriving) return true;
    fin_given_ = true;
    poisoned([&] { w.input_ended(); });
    return true;
  }
  if (room == 0 || !arriving.empty() || !fin_arriving || fin_given_) return false;
  fin_given_ = true;
  poisoned([&] { w.input_ended(); });
  return true;
}

bool party::send() {
  bool moved = false;
  for (;;) {
    std::string_view views[64];
    std::size_t count = 0;
    const ps::wire_step step = poisoned([&] { return outside().next_output(views, count); });
    switch (step) {
      case ps::wire_step::idle: return moved;
      case ps::wire_step::send: {
        std::size_t n = 0;
        const std::size_t most = some(std::min(how_.most_sent, room_to_send));
        EXPECT_NE(count, 0U) << "a send of nothing";
        for (const std::string_view view : std::span(views).first(count)) {
          const std::string_view part = view.substr(0, most - n);
          leaving += part;
          n += part.size();
        }
        if (n == 0) return moved;
        ++sends;
        room_to_send -= n;
        poisoned([&] { outside().consume_output(n); });
        break;
      }
      case ps::wire_step::shutdown:
        fin_leaving = true;
        outside().output_shut_down();
        break;
      case ps::wire_step::close:
        reset = outside().aborted();
        if (!reset) fin_leaving = true;
        poisoned([&] { outside().settle_input(); });
        closed = true;
        poisoned([&] { outside().lost({}); });
        return true;
    }
    moved = true;
  }
}

joined::joined(const tls::context& client_context, const tls::context& server_context, const settings& wanted)
    : client(wanted.how, wanted.reading, wanted.writing),
      server(wanted.how, wanted.reading, wanted.writing),
      how_(wanted.how) {
  EXPECT_EQ(client.wrap(client_context, wanted.client, wanted.session), std::error_code());
  EXPECT_EQ(server.wrap(server_context, wanted.server), std::error_code());
}

bool joined::carry(party& from, party& to, bool from_client) {
  const bool had = !from.leaving.empty() || from.fin_leaving;
  if (on_the_way) on_the_way(from_client, from.leaving, from.fin_leaving);
  const bool moves = !from.leaving.empty() || (from.fin_leaving && !to.fin_arriving);
  to.arriving += from.leaving;
  from.leaving.clear();
  if (from.fin_leaving) to.fin_arriving = true;
  if (from.reset && !to.closed) {
    from.reset = false;
    to.fail(std::make_error_code(std::errc::connection_reset));
    return true;
  }
  const bool was_full = from.room_to_send == 0;
  from.room_to_send = how_.capacity - std::min(how_.capacity, to.arriving.size());
  return (had && moves) || (was_full && from.room_to_send != 0);
}

bool joined::step() {
  bool moved = client.turn(now);
  moved = carry(client, server, true) || moved;
  moved = server.turn(now) || moved;
  return carry(server, client, false) || moved;
}

void joined::drive(std::size_t most) {
  for (std::size_t steps = 0; steps < most; ++steps)
    if (!step() || ::testing::Test::HasFailure()) return;
  ADD_FAILURE() << "still moving after " << most << " steps";
}

bool joined::wait() {
  const ps::time_point next = std::min(client.deadline(), server.deadline());
  if (next == ps::time_point::never()) return false;
  now = std::max(now, next);
  return true;
}

void joined::drive_to_the_end() {
  do {
    drive();
  } while (!::testing::Test::HasFailure() && !(client.closed && server.closed) && wait());
}

tls::context client_context(const std::function<void(tls::context_builder&)>& more) {
  tls::context_builder builder = tls::context::client();
  builder.trust(root().certificate.get());
  if (more) more(builder);
  std::error_code ec;
  tls::context made = builder.build(ec);
  EXPECT_EQ(ec, std::error_code()) << ec.message();
  return made;
}

tls::context server_context(const std::function<void(tls::context_builder&)>& more, key_kind kind) {
  tls::context_builder builder = tls::context::server();
  builder.certificate(localhost(kind).certificate.get()).private_key(localhost(kind).key.get());
  if (more) more(builder);
  std::error_code ec;
  tls::context made = builder.build(ec);
  EXPECT_EQ(ec, std::error_code()) << ec.message();
  return made;
}

const tls::context& any_client() {
  static const tls::context made = client_context();
  return made;
}

const tls::context& any_server() {
  static const tls::context made = server_context();
  return made;
}

std::vector<std::string> whole_records(std::string& bytes) {
  constexpr std::size_t header = 5;
  std::vector<std::string> records;
  while (bytes.size() >= header) {
    const auto at = [&bytes](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])); };
    const std::size_t size = header + (at(3) << 8 | at(4));
    if (bytes.size() < size) break;
    records.push_back(bytes.substr(0, size));
    bytes.erase(0, size);
  }
  return records;
}

}  // namespace penstock_test
