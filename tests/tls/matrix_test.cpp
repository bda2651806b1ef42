// SPDX-License-Identifier: BSL-1.0
// Proves that every byte arrives, and the end as what it was, over: version x key x resumption x
// certificates of clients x who ends how x sizes around a record, each cut at random (I-43, I-45).
#include <gtest/gtest.h>

#include <cstddef>
#include <ostream>
#include <system_error>

#include "tls/support/certificates.hpp"
#include "tls/support/conversation.hpp"
#include "tls/support/joined.hpp"

using namespace penstock_test;

namespace {

enum class ending { client_closes, server_closes, both_close, client_aborts, fin_only, client_half_closes };
constexpr ending endings[] = {ending::client_closes, ending::server_closes, ending::both_close,
                              ending::client_aborts, ending::fin_only,      ending::client_half_closes};
constexpr std::size_t sizes[] = {0, 1, 16'383, 16'384, 16'385, 1'048'576};

struct setting {
  tls::version version;
  key_kind key;
  bool mutual;
};

struct contexts {
  explicit contexts(const setting& chosen)
      : client(client_context([&](tls::context_builder& b) {
          b.maximum_version(chosen.version);
          if (chosen.mutual) b.certificate(client_of_root().certificate.get()).private_key(client_of_root().key.get());
        })),
        server(server_context(
            [&](tls::context_builder& b) {
              if (chosen.mutual) b.trust(root().certificate.get()).require_client_certificate();
            },
            chosen.key)) {}
  tls::context client;
  tls::context server;
};

// R88, R89: a half-close leaves the other direction open, which TLS 1.2 has not.
void expect_half_close(joined& ends, conversation& talk, tls::version version) {
  EXPECT_EQ(ends.client.wire->can_write_eof(), version == tls::version::tls_1_3);
  EXPECT_FALSE(ends.client.stream.write_eof());
  ends.drive();
  EXPECT_TRUE(talk.server_hears.at_eof);
  EXPECT_FALSE(talk.server_hears.error);
  const bool open = version == tls::version::tls_1_3;
  EXPECT_EQ(bool(ends.server.stream.write("after the end")), !open);
  ends.drive();
  EXPECT_EQ(talk.client_hears.heard.ends_with("after the end"), open);
  ends.server.stream.close();
  ends.drive();
  EXPECT_TRUE(talk.client_hears.at_eof);
  EXPECT_FALSE(talk.client_hears.error);
}

void expect_ending(joined& ends, conversation& talk, ending how, tls::version version) {
  const std::error_code reset = std::make_error_code(std::errc::connection_reset);
  const bool by_server = how == ending::server_closes;
  const listener& other = by_server ? talk.client_hears : talk.server_hears;
  switch (how) {
    case ending::client_closes: ends.client.stream.close(); break;
    case ending::server_closes: ends.server.stream.close(); break;
    case ending::both_close:
      ends.client.stream.close();
      ends.server.stream.close();
      break;
    case ending::client_aborts: ends.client.stream.abort(); break;
    case ending::fin_only: ends.server.fin_arriving = true; break;
    case ending::client_half_closes: return expect_half_close(ends, talk, version);
  }
  ends.drive();
  const bool clean = how == ending::client_closes || by_server;
  if (how != ending::both_close) {
    EXPECT_EQ(other.at_eof && !other.error, clean);
    EXPECT_EQ(other.error, clean                     ? std::error_code()
                           : how == ending::fin_only ? make_error_code(tls::errc::truncated)
                                                     : reset);
  }
}

void run_cell(const contexts& by, const setting& chosen, ending how, std::size_t size, const tls::session* resume,
              unsigned seed) {
  settings wanted;
  wanted.how = {.most_received = 40'000, .most_sent = 40'000, .lends = seed % 3 != 0, .seed = seed};
  if (seed % 5 == 0) wanted.how.headroom = 4096;
  wanted.session.resume = resume;
  joined ends(by.client, by.server, wanted);
  conversation talk(ends, size, size, 1 + size);
  ends.drive();
  EXPECT_EQ(talk.client_hears.error, std::error_code()) << talk.client_hears.error.message();
  EXPECT_TRUE(talk.all_heard());
  EXPECT_EQ(ends.client.wire->version(), chosen.version);
  EXPECT_EQ(ends.client.wire->session_reused(), resume != nullptr);
  EXPECT_EQ(ends.server.wire->session_reused(), resume != nullptr);
  EXPECT_EQ(ends.server.wire->peer_certificate().has_value(), chosen.mutual);
  if (::testing::Test::HasFailure()) return;
  expect_ending(ends, talk, how, chosen.version);
  ends.client.stream.close();
  ends.server.stream.close();
  ends.drive_to_the_end();
  EXPECT_TRUE(ends.client.closed && ends.server.closed);
  EXPECT_FALSE(ends.client.stream.out().bytes_lost() || ends.server.stream.out().bytes_lost());
}

tls::session session_of(const contexts& by) {
  joined ends(by.client, by.server);
  conversation talk(ends, 1, 1);
  ends.drive();
  const tls::session got = ends.client.wire->session();
  EXPECT_TRUE(got.resumable());
  ends.client.stream.close();
  ends.server.stream.close();
  ends.drive_to_the_end();
  return got;
}

void run_all(tls::version version, key_kind key) {
  unsigned seed = 1;
  for (const bool mutual : {false, true}) {
    const setting chosen{version, key, mutual};
    const contexts by(chosen);
    for (const bool resumes : {false, true})
      for (const ending how : endings)
        for (const std::size_t size : sizes) {
          SCOPED_TRACE(testing::Message() << (mutual ? "mutual " : "") << (resumes ? "resumed " : "") << "ending "
                                          << static_cast<int>(how) << ", " << size << " bytes, seed " << seed);
          const tls::session before = resumes ? session_of(by) : tls::session();
          run_cell(by, chosen, how, size, resumes ? &before : nullptr, seed++);
          if (::testing::Test::HasFailure()) return;
        }
  }
}

}  // namespace

TEST(Matrix, Tls13WithEcdsa) { run_all(tls::version::tls_1_3, key_kind::ec); }
TEST(Matrix, Tls13WithRsa) { run_all(tls::version::tls_1_3, key_kind::rsa); }
TEST(Matrix, Tls13WithEd25519) { run_all(tls::version::tls_1_3, key_kind::ed25519); }
TEST(Matrix, Tls12WithEcdsa) { run_all(tls::version::tls_1_2, key_kind::ec); }
TEST(Matrix, Tls12WithRsa) { run_all(tls::version::tls_1_2, key_kind::rsa); }
TEST(Matrix, Tls12WithEd25519) { run_all(tls::version::tls_1_2, key_kind::ed25519); }
