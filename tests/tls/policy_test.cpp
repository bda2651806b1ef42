// SPDX-License-Identifier: BSL-1.0
// Proves the policy by reading each bit back from OpenSSL, that nothing unsafe happens without its
// ugly name, and what is told of a channel (R68, R85).
#include <gtest/gtest.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstddef>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <vector>

#include "support/arena.hpp"
#include "tls/support/certificates.hpp"
#include "tls/support/conversation.hpp"
#include "tls/support/joined.hpp"

using namespace penstock_test;

namespace {

std::error_code built(tls::context_builder& builder) {
  std::error_code ec;
  const tls::context made = builder.build(ec);
  EXPECT_EQ(bool(made), !ec);
  return ec;
}
std::error_code built(tls::context_builder&& builder) { return built(builder); }

std::error_code wrapped(const ps::filter& by, const ps::filter_options& options) {
  ps::connection c;
  std::error_code ec;
  const bool made = bool(by.wrap(c, options, ec));
  EXPECT_EQ(made, !ec);
  EXPECT_EQ(by.check(options), ec) << "it is known before there is a connection";
  return ec;
}

struct temporary_file {
  explicit temporary_file(std::string_view text) { std::ofstream(path) << text; }
  ~temporary_file() { std::remove(path.c_str()); }
  std::string path = testing::TempDir() + "penstock_tls_policy.pem";
};

}  // namespace

