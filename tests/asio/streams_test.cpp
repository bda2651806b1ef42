// SPDX-License-Identifier: BSL-1.0
// Proves that any AsyncReadStream and AsyncWriteStream carries a stream: pipes, Asio's TLS, Beast's test stream,
// sockets of concrete executors; and what a connection holds while nothing happens, as the documents say it.
#include <boost/asio.hpp>
#include <boost/beast/_experimental/test/stream.hpp>

#include <chrono>
#include <exception>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "pair.hpp"

#ifdef PENSTOCK_TESTS_HAVE_OPENSSL
#include <boost/asio/ssl.hpp>

#include <openssl/evp.h>
#include <openssl/x509.h>
#endif

namespace {

using namespace penstock_test;
using namespace std::chrono_literals;
using boost::system::error_code;

ps::task<> echo(ps::stream_reader in, ps::stream_writer out) {
  while (auto line = co_await in.next_line()) {
    out.write(*line);
    co_await out.drain();
  }
  out.close();
  co_await out.wait_closed();
}

// Many lines, more than any buffer between: they come back whole and in order.
ps::task<std::size_t> talk(ps::stream_reader in, ps::stream_writer out, int lines) {
  auto send = [](ps::stream_writer& to, int n) -> ps::task<> {
    for (int i = 0; i != n; ++i) {
      to.write("line number " + std::to_string(i) + std::string(static_cast<std::size_t>(i % 300), 'x') + "\n");
      co_await to.drain();
    }
  };
  auto receive = [](ps::stream_reader& from, int n) -> ps::task<std::size_t> {
    std::size_t all = 0;
    for (int i = 0; i != n; ++i) {
      const std::string line = co_await from.readline();
      const std::string expected =
          "line number " + std::to_string(i) + std::string(static_cast<std::size_t>(i % 300), 'x') + "\n";
      if (line != expected) throw std::logic_error("another line");
      all += line.size();
    }
    co_return all;
  };
  ps::task<> sending = send(out, lines);
  ps::task<std::size_t> receiving = receive(in, lines);
  auto [nothing, n] = co_await ps::when_all(std::move(sending), std::move(receiving));
  out.close();
  co_await out.wait_closed();
  co_return n;
}

std::size_t run_talk(net::io_context& io, ps::open_streams server, ps::open_streams client, int lines) {
  pa::co_spawn(io, echo(std::move(server.in), std::move(server.out)), net::detached);
  std::future<std::size_t> n =
      pa::co_spawn(io, talk(std::move(client.in), std::move(client.out), lines), net::use_future);
  io.run_for(30s);
  return n.wait_for(0s) == std::future_status::ready ? n.get() : 0;
}

TEST(Streams, BeastsTestStream) {
  net::io_context io;
  boost::beast::test::stream a(io);
  boost::beast::test::stream b(io);
  a.connect(b);
  EXPECT_GT(run_talk(io, pa::adopt(std::move(a)), pa::adopt(std::move(b)), 3000), 400'000u);
}

TEST(Streams, BeastsTestStreamInSingleBytes) {
  net::io_context io;
  boost::beast::test::stream a(io);
  boost::beast::test::stream b(io);
  a.connect(b);
  a.read_size(1), a.write_size(3), b.read_size(2), b.write_size(1);
  EXPECT_GT(run_talk(io, pa::adopt(std::move(a)), pa::adopt(std::move(b)), 30), 0u);
}

TEST(Streams, SocketsOfAConcreteExecutor) {
  using concrete = net::basic_stream_socket<net::local::stream_protocol, net::io_context::executor_type>;
  net::io_context io;
  concrete a(io);
  concrete b(io);
  net::local::connect_pair(a, b);
  EXPECT_GT(run_talk(io, pa::adopt(std::move(a)), pa::adopt(std::move(b)), 3000), 400'000u);
}

TEST(Streams, PosixDescriptors) {
  net::io_context io;
  int fds[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
  net::posix::stream_descriptor a(io, fds[0]);
  net::posix::stream_descriptor b(io, fds[1]);
  EXPECT_GT(run_talk(io, pa::adopt(std::move(a)), pa::adopt(std::move(b)), 3000), 400'000u);
}

// R20, I-32: what the peer sent before its reset is read, though a send met that first, and the reset is no end.
TEST(Streams, ASendThatFailsLosesNothingThatCameBefore) {
  net::io_context io;
  net::ip::tcp::acceptor acceptor(io, {net::ip::address_v4::loopback(), 0});
  net::ip::tcp::socket own(io);
  own.connect(acceptor.local_endpoint());
  net::ip::tcp::socket peer = acceptor.accept();
  ps::open_streams s = pa::adopt(std::move(own));
  std::string line;
  std::string rest;
  error_code end;
  const auto story = [&]() -> ps::task<> {
    co_await ps::sleep(1ms);  // a read is under way
    net::write(peer, net::buffer("enough\nof this", 14));
    peer.set_option(net::socket_base::linger(true, 0));
    peer.close();
    EXPECT_FALSE(s.out.write("much to say"));
    line = co_await s.in.readline();
    rest = co_await s.in.readexactly(7);
    try {
      static_cast<void>(co_await s.in.read(1));
    } catch (const std::system_error& e) {
      end = e.code();
    }
  };
  pa::event_loop(io).spawn(story());
  io.run_for(10s);
  EXPECT_EQ(line, "enough\n");
  EXPECT_EQ(rest, "of this");
  EXPECT_EQ(end, std::errc::connection_reset);
  EXPECT_TRUE(s.out.is_closing());
}

TEST(Streams, AnErrorOfTheStreamEndsTheConnection) {
  net::io_context io;
  boost::beast::test::fail_count fail(3, make_error_code(boost::system::errc::io_error));
  boost::beast::test::stream a(io, fail, "one\ntwo\nthree\n");
  const boost::beast::test::stream peer = boost::beast::test::connect(a);
  ps::open_streams s = pa::adopt(std::move(a));
  s.out.write("bytes");
  error_code error;
  bool done = false;
  std::function<void()> read = [&] {
    pa::async_readline(s.in, [&](error_code ec, const std::string&) {
      error = ec, done = static_cast<bool>(ec);
      if (!done) read(), s.out.write("more");
    });
  };
  read();
  while (!done) ASSERT_NE(io.run_one(), 0u);
  EXPECT_EQ(error, boost::system::errc::io_error);
  EXPECT_EQ(error, std::errc::io_error);
}

#ifdef PENSTOCK_TESTS_HAVE_OPENSSL

// A key and a certificate of its own, made on the spot.
net::ssl::context certified() {
  net::ssl::context context(net::ssl::context::tls);
  EVP_PKEY* const key = EVP_EC_gen("P-256");
  X509* const certificate = X509_new();
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_sign(certificate, key, EVP_sha256());
  SSL_CTX_use_certificate(context.native_handle(), certificate);
  SSL_CTX_use_PrivateKey(context.native_handle(), key);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return context;
}

using tls_stream = net::ssl::stream<local_socket>;

struct tls_pair {
  explicit tls_pair(net::io_context& io)
      : context(certified()), server(local_socket(io), context), client(local_socket(io), context) {
    net::local::connect_pair(server.next_layer(), client.next_layer());
    int left = 2;
    const auto shaken = [&](error_code ec) {
      EXPECT_FALSE(ec) << ec.message();
      --left;
    };
    server.async_handshake(tls_stream::server, shaken);
    client.async_handshake(tls_stream::client, shaken);
    while (left != 0 && io.run_one() != 0) {
    }
    io.restart();
  }
  net::ssl::context context;
  tls_stream server;
  tls_stream client;
};

TEST(Streams, AsiosOwnTls) {
  net::io_context io;
  tls_pair pair(io);
  EXPECT_GT(run_talk(io, pa::adopt(std::move(pair.server)), pa::adopt(std::move(pair.client)), 3000), 400'000u);
}

// R97: the close_notify leaves, and a peer that says nothing is not waited for without end.
TEST(Streams, AsiosOwnTlsIsClosedByACloseNotify) {
  net::io_context io;
  tls_pair pair(io);
  std::string got;
  error_code end;
  {
    ps::open_streams s = pa::adopt(std::move(pair.server));
    s.out.write("bye");
    s.out.close();
  }
  net::async_read(pair.client, net::dynamic_buffer(got), [&](error_code ec, std::size_t) { end = ec; });
  io.run_for(10s);
  EXPECT_EQ(got, "bye");
  EXPECT_EQ(end, net::error::eof);  // and not stream_truncated
}

TEST(Streams, ACutOffTlsStreamIsNoEnd) {
  net::io_context io;
  tls_pair pair(io);
  ps::open_streams s = pa::adopt(std::move(pair.server));
  pair.client.next_layer().shutdown(local_socket::shutdown_send);
  error_code error;
  pa::async_read_to_eof(s.in, [&](error_code ec, const std::string&) { error = ec; });
  io.run_for(10s);
  EXPECT_TRUE(error);
  EXPECT_NE(error, net::error::eof);
  EXPECT_EQ(error.message(), "stream truncated");
}

// A goodbye is the last thing under way: no timer of the loop's holds the context behind it.
TEST(Streams, AsiosOwnTlsDoesNotHoldTheContextBehindItsEnd) {
  net::io_context io;
  tls_pair pair(io);
  ps::open_streams s = pa::adopt(std::move(pair.server), {.policy = {.idle = 1h}});
  io.poll();
  s.out.close();
  std::string got;
  error_code end;
  net::async_read(pair.client, net::dynamic_buffer(got), [&](error_code ec, std::size_t) {
    end = ec;
    pair.client.async_shutdown([&](error_code) { pair.client.next_layer().close(); });
  });
  const auto before = std::chrono::steady_clock::now();
  io.restart();
  io.run_for(10s);
  EXPECT_EQ(end, net::error::eof);
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s);
}

// A loop that ends starts nothing: what it closes says no goodbye, and one that is under way is over.
TEST(Streams, AsiosOwnTlsEndsWithItsLoop) {
  for (const bool reading : {false, true}) {
    for (const bool closing : {false, true}) {
      for (const bool parting : {false, true}) {
        SCOPED_TRACE(testing::Message() << reading << closing << parting);
        net::io_context io;
        tls_pair pair(io);
        pa::event_loop loop(io);
        ps::open_streams s = pa::adopt(std::move(pair.server));
        if (reading) io.poll();
        if (closing) s.out.close();
        if (parting) io.poll();
        loop.end();
        error_code end;
        std::string got;
        net::async_read(pair.client, net::dynamic_buffer(got), [&](error_code ec, std::size_t) { end = ec; });
        io.restart();
        io.run_for(10s);
        EXPECT_TRUE(s.out.is_closing());
        EXPECT_EQ(got, "");
        EXPECT_TRUE(end);
      }
    }
  }
}

TEST(Streams, AsiosOwnTlsIsDestroyedWithItsContextWhileItSaysGoodbye) {
  auto io = std::make_unique<net::io_context>();
  auto pair = std::make_unique<tls_pair>(*io);
  ps::open_streams s = pa::adopt(std::move(pair->server));
  s.out.close();
  io->poll();    // the peer does not answer
  pair.reset();  // Asio's own objects must not outlive the context
  io.reset();
  EXPECT_TRUE(s.out.is_closing());
}

#endif

// --- what an idle connection holds ---------------------------------------------------------------

TEST(Memory, AnIdleSocketHoldsNoBlock) {
  net::io_context io;
  half_pair pair(io.get_executor());
  pa::event_loop loop(io);
  while (io.poll() != 0) {
  }
  EXPECT_EQ(loop.get().blocks().in_use(), 0u);
  pair.send(std::string(60'000, 'x') + "\n");  // and none after a burst
  bool done = false;
  pa::async_readline(pair.ours.in, [&](error_code, const std::string&) { done = true; });
  while (!done) io.run_one();
  io.poll();
  EXPECT_EQ(loop.get().blocks().in_use(), 0u);
}

TEST(Memory, AnIdleStreamOfAnotherKindHoldsOneBlock) {
  net::io_context io;
  boost::beast::test::stream a(io);
  boost::beast::test::stream b(io);
  a.connect(b);
  ps::open_streams s = pa::adopt(std::move(a));
  pa::event_loop loop(io);
  while (io.poll() != 0) {
  }
  EXPECT_EQ(loop.get().blocks().in_use(), 8u * 1024);
}

TEST(Memory, ASocketsTransportIsUnderTwelveHundredBytes) {
  using transport = pa::asio_transport<net::ip::tcp::socket>;
  EXPECT_LE(sizeof(transport) + sizeof(pa::detail::ready_io<net::ip::tcp::socket>), 1200u);
}

}  // namespace
