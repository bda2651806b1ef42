// SPDX-License-Identifier: BSL-1.0
// Proves that a client that offers early data is served without it: nothing that might be a replay is delivered, and
// the handshake goes on.
#include <gtest/gtest.h>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "tls/support/joined.hpp"
#include "tls/support/meeting.hpp"

using namespace penstock_test;

namespace {

// OpenSSL's own client, which offers what ours never does.
class early_client {
 public:
  early_client(const tls::context& by, const tls::session& resumed)
      : ssl_(SSL_new(by.native()), SSL_free), in_(BIO_new(BIO_s_mem())), out_(BIO_new(BIO_s_mem())) {
    BIO_set_mem_eof_return(in_, -1);
    SSL_set_bio(ssl_.get(), in_, out_);
    SSL_set_connect_state(ssl_.get());
    unsigned int n = 0;
    const unsigned char* const origin = SSL_SESSION_get0_id_context(resumed.native(), &n);
    EXPECT_EQ(SSL_set_session_id_context(ssl_.get(), origin, n), 1);
    const tls::session own(SSL_SESSION_dup(resumed.native()));  // which this one's end spoils
    EXPECT_EQ(SSL_set_session(ssl_.get(), own.native()), 1);
  }
  bool say_early(std::string_view text) {
    std::size_t n = 0;
    return SSL_write_early_data(ssl_.get(), text.data(), text.size(), &n) == 1;
  }
  bool say(std::string_view text) {
    std::size_t n = 0;
    return SSL_do_handshake(ssl_.get()) == 1 && SSL_write_ex(ssl_.get(), text.data(), text.size(), &n) == 1;
  }
  bool refused() const { return SSL_get_early_data_status(ssl_.get()) == SSL_EARLY_DATA_REJECTED; }
  bool resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
  void exchange_with(party& server) {
    char bytes[4096];
    for (int n = 0; (n = BIO_read(out_, bytes, sizeof bytes)) > 0;)
      server.arriving.append(bytes, static_cast<std::size_t>(n));
    while (server.turn(ps::time_point(ps::duration::nanoseconds(1)))) {
    }
    EXPECT_EQ(BIO_write(in_, server.leaving.data(), static_cast<int>(server.leaving.size())),
              static_cast<int>(server.leaving.size()));
    server.leaving.clear();
  }

 private:
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_;
  BIO* in_;  // the SSL's, as the other one is
  BIO* out_;
};

}  // namespace

// RFC 8446, 4.2.10: a server that accepts none skips it, whether it knows the ticket or not.
TEST(EarlyData, IsSkippedAndTheHandshakeGoesOn) {
  const tls::context at_client = client_context();
  const tls::context before = server_context();
  SSL_CTX_set_options(before.native(),
                      SSL_OP_NO_ANTI_REPLAY);  // or its ticket is a place in its cache, and it has none
  ASSERT_EQ(SSL_CTX_set_max_early_data(before.native(), 16 * 1024), 1);
  const tls::session ticket = meet(at_client, before).session;
  ASSERT_EQ(SSL_SESSION_get_max_early_data(ticket.native()), 16U * 1024);
  ASSERT_EQ(SSL_CTX_set_max_early_data(before.native(), 0), 1);
  const tls::context other = server_context();
  for (const tls::context* at_server : {&before, &other}) {
    SCOPED_TRACE(at_server == &before ? "its own ticket" : "another one's");
    early_client client(at_client, ticket);
    party server({}, {}, {});
    ASSERT_EQ(server.wrap(*at_server, {.server = true}), std::error_code());
    ASSERT_TRUE(client.say_early(std::string(3000, 'e')));
    client.exchange_with(server);
    EXPECT_TRUE(client.say("behind the handshake"));
    client.exchange_with(server);
    EXPECT_TRUE(client.refused());
    EXPECT_EQ(client.resumed(), at_server == &before);
    EXPECT_TRUE(server.wire->handshake_done());
    EXPECT_EQ(server.stream.in().buffered(), "behind the handshake");
    EXPECT_EQ(server.stream.close_reason(), std::error_code());
  }
}
