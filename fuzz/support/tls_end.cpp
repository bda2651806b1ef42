// SPDX-License-Identifier: BSL-1.0
// What an end does in a turn, and what must hold of it.
#include "tls_end.hpp"

#include <openssl/err.h>
#include <openssl/rand.h>

#include <algorithm>
#include <utility>

#include <penstock/read_operations.hpp>

#include "check.hpp"
#include "tests/tls/support/certificates.hpp"

namespace penstock::fuzz {
namespace {

std::uint64_t random_state = 0;

int draw(unsigned char* to, int n) noexcept {
  for (int i = 0; i < n; ++i) {
    random_state = random_state * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    to[i] = static_cast<unsigned char>(random_state >> 56);
  }
  return 1;
}

}  // namespace

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"  // there is no other way in OpenSSL 3.0
void seed_random() noexcept {
  static const RAND_METHOD method{nullptr, draw, nullptr, nullptr, draw, [] { return 1; }};
  RAND_set_rand_method(&method);
  random_state = 1;
}
#pragma GCC diagnostic pop

const tls::context& fuzz_context(bool server, const tls_settings& wanted) {
  using namespace penstock_test;
  static const std::vector<tls::context> all = [] {
    std::vector<tls::context> made;
    for (const bool serves : {false, true})
      for (const bool old : {false, true})
        for (const bool mutual : {false, true}) {
          tls::context_builder builder(serves);
          const identity& own = serves ? localhost() : client_of_root();
          if (serves || mutual) builder.certificate(own.certificate.get()).private_key(own.key.get());
          if (!serves || mutual) builder.trust(root().certificate.get());
          if (serves && mutual) builder.require_client_certificate();
          if (old) builder.maximum_version(tls::version::tls_1_2);
          std::error_code ec;
          made.push_back(builder.build(ec));
          expect_equal("a context", std::error_code(), ec);
        }
    return made;
  }();
  return all[(server ? 4U : 0U) + (wanted.old ? 2U : 0U) + (wanted.mutual ? 1U : 0U)];
}

tls_end::tls_end(bool is_server, const tls_settings& wanted)
    : server(is_server),
      stream({.limit = wanted.limit}, {}, blocks.source()),
      settings_(wanted),
      headroom_(wanted.short_headroom ? 4096 : loop_arena::headroom),
      memory_(headroom_ + arena_size) {}

tls_end::~tls_end() { unpoison(memory_.data(), memory_.size()); }

std::error_code tls_end::upgrade(leftover left) {
  std::error_code ec = errc::closed;
  wire = fuzz_context(server, settings_)
             .open(stream, {.server = server, .server_hostname = server ? "" : "localhost", .leftover = left},
                   {.blocks = &blocks.source()}, ec);
  expect("a wire or a reason", bool(wire) != bool(ec));
  if (wire) expect("the reader is empty at the switch (I-40)", stream.in().buffered().empty());
  return ec;
}

void tls_end::write(std::string_view bytes) {
  if (stream.write(bytes)) return;
  if (wire)
    accepted += bytes;
  else
    plain_sent += bytes.size();
}

void tls_end::read_plain(std::size_t n) {
  if (wire || n == 0) return;
  read_some op(n);
  const read_outcome out = stream.in().poll(op);
  if (out.status() == read_status::data) plain_read += out.text().size();
}

bool tls_end::turn(time_point now) {
  if (closed) return false;
  moved_ = 0;
  const std::size_t unread = stream.in().buffered().size();
  ERR_clear_error();
  const bool again = penstock::turn(*this, outside(), *this, unread, now);
  expect_equal("the error queue behind a turn (I-42)", 0UL, ERR_peek_error());
  check();
  return moved_ != 0 || again || (!closed && outside().deadline() <= now);
}

void tls_end::check() {
  stream.validate();
  if (!wire) return;
  if (!wire->handshake_done())
    expect("nothing is heard before the handshake (I-41)", heard.empty() && !(at_eof && !error && !hung_up));
  constexpr std::size_t sealed = tls::tls_wire::sealed_ahead + 4 * 64;
  expect_at_most("ciphertext held (I-48)", 2 * sealed + 2 * arena_size + std::size_t{32 * 1024}, wire->capacity());
  if (!error) return;
  read_some op(1);
  expect_equal("an error stays (I-23)", error, stream.in().poll(op).error());
  const bool half = error == make_error_code(tls::errc::truncated) || error == make_error_code(errc::no_memory);
  expect("what failed takes no writes, unless only reading did", half || bool(stream.write("x")));
}

bool tls_end::readable() const noexcept {
  return !closed && (!arriving.empty() || reset_arriving || (fin_arriving && !fin_given_));
}

receive_arena tls_end::arena() noexcept {
  unpoison(memory_.data(), memory_.size());
  std::fill(memory_.begin(), memory_.end(), '\xdd');  // what was there is gone, sanitizer or not
  return {memory_, headroom_};
}

transfer tls_end::receive(std::span<char> into) {
  if (reset_arriving) return {.error = std::make_error_code(std::errc::connection_reset)};
  const std::size_t n = std::min({into.size(), arriving.size(), most_received});
  std::copy_n(arriving.begin(), n, into.begin());
  arriving.erase(0, n);
  moved_ += n;
  if (n != 0) return {.count = n};
  if (!fin_arriving || fin_given_) return {.blocked = true};
  ++moved_;
  fin_given_ = true;
  return {.ended = true};
}

transfer tls_end::send(std::span<const std::string_view> from) {
  std::size_t n = 0;
  const std::size_t most = std::min(most_sent, room_to_send);
  for (const std::string_view one : from) {
    const std::string_view part = one.substr(0, most - n);
    leaving += part;
    n += part.size();
  }
  room_to_send -= n;
  moved_ += n;
  sent += n;
  return {.count = n, .blocked = n == 0 || n == most};
}

std::error_code tls_end::shut_down() {
  fin_leaving = true;
  return {};
}

void tls_end::hang_up(bool reset) {
  closed = true;
  was_reset = reset;
  fin_leaving = fin_leaving || !reset;
}

bool tls_end::wake_reader() {
  bool did = false;
  while (listens && wire && !at_eof && !error) {
    read_some op(4096);
    const read_outcome out = stream.in().poll(op);
    if (out.status() == read_status::need_more) {
      stream.in().await_input(op);
      return did;
    }
    did = true;
    ++moved_;
    if (out.status() == read_status::data) heard += out.text();
    if (out.status() == read_status::eof) at_eof = true;
    if (out.status() == read_status::failed) error = out.error();
  }
  return did;
}

}  // namespace penstock::fuzz
