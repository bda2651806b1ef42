// SPDX-License-Identifier: BSL-1.0
// Proves that a session is good where it was made, once it is there, and nowhere else (I-46).
#include <gtest/gtest.h>

#include <openssl/x509_vfy.h>

#include <functional>
#include <string>
#include <string_view>
#include <system_error>

#include "tls/support/meeting.hpp"

using namespace penstock_test;

namespace {

constexpr tls::version versions[] = {tls::version::tls_1_2, tls::version::tls_1_3};

tls::context client_of(tls::version version) {
  return client_context([=](tls::context_builder& b) { b.maximum_version(version); });
}

}  // namespace

TEST(Session, IsResumedByTheContextThatMadeIt) {
  for (const tls::version version : versions) {
    const tls::context at_client = client_of(version);
    const tls::context at_server = server_context();
    const outcome first = meet(at_client, at_server);
    EXPECT_FALSE(first.reused);
    EXPECT_TRUE(first.session.resumable());
    EXPECT_TRUE(meet(at_client, at_server, &first.session).reused);
    const tls::context other = server_context();
    const outcome elsewhere = meet(at_client, other, &first.session);
    EXPECT_TRUE(elsewhere.carried) << "the handshake is a whole one";
    EXPECT_FALSE(elsewhere.reused);
  }
}

// OpenSSL lets nobody resume what one connection ended without a close_notify: a kept session is a copy, and so is what
// each connection is given of it.
TEST(Session, OutlivesConnectionsThatAreAborted) {
  for (const tls::version version : versions) {
    const tls::context at_client = client_of(version);
    const tls::context at_server = server_context();
    tls::session kept;
    for (const bool first : {true, false}) {
      joined ends(at_client, at_server, {.session = {.resume = &kept}});
      ends.drive();
      EXPECT_EQ(ends.client.wire->session_reused(), !first);
      if (first) kept = ends.client.wire->session();
      ends.client.stream.abort();
      ends.drive();
    }
    EXPECT_TRUE(kept.resumable());
    EXPECT_TRUE(meet(at_client, at_server, &kept).reused);
  }
}

TEST(Session, IsNotMadeWithoutTickets) {
  const tls::context at_server = server_context([](tls::context_builder& b) { b.tickets(0); });
  for (const tls::version version : versions) EXPECT_FALSE(meet(client_of(version), at_server).session.resumable());
}

namespace {

tls::context presenting(const identity& own) {
  tls::context_builder builder = tls::context::server();
  std::error_code ec;
  tls::context made = builder.certificate(own.certificate.get()).private_key(own.key.get()).build(ec);
  EXPECT_EQ(ec, std::error_code());
  return made;
}

tls::context client_with(tls::version version, const std::function<void(tls::context_builder&)>& more) {
  return client_context([&](tls::context_builder& b) {
    b.maximum_version(version);
    more(b);
  });
}

}  // namespace

// I-46: resuming verifies nothing again, so a session goes only to the host that was verified when it was made.
TEST(Session, IsOfferedToTheHostThatWasVerifiedOnly) {
  const identity evil = issue({.common_name = "evil", .names = {"DNS:evil.test", "IP:192.0.2.1"}}, &root());
  for (const tls::version version : versions) {
    const tls::context at_client = client_of(version);
    const tls::context at_server = presenting(evil);
    for (const std::string_view own : {"evil.test", "192.0.2.1"}) {
      const tls::session known = meet(at_client, at_server, nullptr, own).session;
      EXPECT_TRUE(meet(at_client, at_server, &known, own).reused) << own;
      const outcome by_name = meet(at_client, at_server, &known, "bank.test");
      EXPECT_FALSE(by_name.carried) << own;
      EXPECT_EQ(tls::verify_reason(by_name.client), X509_V_ERR_HOSTNAME_MISMATCH) << by_name.client.message();
      const outcome by_address = meet(at_client, at_server, &known, "192.0.2.2");
      EXPECT_FALSE(by_address.carried) << own;
      EXPECT_EQ(tls::verify_reason(by_address.client), X509_V_ERR_IP_ADDRESS_MISMATCH);
    }
    const tls::session known = meet(at_client, at_server, nullptr, "evil.test").session;
    EXPECT_TRUE(meet(at_client, at_server, &known, "Evil.TEST.").reused) << "the same host";
    const outcome by_address = meet(at_client, at_server, &known, "192.0.2.1");
    EXPECT_TRUE(by_address.carried) << "it may be verified anew";
    EXPECT_FALSE(by_address.reused);
  }
}

