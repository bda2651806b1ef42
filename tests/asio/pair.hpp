// SPDX-License-Identifier: BSL-1.0
// Two connected streams of one context, and a peer that is nothing but a socket.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <future>
#include <string>
#include <string_view>
#include <utility>

#include <penstock/asio.hpp>

namespace penstock_test {

namespace net = boost::asio;
namespace ps = penstock;
namespace pa = penstock::asio;

using local_socket = net::local::stream_protocol::socket;

// One end is ours, the other one a socket in the same thread.
struct half_pair {
  explicit half_pair(const net::any_io_executor& executor, const ps::stream_options& options = {})
      : peer(executor), ours(make(executor, peer, options)) {}

  void send(std::string_view bytes) { net::write(peer, net::buffer(bytes)); }
  // What is there.
  std::string receive() {
    std::string all;
    char some[4096];
    boost::system::error_code ec;
    peer.non_blocking(true);
    while (const std::size_t n = peer.read_some(net::buffer(some), ec)) all.append(some, n);
    return all;
  }

  local_socket peer;
  ps::open_streams ours;

 private:
  static ps::open_streams make(const net::any_io_executor& executor, local_socket& peer,
                               const ps::stream_options& options) {
    local_socket own(executor);
    net::local::connect_pair(own, peer);
    return pa::adopt(std::move(own), options);
  }
};

// A handler that remembers.
struct seen {
  int calls = 0;
  boost::system::error_code error;
  std::string bytes;
  auto handler() {
    return [this](boost::system::error_code ec, std::string b) {
      ++calls;
      error = ec;
      bytes = std::move(b);
    };
  }
};

// An open stream is work: run() would not return.
template <class T>
T result_of(net::io_context& io, std::future<T> result) {
  while (result.wait_for(std::chrono::seconds(0)) != std::future_status::ready) io.run_one();
  return result.get();
}

// Both ends are ours.
struct stream_pair {
  explicit stream_pair(const net::any_io_executor& executor, const ps::stream_options& options = {})
      : stream_pair(local_socket(executor), local_socket(executor), options) {}
  ps::open_streams first;
  ps::open_streams second;

 private:
  stream_pair(local_socket a, local_socket b, const ps::stream_options& options)
      : first((net::local::connect_pair(a, b), pa::adopt(std::move(a), options))),
        second(pa::adopt(std::move(b), options)) {}
};

}  // namespace penstock_test
