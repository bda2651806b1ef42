// SPDX-License-Identifier: BSL-1.0
// Proves that a session is good where it was made, once it is there, and nowhere else (I-46); and
// that ALPN and SNI choose what they should, or fail closed (I-47).
#include <gtest/gtest.h>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <functional>
#include <string>
#include <string_view>
#include <system_error>

#include "tls/support/certificates.hpp"
#include "tls/support/conversation.hpp"
#include "tls/support/joined.hpp"

using namespace penstock_test;

namespace {

struct outcome {
  std::error_code client;
  std::error_code server;
  std::string alpn;
  std::string at_server;
  std::string subject;
  std::string sni;
  bool carried = false;
  bool reused = false;
  tls::session session;
};

outcome meet(const tls::context& at_client, const tls::context& at_server, const tls::session* resume = nullptr,
             std::string_view host = "localhost") {
  settings wanted;
  wanted.client.server_hostname = host;
  wanted.session.resume = resume;
  joined ends(at_client, at_server, wanted);
  conversation talk(ends, 20, 20);
  ends.drive();
  outcome seen{talk.client_hears.error, talk.server_hears.error, {}, {}, {}, {}, talk.all_heard(), false, {}};
  if (!seen.carried) return seen;
  EXPECT_EQ(ends.client.wire->session_reused(), ends.server.wire->session_reused());
  seen.reused = ends.client.wire->session_reused();
  seen.alpn = ends.client.wire->alpn();
  seen.at_server = ends.server.wire->alpn();
  seen.sni = ends.server.wire->server_name();
  seen.subject = ends.client.wire->peer_certificate()->subject;
  seen.session = ends.client.wire->session();
  ends.client.stream.close();
  ends.server.stream.close();
  ends.drive_to_the_end();
  return seen;
}

tls::context named_server(const std::string& name, const std::function<void(tls::context_builder&)>& more = {}) {
  const identity own = issue({.common_name = name, .names = {"DNS:" + name, "DNS:localhost"}}, &root());
  return server_context([&](tls::context_builder& b) {
    b.certificate(own.certificate.get()).private_key(own.key.get());
    if (more) more(b);
  });
}

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

TEST(Alpn, ChoosesTheServersFirstThatBothKnow) {
  const tls::context at_server = server_context([](tls::context_builder& b) { b.alpn("h2", "http/1.1"); });
  const auto offering = [](auto... names) {
    return client_context([=](tls::context_builder& b) { b.alpn(names...); });
  };
  const outcome both = meet(offering("http/1.1", "h2"), at_server);
  EXPECT_EQ(both.alpn, "h2");
  EXPECT_EQ(both.at_server, "h2");
  EXPECT_EQ(meet(offering("http/1.1"), at_server).alpn, "http/1.1");
  const outcome silent = meet(client_context(), at_server);
  EXPECT_TRUE(silent.carried);
  EXPECT_EQ(silent.alpn, "");
  EXPECT_EQ(meet(offering("h2"), server_context()).alpn, "");
}

TEST(Alpn, FailsClosedWhereNoneIsShared) {
  const tls::context at_client = client_context([](tls::context_builder& b) { b.alpn("spdy"); });
  const tls::context strict = server_context([](tls::context_builder& b) { b.alpn("h2"); });
  const outcome refused = meet(at_client, strict);
  EXPECT_FALSE(refused.carried);
  EXPECT_EQ(tls::received_alert(refused.client), SSL_AD_NO_APPLICATION_PROTOCOL);
  const tls::context lenient = server_context([](tls::context_builder& b) { b.alpn("h2").continue_without_alpn(); });
  EXPECT_TRUE(meet(at_client, lenient).carried);
}

TEST(ServerName, ChoosesTheCertificate) {
  const tls::context a = named_server("a.test");
  const tls::context wild = named_server("*.b.test");
  const auto names = [&](tls::context_builder& b) { b.for_name("A.test", a).for_name("*.b.test", wild); };
  const tls::context front = server_context(names);
  const tls::context at_client = client_context();
  const auto subject_for = [&](std::string_view host) { return meet(at_client, front, nullptr, host).subject; };
  EXPECT_EQ(subject_for("a.test"), "CN=a.test");
  EXPECT_EQ(subject_for("x.b.test"), "CN=*.b.test");
  EXPECT_EQ(subject_for("localhost"), "CN=localhost") << "the front's own";
  EXPECT_EQ(subject_for("127.0.0.1"), "CN=localhost") << "an address is not asked for by name";
  EXPECT_EQ(meet(at_client, front, nullptr, "a.test").sni, "a.test");
  EXPECT_EQ(meet(at_client, front, nullptr, "127.0.0.1").sni, "");
  const tls::context strict = server_context([&](tls::context_builder& b) {
    names(b);
    b.refuse_other_names();
  });
  EXPECT_TRUE(meet(at_client, strict, nullptr, "a.test").carried);
  for (const std::string_view host : {"localhost", "127.0.0.1", "b.test", "x.y.b.test"}) {
    EXPECT_EQ(tls::received_alert(meet(at_client, strict, nullptr, host).client), SSL_AD_UNRECOGNIZED_NAME) << host;
  }
}

// A hello that has to be said again may not name another server: the first one chose who is trusted and shown.
TEST(ServerName, IsTheSameInASecondHello) {
  const tls::context a = named_server("a.test");
  const tls::context strict = named_server(
      "b.test", [](tls::context_builder& b) { b.trust(root().certificate.get()).require_client_certificate(); });
  const tls::context front =
      server_context([&](tls::context_builder& b) { b.for_name("a.test", a).for_name("b.test", strict); });
  for (const tls::context* one : {&a, &strict, &front})
    ASSERT_EQ(SSL_CTX_set1_groups_list(one->native(), "P-384"), 1);  // of which no client sends a share unasked
  struct row {
    std::string first;
    std::string second;
    std::string shown;  // empty: refused
  };
  for (row one : {row{"a.test", "a.test", "a.test"}, row{"a.test", "A.test", "a.test"}, row{"a.test", "b.test", ""},
                  row{"a.test", "localhost", ""}, row{"a.test", "", ""}, row{"localhost", "", "localhost"},
                  row{"localhost", "127.test", "localhost"}, row{"localhost", "a.test", "a.test"}}) {
    SCOPED_TRACE(one.first + ", then " + one.second);
    settings wanted;
    wanted.client.server_hostname = one.first;
    joined ends(client_context(), front, wanted);
    conversation talk(ends, 20, 20);
    ends.client.turn(ends.now);
    void* const name = one.second.empty() ? nullptr : one.second.data();
    ASSERT_EQ(SSL_ctrl(ends.client.wire->native(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name), 1);
    ends.drive();
    EXPECT_EQ(talk.all_heard(), !one.shown.empty());
    EXPECT_EQ(tls::received_alert(talk.client_hears.error), one.shown.empty() ? SSL_AD_ILLEGAL_PARAMETER : -1);
    if (one.shown.empty() || !talk.all_heard()) continue;
    EXPECT_EQ(ends.client.wire->peer_certificate()->subject, "CN=" + one.shown);
    EXPECT_EQ(ends.server.wire->server_name(), one.second);
  }
}

// A name may ask for a client's certificate where the front does not, and has an ALPN of its own.
TEST(ServerName, ChoosesTrustAndProtocolsToo) {
  const tls::context inner = named_server("a.test", [](tls::context_builder& b) {
    b.trust(root().certificate.get()).require_client_certificate().alpn("inner");
  });
  const tls::context front =
      server_context([&](tls::context_builder& b) { b.alpn("outer").for_name("a.test", inner); });
  const tls::context known = client_context([](tls::context_builder& b) {
    b.alpn("outer", "inner").certificate(client_of_root().certificate.get()).private_key(client_of_root().key.get());
  });
  const tls::context unknown = client_context([](tls::context_builder& b) { b.alpn("outer", "inner"); });
  EXPECT_EQ(meet(known, front, nullptr, "a.test").alpn, "inner");
  EXPECT_EQ(meet(unknown, front).alpn, "outer");
  EXPECT_EQ(tls::received_alert(meet(unknown, front, nullptr, "a.test").client), SSL_AD_CERTIFICATE_REQUIRED);
}

namespace {

// The recipe of docs/tls.md: what a server is given instead of a context.
class reloadable final : public ps::filter {
 public:
  explicit reloadable(tls::context first) : latest_(std::move(first)) {}
  void reload(tls::context next) { latest_ = std::move(next); }
  ps::wire_handle wrap(ps::connection& inner, const ps::filter_options& options,
                       std::error_code& ec) const noexcept override {
    return latest_.wrap(inner, options, ec);
  }

 private:
  tls::context latest_;
};

}  // namespace

TEST(Reload, IsForConnectionsToComeWhileOthersGoOn) {
  reloadable serving(named_server("old.test"));
  const tls::context at_client = client_context();
  ps::connection before;
  ps::connection after;
  std::error_code ec;
  const ps::wire_handle first = serving.wrap(before, {.server = true}, ec);
  serving.reload(named_server("new.test"));
  const ps::wire_handle second = serving.wrap(after, {.server = true}, ec);
  const auto shown = [](const ps::wire_handle& wire) {
    const auto& made = static_cast<const tls::tls_wire&>(*wire);
    return tls::describe_certificate(*SSL_get_certificate(made.native())).subject;
  };
  EXPECT_EQ(shown(first), "CN=old.test");
  EXPECT_EQ(shown(second), "CN=new.test");
  EXPECT_EQ(meet(at_client, named_server("new.test")).subject, "CN=new.test");
}