// I-46: nor to whoever would not have believed its peer.
TEST(Session, IsOfferedByTheContextThatVerifiedOnly) {
  const identity own = issue({.common_name = "nobody's", .names = {"DNS:bank.test"}});
  for (const tls::version version : versions) {
    const tls::context at_server = presenting(own);
    const tls::context verifies = client_of(version);
    const tls::context believes_all = client_with(version, [](tls::context_builder& b) { b.insecure_no_verify(); });
    const tls::context believes_own =
        client_with(version, [&](tls::context_builder& b) { b.trust(own.certificate.get()); });
    for (const tls::context& careless : {believes_all, believes_own}) {
      const tls::session known = meet(careless, at_server, nullptr, "bank.test").session;
      EXPECT_TRUE(meet(careless, at_server, &known, "bank.test").reused);
      const outcome crossed = meet(verifies, at_server, &known, "bank.test");
      EXPECT_FALSE(crossed.carried);
      EXPECT_EQ(tls::verify_reason(crossed.client), X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
    }
    const tls::context any_name =
        client_with(version, [](tls::context_builder& b) { b.insecure_no_host_name_check(); });
    const tls::context trusted = server_context();
    const tls::session unnamed = meet(any_name, trusted, nullptr, "bank.test").session;
    EXPECT_EQ(tls::verify_reason(meet(verifies, trusted, &unnamed, "bank.test").client), X509_V_ERR_HOSTNAME_MISMATCH);
  }
}

// Who was let in by a certificate does not let in who has none.
TEST(Session, OfOneClientIsNotAnothers) {
  for (const tls::version version : versions) {
    const tls::context at_server =
        server_context([](tls::context_builder& b) { b.trust(root().certificate.get()).require_client_certificate(); });
    const tls::context known = client_with(version, [](tls::context_builder& b) {
      b.certificate(client_of_root().certificate.get()).private_key(client_of_root().key.get());
    });
    const tls::session made = meet(known, at_server).session;
    EXPECT_TRUE(meet(known, at_server, &made).reused);
    EXPECT_FALSE(meet(client_of(version), at_server, &made).carried);
  }
}

// One that is not for here takes the place of one that was: nothing is offered.
TEST(Session, FromElsewhereIsNoErrorAndAWholeHandshake) {
  for (const tls::version version : versions) {
    const tls::context at_client = client_of(version);
    const tls::context at_server = server_context();
    const tls::session known = meet(at_client, at_server).session;
    const tls::session foreign = meet(client_of(version), at_server).session;
    joined ends(at_client, at_server, {.session = {.resume = &known}});
    EXPECT_EQ(ends.client.wire->set_session(foreign), std::error_code());
    ends.drive();
    EXPECT_TRUE(ends.client.wire->handshake_done());
    EXPECT_FALSE(ends.client.wire->session_reused());
  }
}

// Before its end nobody has been verified.
TEST(Session, IsNotThereBeforeTheHandshakeIsDone) {
  for (const tls::version version : versions) {
    joined ends(client_of(version), server_context());
    ends.client.application = ends.server.application = [&] {
      for (const party* one : {&ends.client, &ends.server}) {
        EXPECT_TRUE(one->wire->handshake_done() || !one->wire->session());
      }
      return false;
    };
    ends.on_the_way = [&](bool from_client, std::string& bytes, bool&) {
      if (!from_client && bytes.size() > 100) bytes.resize(100);  // the server's hello, and what is behind it never
    };
    ends.drive();
    EXPECT_FALSE(ends.client.wire->handshake_done());
    EXPECT_FALSE(ends.client.wire->session());
    EXPECT_FALSE(ends.server.wire->session());
  }
}

// Under TLS 1.3 the ticket follows the handshake: it is there once something was received behind
// it.
TEST(Session, ComesWithTheFirstBytesUnderTls13) {
  joined ends(client_context(), server_context());
  while (!ends.client.wire->handshake_done()) ends.step();
  EXPECT_FALSE(ends.client.wire->session().resumable());
  ends.drive();
  EXPECT_TRUE(ends.client.wire->session().resumable()) << "nobody read, but there was room";
}

TEST(Session, IsOfferedBeforeTheFirstTurnOrNever) {
  const tls::context at_client = client_context();
  const tls::context at_server = server_context();
  const tls::session known = meet(at_client, at_server).session;
  joined ends(at_client, at_server);
  EXPECT_FALSE(ends.client.wire->set_session(known));
  ends.drive();
  EXPECT_TRUE(ends.client.wire->session_reused());
  EXPECT_EQ(ends.client.wire->set_session(known), make_error_code(tls::errc::too_late));
}

// Who takes any filter can have one that resumes.
TEST(Session, GoesThroughTheFilterSeam) {
  const tls::context at_client = client_context();
  const tls::session known = meet(at_client, server_context()).session;
  const tls::context_with resuming(at_client, {.resume = &known});
  const ps::filter& any = resuming;
  ps::connection c;
  std::error_code ec = ps::errc::closed;
  EXPECT_TRUE(any.wrap(c, {.server_hostname = "localhost"}, ec));
  EXPECT_EQ(ec, std::error_code());
}

// A session of one name opens no other one's door: CVE-2014-3616's lesson.
TEST(Session, OfOneNameIsNotResumedUnderAnother) {
  for (const tls::version version : versions) {
    const tls::context a = named_server("a.test");
    const tls::context b = named_server("b.test");
    const tls::context front =
        server_context([&](tls::context_builder& builder) { builder.for_name("a.test", a).for_name("b.test", b); });
    const tls::context at_client = client_of(version);
    const outcome first = meet(at_client, front, nullptr, "a.test");
    EXPECT_TRUE(meet(at_client, front, &first.session, "a.test").reused);
    const outcome crossed = meet(at_client, front, &first.session, "b.test");
    EXPECT_TRUE(crossed.carried);
    EXPECT_FALSE(crossed.reused);
    EXPECT_EQ(crossed.subject, "CN=b.test");
  }
}
