// SPDX-License-Identifier: BSL-1.0
// The same server as its users write it with Boost.Asio: a coroutine a connection, async_read_until
// on a dynamic string buffer, async_write; over ssl::stream where told. A line of more than --limit bytes ends
// its connection.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#ifdef BENCH_HAS_TLS
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#endif

#include <csignal>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "command_line.hpp"

namespace {

namespace net = boost::asio;
using net::use_awaitable;
using net::ip::tcp;

template <class Stream>
net::awaitable<void> echo_lines(Stream& socket, std::size_t limit) {
  std::string buffer;
  for (;;) {
    const std::size_t n =
        co_await net::async_read_until(socket, net::dynamic_buffer(buffer, limit), '\n', use_awaitable);
    co_await net::async_write(socket, net::buffer(buffer.data(), n), use_awaitable);
    buffer.erase(0, n);
  }
}

template <class Stream>
net::awaitable<void> echo_bytes(Stream& socket) {
  std::vector<char> buffer(64 * 1024);
  for (;;) {
    const std::size_t n = co_await socket.async_read_some(net::buffer(buffer), use_awaitable);
    co_await net::async_write(socket, net::buffer(buffer.data(), n), use_awaitable);
  }
}

template <class Stream>
net::awaitable<void> echo(Stream& socket, const bench::server_options& options) {
  if (options.lines)
    co_await echo_lines(socket, options.limit);
  else
    co_await echo_bytes(socket);
}

#ifdef BENCH_HAS_TLS
using secrets = std::optional<net::ssl::context>;

net::awaitable<void> echo_secured(tcp::socket socket, net::ssl::context& of, const bench::server_options& options) {
  net::ssl::stream<tcp::socket> stream(std::move(socket), of);
  co_await stream.async_handshake(net::ssl::stream_base::server, use_awaitable);
  bool at_end = false;
  try {
    co_await echo(stream, options);
  } catch (const boost::system::system_error& e) {
    at_end = e.code() == net::error::eof;
  }
  if (at_end) co_await stream.async_shutdown(use_awaitable);
}

secrets make_secrets(const bench::server_options& options) {
  if (options.key.empty()) return {};
  secrets made(net::ssl::context::tls_server);
  made->use_certificate_chain_file(options.certificate);
  made->use_private_key_file(options.key, net::ssl::context::pem);
  return made;
}
#else
struct secrets {};
secrets make_secrets(const bench::server_options&) { return {}; }
#endif

net::awaitable<void> echo_plainly(tcp::socket socket, const bench::server_options& options) {
  co_await echo(socket, options);
}

// The end of a stream is an exception, and it ends the connection's coroutine alone.
net::awaitable<void> serve(tcp::acceptor acceptor, secrets& of, const bench::server_options& options) {
  const auto executor = acceptor.get_executor();
  for (;;) {
    tcp::socket socket = co_await acceptor.async_accept(use_awaitable);
#ifdef BENCH_HAS_TLS
    if (of) {
      net::co_spawn(executor, echo_secured(std::move(socket), *of, options), net::detached);
      continue;
    }
#else
    static_cast<void>(of);
#endif
    net::co_spawn(executor, echo_plainly(std::move(socket), options), net::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bench::server_options options = bench::parse_server_options(argc, argv);
  secrets of = make_secrets(options);
  net::io_context loop(1);
  net::signal_set signals(loop, SIGTERM, SIGINT);
  signals.async_wait([&](const boost::system::error_code&, int) { loop.stop(); });

  tcp::acceptor acceptor(loop);
  acceptor.open(tcp::v4());
  acceptor.set_option(tcp::acceptor::reuse_address(true));
  acceptor.set_option(tcp::no_delay(true));  // clients inherit it
  acceptor.bind({net::ip::address_v4::loopback(), options.port});
  acceptor.listen(bench::backlog);
  bench::say_listening(acceptor.local_endpoint().port());
  net::co_spawn(loop, serve(std::move(acceptor), of, options), net::detached);
  loop.run();
}
