// SPDX-License-Identifier: BSL-1.0
// Proves who is believed: a table of certificates, each with the exact reason for which it is
// refused, and that nothing was delivered or sent before (I-41, I-47).
#include <gtest/gtest.h>

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <functional>
#include <string>
#include <system_error>
#include <vector>

#include "tls/support/certificates.hpp"
#include "tls/support/conversation.hpp"
#include "tls/support/joined.hpp"

using namespace penstock_test;

namespace {

constexpr long day = 86'400;

const identity& other_root() {
  static const identity made = issue({.common_name = "another root", .authority = true});
  return made;
}
const identity& intermediate() {
  static const identity made = issue({.common_name = "between", .authority = true}, &root());
  return made;
}

tls::context showing(const identity& own, const std::function<void(tls::context_builder&)>& more = {}) {
  tls::context_builder builder = tls::context::server();
  builder.certificate(own.certificate.get()).private_key(own.key.get());
  if (more) more(builder);
  std::error_code ec;
  tls::context made = builder.build(ec);
  EXPECT_FALSE(ec) << ec.message();
  return made;
}

struct meeting {
  std::error_code client;
  std::error_code server;
  bool carried;
};

meeting meet(const tls::context& at_client, const tls::context& at_server, std::string_view host) {
  settings wanted;
  wanted.client.server_hostname = host;
  joined ends(at_client, at_server, wanted);
  conversation talk(ends, 20, 20);
  ends.drive();
  if (!talk.all_heard()) {
    EXPECT_EQ(talk.client_hears.heard + talk.server_hears.heard, "") << "I-41";
  }
  EXPECT_FALSE(talk.client_hears.at_eof || talk.server_hears.at_eof);
  return {talk.client_hears.error, talk.server_hears.error, talk.all_heard()};
}

struct row {
  std::string name;
  certificate_request shown;
  std::string host = "localhost";
  int reason = X509_V_OK;
  int alert = SSL_AD_BAD_CERTIFICATE;  // that the server hears
  const identity* (*issuer)() = [] { return &root(); };
};

certificate_request named(std::vector<std::string> names) {
  certificate_request made;
  made.names = std::move(names);
  return made;
}

std::vector<row> rows() {
  constexpr int mismatch = X509_V_ERR_HOSTNAME_MISMATCH;
  constexpr int wrong_address = X509_V_ERR_IP_ADDRESS_MISMATCH;
  const auto nobody = []() -> const identity* { return nullptr; };
  const auto stranger = [] { return &other_root(); };
  const auto between = [] { return &intermediate(); };
  certificate_request expired;
  expired.from = -2 * day;
  expired.until = -day;
  certificate_request early;
  early.from = day;
  early.until = 2 * day;
  certificate_request only_common_name = named({});
  only_common_name.common_name = "localhost";
  certificate_request for_clients;
  for_clients.usage = "clientAuth";
  certificate_request any_usage;
  any_usage.usage = "";
  return {
      {"good", {}},
      {"good, rsa", {.key = key_kind::rsa}},
      {"good, any usage", any_usage},
      {"good, name in capitals", named({"DNS:LocalHost"})},
      {"good, asked with a dot behind", {}, "localhost."},
      {"good, by address", {}, "127.0.0.1"},
      {"good, by address of six", named({"IP:::1"}), "::1"},
      {"good, second of its names", named({"DNS:a.test", "DNS:b.test"}), "b.test"},
      {"good, wildcard", named({"DNS:*.example.test"}), "www.example.test"},
      {"expired", expired, "localhost", X509_V_ERR_CERT_HAS_EXPIRED, SSL_AD_CERTIFICATE_EXPIRED},
      {"not yet valid", early, "localhost", X509_V_ERR_CERT_NOT_YET_VALID},
      {"wrong host", named({"DNS:elsewhere.test"}), "localhost", mismatch},
      {"host below the name", named({"DNS:example.test"}), "www.example.test", mismatch},
      {"wildcard for the name itself", named({"DNS:*.example.test"}), "example.test", mismatch},
      {"wildcard for two labels", named({"DNS:*.example.test"}), "a.b.example.test", mismatch},
      {"wildcard for a part of a label", named({"DNS:w*.example.test"}), "www.example.test", mismatch},
      {"wildcard in the middle", named({"DNS:www.*.test"}), "www.example.test", mismatch},
      {"wildcard for all of a top level", named({"DNS:*.test"}), "example.test", mismatch},
      {"host that is blank", {}, " ", mismatch},
      {"host with a blank behind", {}, "localhost ", mismatch},
      {"host with two dots behind", {}, "localhost..", mismatch},
      {"host that is a wildcard", named({"DNS:a.example.test"}), "*.example.test", mismatch},
      {"address in brackets", named({"IP:::1"}), "[::1]", mismatch},
      {"wrong address", named({"IP:192.0.2.1"}), "127.0.0.1", wrong_address},
      {"address as a name", named({"DNS:127.0.0.1"}), "127.0.0.1", wrong_address},
      {"name as an address", named({"IP:127.0.0.1"}), "localhost", mismatch},
      {"common name only", only_common_name, "localhost", mismatch},
      {"unknown authority", {}, "localhost", X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, SSL_AD_UNKNOWN_CA, stranger},
      {"signed by itself", {}, "localhost", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, SSL_AD_UNKNOWN_CA, nobody},
      {"missing intermediate",
       {},
       "localhost",
       X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
       SSL_AD_UNKNOWN_CA,
       between},
      {"for clients", for_clients, "localhost", X509_V_ERR_INVALID_PURPOSE, SSL_AD_UNSUPPORTED_CERTIFICATE},
  };
}

}  // namespace

