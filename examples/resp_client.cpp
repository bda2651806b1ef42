// SPDX-License-Identifier: BSL-1.0
// A client of a redis-server: requests one by one, many at once, and messages that come unasked.
//
//   resp_client [port]     6379 unless told, of 127.0.0.1
#include <iostream>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/epoll.hpp>

namespace ps = penstock;

namespace {

// RESP2: '+' text, '-' error, ':' number, '$' bytes, '*' several; "$-1" and "*-1" are nothing at all.
struct reply {
  char kind = '+';
  std::string text;
  std::vector<reply> parts;
};

ps::task<reply> read_reply(ps::stream_reader& in) {
  std::string line = co_await in.readuntil("\r\n");
  line.resize(line.size() - 2);
  reply answer{line.at(0), line.substr(1), {}};
  if (answer.kind == '$' && answer.text != "-1") {
    answer.text = co_await in.readexactly(std::stoul(answer.text) + 2);
    answer.text.resize(answer.text.size() - 2);
  } else if (answer.kind == '*' && answer.text != "-1") {
    for (std::size_t left = std::stoul(answer.text); left != 0; --left) answer.parts.push_back(co_await read_reply(in));
  }
  if (answer.kind == '-') throw std::runtime_error(answer.text);
  co_return answer;
}

std::string command(std::span<const std::string_view> words) {
  std::string bytes = '*' + std::to_string(words.size()) + "\r\n";
  for (const std::string_view word : words)
    bytes += '$' + std::to_string(word.size()) + "\r\n" + std::string(word) + "\r\n";
  return bytes;
}

class client {
 public:
  explicit client(ps::epoll::open_streams streams) : streams_(std::move(streams)) {}

  template <class... Words>
  void send(const Words&... words) {
    const std::string_view all[] = {words...};
    streams_.out.write(command(all));
  }
  ps::task<reply> receive() { return read_reply(streams_.in); }
  template <class... Words>
  ps::task<reply> ask(const Words&... words) {
    send(words...);
    return receive();
  }

 private:
  ps::epoll::open_streams streams_;
};

ps::task<> tour(std::string port) {
  client redis(co_await ps::epoll::open_connection({.host = "127.0.0.1", .port = port}));
  std::cout << "PING: " << (co_await redis.ask("PING")).text << '\n';

  co_await redis.ask("DEL", "penstock:counter");
  constexpr int times = 10'000;
  for (int i = 0; i != times; ++i) redis.send("INCR", "penstock:counter");  // they leave together
  reply last;
  for (int i = 0; i != times; ++i) last = co_await redis.receive();
  std::cout << "INCR, " << times << " at once: " << last.text << '\n';

  client listener(co_await ps::epoll::open_connection({.host = "127.0.0.1", .port = port}));
  co_await listener.ask("SUBSCRIBE", "penstock:news");
  const std::string heard = (co_await redis.ask("PUBLISH", "penstock:news", "water in, under control")).text;
  const reply message = co_await listener.receive();
  std::cout << "PUBLISH to " << heard << ": " << message.parts.at(2).text << '\n';

  try {
    co_await redis.ask("INCR");
  } catch (const std::runtime_error& e) {
    std::cout << "an error: " << e.what() << '\n';
  }
  co_await redis.ask("DEL", "penstock:counter");
}

}  // namespace

int main(int argc, char** argv) try {
  ps::epoll::run(tour(argc > 1 ? argv[1] : "6379"));
} catch (const std::exception& e) {
  std::cerr << "resp_client: " << e.what() << '\n';
  return 1;
}