TEST(Policy, IsInEveryBitOfEveryContextAndConnection) {
  for (const bool server : {false, true}) {
    const tls::context made = server ? server_context() : client_context();
    joined ends(client_context(), server_context());
    SSL* const ssl = (server ? ends.server : ends.client).wire->native();
    for (const auto options : {SSL_CTX_get_options(made.native()), SSL_get_options(ssl)}) {
      EXPECT_TRUE(options & SSL_OP_NO_RENEGOTIATION);
      EXPECT_TRUE(options & SSL_OP_NO_COMPRESSION);
      EXPECT_FALSE(options & SSL_OP_IGNORE_UNEXPECTED_EOF);
      EXPECT_FALSE(options & SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
      EXPECT_FALSE(options & SSL_OP_LEGACY_SERVER_CONNECT);
      EXPECT_FALSE(options & SSL_OP_DONT_INSERT_EMPTY_FRAGMENTS);
    }
    for (const auto mode : {SSL_CTX_get_mode(made.native()), SSL_get_mode(ssl)}) {
      EXPECT_TRUE(mode & SSL_MODE_RELEASE_BUFFERS);
      EXPECT_TRUE(mode & SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
      EXPECT_FALSE(mode & SSL_MODE_AUTO_RETRY);
      EXPECT_FALSE(mode & SSL_MODE_ENABLE_PARTIAL_WRITE);
    }
    EXPECT_EQ(SSL_get_read_ahead(ssl), 0);
    EXPECT_EQ(SSL_CTX_get_read_ahead(made.native()), 0);
    EXPECT_EQ(SSL_get_security_level(ssl), 2);
    EXPECT_EQ(SSL_CTX_get_min_proto_version(made.native()), TLS1_2_VERSION);
    EXPECT_EQ(SSL_CTX_get_max_proto_version(made.native()), 0) << "the newest";
    EXPECT_EQ(SSL_CTX_get_session_cache_mode(made.native()), SSL_SESS_CACHE_OFF);
    EXPECT_EQ(SSL_CTX_get_max_early_data(made.native()), 0U);
    EXPECT_NE(SSL_CTX_get_recv_max_early_data(made.native()), 0U) << "what is not accepted is skipped";
    EXPECT_EQ(SSL_get_verify_mode(ssl), server ? SSL_VERIFY_NONE : SSL_VERIFY_PEER);
    EXPECT_EQ(SSL_CTX_get_num_tickets(made.native()), 2U);
  }
}

// Forward secrecy and authenticated encryption in all that is offered.
TEST(Policy, OffersGoodCiphersOnly) {
  joined ends(client_context(), server_context());
  STACK_OF(SSL_CIPHER)* const all = SSL_get1_supported_ciphers(ends.client.wire->native());
  ASSERT_GT(sk_SSL_CIPHER_num(all), 3);
  for (int i = 0; i < sk_SSL_CIPHER_num(all); ++i) {
    const SSL_CIPHER* const one = sk_SSL_CIPHER_value(all, i);
    const std::string_view name = SSL_CIPHER_standard_name(one);
    EXPECT_EQ(SSL_CIPHER_is_aead(one), 1) << name;
    EXPECT_TRUE(name.starts_with("TLS_ECDHE_") || name.find("_WITH_") == std::string_view::npos) << name;
  }
  sk_SSL_CIPHER_free(all);
}

// Another SSL_CTX has neither the policy nor our settings.
TEST(Policy, IsOfWhatABuilderMadeOnly) {
  EXPECT_FALSE((std::is_constructible_v<tls::context, SSL_CTX*>));
  const tls::context empty;
  EXPECT_FALSE(empty);
  EXPECT_FALSE(empty.is_server());
  EXPECT_EQ(wrapped(empty, {.server = true}), make_error_code(ps::errc::bad_option));
}

TEST(Policy, WantsAServersNameAndTheRightRole) {
  const tls::context client = client_context();
  const tls::context server = server_context();
  EXPECT_EQ(wrapped(client, {}), make_error_code(tls::errc::no_server_hostname));
  EXPECT_EQ(wrapped(client, {.server = true}), make_error_code(tls::errc::wrong_role));
  EXPECT_EQ(wrapped(server, {.server_hostname = "localhost"}), make_error_code(tls::errc::wrong_role));
  EXPECT_EQ(wrapped(tls::context(), {}), make_error_code(ps::errc::bad_option));
  EXPECT_EQ(wrapped(client, {.server_hostname = std::string_view("a\0b", 3)}), make_error_code(ps::errc::bad_option));
  const std::string long_name(300, 'a');
  EXPECT_EQ(wrapped(client, {.server_hostname = long_name}), make_error_code(ps::errc::bad_option));
  EXPECT_EQ(wrapped(client, {.server_hostname = "b\303\274cher.test"}), make_error_code(ps::errc::bad_option));
  EXPECT_EQ(wrapped(client, {.server_hostname = "xn--bcher-kva.test"}), std::error_code());
}

// A dot alone is no name, and to OpenSSL one in front means any name that ends so.
TEST(Policy, WantsAWholeName) {
  const tls::context checks = client_context();
  const tls::context any_name = client_context([](tls::context_builder& b) { b.insecure_no_host_name_check(); });
  const auto bad = make_error_code(ps::errc::bad_option);
  EXPECT_EQ(wrapped(checks, {.server_hostname = "."}), make_error_code(tls::errc::no_server_hostname));
  EXPECT_EQ(wrapped(any_name, {.server_hostname = "."}), std::error_code()) << "as with none";
  for (const std::string_view name : {"..", ".example.test", ".test.", "...."}) {
    EXPECT_EQ(wrapped(checks, {.server_hostname = name}), bad) << name;
    EXPECT_EQ(wrapped(any_name, {.server_hostname = name}), bad) << name;
  }
}

// R86: they are positive.
TEST(Policy, ChecksTimeouts) {
  const tls::context server = server_context();
  const auto bad = make_error_code(ps::errc::bad_option);
  EXPECT_EQ(wrapped(server, {.server = true, .handshake_timeout = ps::duration()}), bad);
  EXPECT_EQ(wrapped(server, {.server = true, .shutdown_timeout = ps::duration::nanoseconds(-1)}), bad);
  EXPECT_EQ(wrapped(server, {.server = true, .shutdown_timeout = ps::duration()}), std::error_code());
}

TEST(Builder, KeepsTheFirstError) {
  const identity& own = localhost();
  const identity other = issue({.common_name = "other"});
  const auto server = [] { return tls::context::server(); };
  EXPECT_EQ(built(server()), make_error_code(tls::errc::no_certificate));
  EXPECT_EQ(built(server().certificate(own.certificate.get())), make_error_code(tls::errc::no_certificate));
  EXPECT_EQ(built(server().certificate(own.certificate.get()).private_key(other.key.get())),
            make_error_code(tls::errc::key_mismatch));
  EXPECT_EQ(built(server().certificate_pem("nothing of the kind")), make_error_code(tls::errc::bad_pem));
  EXPECT_EQ(built(server().certificate_file("does/not/exist")), std::errc::no_such_file_or_directory);
  EXPECT_EQ(built(server().private_key_file("does/not/exist").certificate_pem("")),
            std::errc::no_such_file_or_directory);
  EXPECT_EQ(built(tls::context::client().trust_pem("")), make_error_code(tls::errc::bad_pem));
  EXPECT_EQ(
      built(tls::context::client().trust_pem("-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n")).category(),
      tls::category());
  EXPECT_EQ(built(tls::context::client().alpn("")), make_error_code(tls::errc::bad_protocol_list));
  EXPECT_EQ(built(tls::context::client().ciphers("NONE-OF-THEM")), make_error_code(tls::errc::bad_cipher_list));
  EXPECT_EQ(built(tls::context::client().cipher_suites("NONE-OF-THEM")), make_error_code(tls::errc::bad_cipher_list));
  EXPECT_EQ(built(tls::context::client().require_client_certificate()), make_error_code(tls::errc::wrong_role));
  EXPECT_EQ(built(tls::context::client().for_name("a", server_context())), make_error_code(tls::errc::wrong_role));
  EXPECT_EQ(built(server().for_name("a", client_context())), make_error_code(tls::errc::wrong_role));
  tls::context_builder used = tls::context::client();
  EXPECT_EQ(built(used), std::error_code());
  EXPECT_EQ(built(used), make_error_code(ps::errc::closed));
}

// What no handshake could come of.
TEST(Builder, RefusesWhatCouldNotWork) {
  const auto bad = make_error_code(ps::errc::bad_option);
  EXPECT_EQ(built(tls::context::client().minimum_version(tls::version::tls_1_3).maximum_version(tls::version::tls_1_2)),
            bad);
  EXPECT_EQ(built(tls::context::client().minimum_version(tls::version::tls_1_3).maximum_version(tls::version::tls_1_3)),
            std::error_code());
  const identity& own = localhost();
  const auto with_tickets = [&](std::size_t n) {
    return built(tls::context::server().certificate(own.certificate.get()).private_key(own.key.get()).tickets(n));
  };
  EXPECT_EQ(with_tickets(16), std::error_code());
  EXPECT_EQ(with_tickets(17), bad);
  EXPECT_EQ(with_tickets(~std::size_t{0}), bad);
  const std::string name(255, 'p');
  const std::vector<std::string_view> most(32, name);
  const std::vector<std::string_view> too_many(33, name);
  EXPECT_EQ(built(tls::context::client().alpn(most)), std::error_code());
  EXPECT_EQ(built(tls::context::client().alpn(too_many)), make_error_code(tls::errc::bad_protocol_list));
}

TEST(Builder, TakesFilesTextsHandlesAndPasswords) {
  const identity& own = localhost();
  const temporary_file both(own.certificate_pem() + root().certificate_pem() + own.key_pem());
  EXPECT_FALSE(built(tls::context::server().certificate_file(both.path.c_str()).private_key_file(both.path.c_str())));
  EXPECT_FALSE(built(tls::context::server().certificate_pem(own.certificate_pem()).private_key_pem(own.key_pem())));
  EXPECT_FALSE(built(tls::context::client().trust_file(both.path.c_str())));
  EXPECT_FALSE(built(tls::context::client().trust_pem(root().certificate_pem() + own.certificate_pem())));
  std::error_code ec;
  EXPECT_TRUE(tls::context::default_client(ec));
  EXPECT_TRUE(tls::context::default_client());
  EXPECT_FALSE(ec);
  BIO* const to = BIO_new(BIO_s_mem());
  ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(to, own.key.get(), EVP_aes_128_cbc(), "sesame", 6, nullptr, nullptr), 1);
  char* bytes = nullptr;
  const long n = BIO_get_mem_data(to, &bytes);
  const std::string encrypted(bytes, static_cast<std::size_t>(n));
  BIO_free(to);
  const auto with = [&](std::string_view password) {
    return built(tls::context::server().certificate(own.certificate.get()).private_key_pem(encrypted, password));
  };
  EXPECT_FALSE(with("sesame"));
  EXPECT_TRUE(with("wrong"));
  EXPECT_TRUE(with("")) << "and nobody is asked";
}

// Whatever else is there, and where there is nothing at all.
TEST(Builder, TellsThatThereIsNoPem) {
  const auto bad = make_error_code(tls::errc::bad_pem);
  const identity& own = localhost();
  const auto server = [] { return tls::context::server(); };
  const temporary_file no_key(own.certificate_pem());
  for (const std::string& text : {std::string(), own.certificate_pem(), std::string("nothing of the kind")})
    EXPECT_EQ(built(server().private_key_pem(text)), bad) << text;
  EXPECT_EQ(built(server().private_key_file(no_key.path.c_str())), bad);
  EXPECT_EQ(built(server().private_key_pem({})), bad);
  EXPECT_EQ(built(tls::context::server().certificate_pem({})), bad);
  EXPECT_EQ(built(tls::context::server().certificate_pem(own.key_pem())), bad);
  EXPECT_EQ(built(tls::context::client().trust_pem({})), bad);
}

// R68: typed, as text, and after the loss as well.
TEST(ExtraInfo, AnswersEveryKeyAlsoAfterTheLoss) {
  joined ends(client_context([](tls::context_builder& b) { b.alpn("echo"); }),
              server_context([](tls::context_builder& b) { b.alpn("echo"); }));
  const char* const keys[] = {"peercert", "cipher",        "compression",   "version",
                              "alpn",     "verify_result", "session_reused"};
  for (const char* const key : keys) EXPECT_EQ(ends.client.wire->extra_info(key), "") << key;
  conversation talk(ends, 1, 1);
  ends.drive();
  const auto check = [&] {
    const tls::tls_wire& wire = *ends.client.wire;
    EXPECT_EQ(wire.extra_info("version"), "TLSv1.3");
    EXPECT_EQ(wire.extra_info("cipher"), "TLS_AES_256_GCM_SHA384 TLSv1.3 256");
    EXPECT_EQ(wire.extra_info("compression"), "none");
    EXPECT_EQ(wire.extra_info("alpn"), "echo");
    EXPECT_EQ(wire.extra_info("verify_result"), "ok");
    EXPECT_EQ(wire.extra_info("session_reused"), "no");
    EXPECT_EQ(wire.extra_info("nonsense"), "");
    EXPECT_EQ(ends.server.wire->extra_info("sni"), "localhost");
    EXPECT_EQ(ends.server.wire->extra_info("peercert"), "");
    EXPECT_TRUE(wire.extra_info("peercert")
                    .starts_with("subject=CN=localhost; issuer=CN=the root; names=DNS:localhost,IP:127.0.0.1; "));
  };
  check();
  ends.client.stream.close();
  ends.server.stream.close();
  ends.drive_to_the_end();
  EXPECT_TRUE(ends.client.closed);
  check();
}

// A name that a client asks for is any bytes; it enters logs.
TEST(ExtraInfo, IsPrintableWhateverThePeerSays) {
  joined ends(client_context(), server_context());
  std::string name = "a.test\r\nforged: line\x7f\x1b";
  ASSERT_EQ(SSL_ctrl(ends.client.wire->native(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()),
            1);
  ends.drive();
  EXPECT_EQ(ends.server.wire->server_name(), name) << "as it was asked for";
  EXPECT_EQ(ends.server.wire->extra_info("sni"), "a.test??forged: line??");
}

TEST(ExtraInfo, DescribesACertificateAsItIs) {
  const std::time_t now = std::time(nullptr);
  const identity made = issue(
      {.common_name = "a name, with a comma", .names = {"DNS:a.test", "IP:2001:db8::1", "email:a@b.test", "URI:urn:x"}},
      &root());
  const tls::certificate_info info = tls::describe_certificate(*made.certificate);
  EXPECT_EQ(info.subject, "CN=a name\\, with a comma");
  EXPECT_EQ(info.issuer, "CN=the root");
  EXPECT_EQ(info.names, (std::vector<std::string>{"DNS:a.test", "IP:2001:0db8:0000:0000:0000:0000:0000:0001",
                                                  "email:a@b.test", "URI:urn:x"}));
  EXPECT_NEAR(static_cast<double>(info.not_before), static_cast<double>(now - 3600), 5);
  EXPECT_NEAR(static_cast<double>(info.not_after), static_cast<double>(now + 86'400), 5);
  EXPECT_EQ(info.fingerprint.size(), 64U);
  EXPECT_EQ(info.der[0], '\x30');
}

// A name is any bytes, and must not pass for two, nor for what stands behind the names.
TEST(ExtraInfo, KeepsEachNameOfACertificateForOne) {
  const identity made = issue({.names = {}}, &root());
  ASN1_IA5STRING* const text = ASN1_IA5STRING_new();
  const std::string name = "evil.test,DNS:bank.test; serial=\"1\\";
  ASSERT_EQ(ASN1_STRING_set(text, name.data(), static_cast<int>(name.size())), 1);
  GENERAL_NAME* const one = GENERAL_NAME_new();
  GENERAL_NAME_set0_value(one, GEN_DNS, text);
  GENERAL_NAMES* const all = sk_GENERAL_NAME_new_null();
  sk_GENERAL_NAME_push(all, one);
  ASSERT_EQ(X509_add1_ext_i2d(made.certificate.get(), NID_subject_alt_name, all, 0, 0), 1);
  GENERAL_NAMES_free(all);
  const tls::certificate_info info = tls::describe_certificate(*made.certificate);
  EXPECT_EQ(info.names, std::vector<std::string>{"DNS:" + name});
  EXPECT_NE(tls::describe(info).find(R"(; names=DNS:evil.test\,DNS:bank.test\; serial=\"1\\; not_before=)"),
            std::string::npos)
      << tls::describe(info);
}

// For a debugger; by the name that says what it is.
TEST(KeyLog, TellsTheSecretsToWhoAsked) {
  std::vector<std::string> lines;
  const auto note = [](void* to, std::string_view line) noexcept {
    static_cast<std::vector<std::string>*>(to)->emplace_back(line);
  };
  joined ends(client_context([&](tls::context_builder& b) { b.insecure_key_log(note, &lines); }), server_context());
  ends.drive();
  ASSERT_EQ(lines.size(), 5U);
  EXPECT_TRUE(lines[0].starts_with("SERVER_HANDSHAKE_TRAFFIC_SECRET ") ||
              lines[0].starts_with("CLIENT_HANDSHAKE_TRAFFIC_SECRET "));
}

TEST(Error, SaysWhatItIsAndComparesWithConditions) {
  EXPECT_STREQ(tls::category().name(), "tls");
  EXPECT_EQ(tls::make_alert_error(48).message(), "the peer's alert: unknown CA");
  EXPECT_EQ(tls::make_verify_error(X509_V_ERR_CERT_HAS_EXPIRED).message(), "certificate has expired");
  EXPECT_EQ(tls::received_alert(tls::errc::truncated), -1);
  EXPECT_EQ(tls::verify_reason(tls::make_alert_error(48)), 0);
  EXPECT_EQ(tls::received_alert(ps::errc::closed), -1);
  EXPECT_EQ(make_error_code(tls::errc::handshake_ended), std::errc::connection_reset);
  EXPECT_EQ(make_error_code(tls::errc::handshake_timed_out), std::errc::timed_out);
  for (int value = 1; value <= static_cast<int>(tls::errc::no_encrypted_channel); ++value) {
    EXPECT_FALSE(tls::category().message(value).starts_with("unknown"));
  }
  EXPECT_EQ(tls::category().message(999), "unknown tls error 999");
}
