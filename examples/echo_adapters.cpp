// SPDX-License-Identifier: BSL-1.0
// A loop of our own, and Boost.Asio's. Apart from the handlers: in one file with all of Asio, g++ inlines less of them.
#include "echo_adapters.hpp"

#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <utility>

#include <penstock/epoll.hpp>

#if __has_include(<penstock/asio.hpp>)
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <penstock/asio.hpp>
#endif

namespace {

void say_listening(std::uint16_t port) {
  std::fprintf(stderr, "listening on 127.0.0.1 port %u\n", static_cast<unsigned>(port));
}

penstock::epoll::event_loop* stopped_by_signal = nullptr;

}  // namespace

void serve_on_epoll(penstock::connection_handler handler, const echo_options& wanted) {
  penstock::epoll::event_loop loop;
  const penstock::epoll::server server = loop.run_until(penstock::epoll::start_server(
      loop, std::move(handler),
      {.host = "127.0.0.1", .port = wanted.port, .limit = wanted.limit, .backlog = 4096, .ssl = wanted.ssl}));
  stopped_by_signal = &loop;
  for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, [](int) { stopped_by_signal->stop(); });
  say_listening(server.port());
  loop.run();
}

#if __has_include(<penstock/asio.hpp>)
static penstock::task<> serve_until(boost::asio::signal_set& end, penstock::connection_handler handler,
                                    echo_options wanted) {
  const penstock::asio::server server = co_await penstock::asio::start_server(
      std::move(handler),
      {.host = "127.0.0.1", .port = wanted.port, .limit = wanted.limit, .backlog = 4096, .ssl = wanted.ssl});
  say_listening(server.port());
  co_await end.async_wait(penstock::asio::use_task);
}
#endif

void serve_on_asio(penstock::connection_handler handler, const echo_options& wanted) {
#if __has_include(<penstock/asio.hpp>)
  boost::asio::io_context context(1);
  boost::asio::signal_set end(context, SIGTERM, SIGINT);
  penstock::asio::co_spawn(context, serve_until(end, std::move(handler), wanted), [&](std::exception_ptr error) {
    context.stop();
    if (error) std::rethrow_exception(error);
  });
  context.run();
#else
  static_cast<void>(handler), static_cast<void>(wanted);
  throw std::invalid_argument("built without Boost.Asio (Debian: apt-get install libboost1.81-dev)");
#endif
}
