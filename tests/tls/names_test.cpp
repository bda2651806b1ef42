// SPDX-License-Identifier: BSL-1.0
// Proves that ALPN and SNI choose what they should, or fail closed (I-47), and that a reload is for those to come.
#include <gtest/gtest.h>

#include <openssl/ssl.h>

#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "tls/support/meeting.hpp"

using namespace penstock_test;

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
    const outcome refused = meet(at_client, strict, nullptr, host);
    EXPECT_EQ(tls::received_alert(refused.client), SSL_AD_UNRECOGNIZED_NAME) << host;
    EXPECT_EQ(refused.server, make_error_code(tls::errc::name_refused)) << refused.server.message();
  }
}

// A name in full ends with a dot: ours leave it out, others send it.
TEST(ServerName, MayEndWithADot) {
  const tls::context a = named_server("a.test");
  const tls::context wild = named_server("*.b.test");
  const tls::context front =
      server_context([&](tls::context_builder& b) { b.for_name("a.test", a).for_name("*.b.test.", wild); });
  for (std::string asked : {"a.test", "a.test.", "x.b.test", "x.b.test."}) {
    SCOPED_TRACE(asked);
    settings wanted;
    wanted.client.server_hostname = asked;
    joined ends(client_context(), front, wanted);
    ASSERT_EQ(
        SSL_ctrl(ends.client.wire->native(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, asked.data()), 1);
    ends.drive();
    ASSERT_TRUE(ends.client.wire->handshake_done()) << ends.client.stream.close_reason().message();
    EXPECT_EQ(ends.client.wire->peer_certificate()->subject, asked.starts_with('a') ? "CN=a.test" : "CN=*.b.test");
    EXPECT_EQ(ends.server.wire->server_name(), asked);
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
    EXPECT_EQ(talk.server_hears.error,
              one.shown.empty() ? make_error_code(tls::errc::name_refused) : std::error_code());
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