TEST(Verification, RefusesEachCertificateForItsReason) {
  const tls::context at_client = client_context();
  for (const row& one : rows()) {
    SCOPED_TRACE(one.name);
    const meeting seen = meet(at_client, showing(issue(one.shown, one.issuer())), one.host);
    EXPECT_EQ(seen.carried, one.reason == X509_V_OK);
    EXPECT_EQ(tls::verify_reason(seen.client), one.reason) << seen.client.message();
    if (one.reason != X509_V_OK) {
      EXPECT_EQ(tls::received_alert(seen.server), one.alert) << seen.server.message();
    }
  }
}

TEST(Verification, FollowsAChain) {
  const identity end = issue({}, &intermediate());
  const tls::context whole =
      showing(end, [](tls::context_builder& b) { b.intermediate(intermediate().certificate.get()); });
  EXPECT_TRUE(meet(client_context(), whole, "localhost").carried);
  const tls::context by_text = showing(localhost(), [&](tls::context_builder& b) {
    b.certificate_pem(end.certificate_pem() + intermediate().certificate_pem()).private_key_pem(end.key_pem());
  });
  EXPECT_TRUE(meet(client_context(), by_text, "localhost").carried);
}

TEST(Verification, HasOptOutsOfItsOwn) {
  const tls::context stranger = showing(issue(named({"DNS:elsewhere.test"}), &other_root()));
  const tls::context wrong_name = showing(issue(named({"DNS:elsewhere.test"}), &root()));
  const tls::context believes_all = client_context([](tls::context_builder& b) { b.insecure_no_verify(); });
  const tls::context any_name = client_context([](tls::context_builder& b) { b.insecure_no_host_name_check(); });
  EXPECT_TRUE(meet(believes_all, stranger, "localhost").carried);
  EXPECT_TRUE(meet(believes_all, stranger, "").carried);
  EXPECT_TRUE(meet(any_name, wrong_name, "localhost").carried);
  EXPECT_TRUE(meet(any_name, wrong_name, "").carried);
  EXPECT_EQ(tls::verify_reason(meet(any_name, stranger, "localhost").client),
            X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
}

// mTLS: under TLS 1.3 a client learns of it only after its own handshake.
TEST(Verification, OfClients) {
  struct client_row {
    std::string name;
    const identity* shown;
    int reason;
    int alert;
  };
  const identity unknown = issue({.usage = "clientAuth"}, &other_root());
  const identity for_servers = issue({.usage = "serverAuth"}, &root());
  const identity expired = issue({.from = -2 * day, .until = -day, .usage = "clientAuth"}, &root());
  const client_row table[] = {
      {"good", &client_of_root(), X509_V_OK, -1},
      {"none", nullptr, X509_V_OK, SSL_AD_CERTIFICATE_REQUIRED},
      {"unknown", &unknown, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, SSL_AD_UNKNOWN_CA},
      {"for servers", &for_servers, X509_V_ERR_INVALID_PURPOSE, SSL_AD_UNSUPPORTED_CERTIFICATE},
      {"expired", &expired, X509_V_ERR_CERT_HAS_EXPIRED, SSL_AD_CERTIFICATE_EXPIRED},
  };
  const tls::context strict = showing(
      localhost(), [](tls::context_builder& b) { b.trust(root().certificate.get()).require_client_certificate(); });
  const tls::context curious = showing(
      localhost(), [](tls::context_builder& b) { b.trust(root().certificate.get()).request_client_certificate(); });
  for (const client_row& one : table) {
    SCOPED_TRACE(one.name);
    const tls::context at_client = client_context([&](tls::context_builder& b) {
      if (one.shown != nullptr) b.certificate(one.shown->certificate.get()).private_key(one.shown->key.get());
    });
    const meeting seen = meet(at_client, strict, "localhost");
    EXPECT_EQ(seen.carried, one.alert == -1);
    EXPECT_EQ(tls::verify_reason(seen.server), one.reason);
    EXPECT_EQ(tls::received_alert(seen.client), one.alert) << seen.client.message();
    EXPECT_EQ(meet(at_client, curious, "localhost").carried, one.reason == X509_V_OK);
  }
}

// R86: a peer that speaks plaintext, or nothing that both know.
TEST(Verification, OfWhatIsNoTlsEndsTheConnection) {
  joined ends(client_context(), server_context());
  conversation talk(ends, 0, 0);
  ends.on_the_way = [](bool from_client, std::string& bytes, bool&) {
    if (!from_client && !bytes.empty()) bytes = "HTTP/1.1 400 Bad Request\r\n\r\n";
  };
  ends.drive();
  EXPECT_EQ(talk.client_hears.error.category(), tls::category());
  EXPECT_EQ(talk.client_hears.error.message(), "wrong version number");
  EXPECT_TRUE(ends.client.closed);
  const tls::context old = client_context([](tls::context_builder& b) { b.maximum_version(tls::version::tls_1_2); });
  const tls::context fresh = server_context([](tls::context_builder& b) { b.minimum_version(tls::version::tls_1_3); });
  EXPECT_EQ(tls::received_alert(meet(old, fresh, "localhost").client), SSL_AD_PROTOCOL_VERSION);
}
