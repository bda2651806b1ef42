// SPDX-License-Identifier: BSL-1.0
// Sends one message to an SMTP server, under TLS or not at all: STARTTLS as the user of start_tls sees it.
//
//   smtp_client HOST PORT FROM TO [CA_FILE] < message     the system's authorities unless a file is told
#include <charconv>
#include <chrono>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/epoll.hpp>
#include <penstock/tls.hpp>

namespace ps = penstock;
using namespace std::chrono_literals;

namespace {

struct reply {
  int code = 0;
  std::vector<std::string> lines;  // without the code
};

class smtp {
 public:
  explicit smtp(ps::epoll::open_streams streams) : streams_(std::move(streams)) {}

  // "250-first", "250-second", "250 last"; none of them for longer than five minutes.
  ps::task<reply> receive() {
    reply answer;
    for (bool more = true; more;) {
      const std::string line = co_await streams_.in.readuntil("\r\n", 5min);
      const auto [end, bad] = std::from_chars(line.data(), line.data() + 3, answer.code);
      if (bad != std::errc() || end != line.data() + 3 || line.size() < 5)
        throw std::runtime_error("no reply: " + line);
      more = line[3] == '-';
      answer.lines.push_back(line.substr(4, line.size() - 6));
    }
    co_return answer;
  }
  ps::task<reply> ask(std::string command, int wanted) {
    streams_.out.write(command += "\r\n");
    co_return co_await expect(wanted);
  }
  ps::task<reply> expect(int wanted) {
    reply answer = co_await receive();
    if (answer.code != wanted) throw std::runtime_error(std::to_string(answer.code) + ' ' + answer.lines.back());
    co_return answer;
  }

  // What an attacker put behind the 220 is the engine's, which refuses it; what the server said before is void.
  ps::task<> upgrade(const ps::filter& by, std::string host) {
    const reply offered = co_await ask("EHLO penstock.example", 250);
    bool has_it = false;
    for (const std::string& line : offered.lines) has_it = has_it || line == "STARTTLS";
    if (!has_it) throw std::runtime_error("the server has no STARTTLS, and nothing is sent without");
    co_await ask("STARTTLS", 220);
    co_await streams_.out.start_tls(by, {.server_hostname = host});
    std::cout << streams_.out.get_extra_info("cipher") << '\n' << streams_.out.get_extra_info("peercert") << '\n';
    co_await ask("EHLO penstock.example", 250);
  }

  // Lines that begin with a dot get another one (RFC 5321, 4.5.2).
  ps::task<> send(std::string from, std::string to, std::string message) {
    co_await ask("MAIL FROM:<" + from + '>', 250);
    co_await ask("RCPT TO:<" + to + '>', 250);
    co_await ask("DATA", 354);
    std::string_view left = message;
    while (!left.empty()) {
      const std::string_view line = left.substr(0, left.find('\n'));
      left.remove_prefix(std::min(line.size() + 1, left.size()));
      if (line.starts_with('.')) streams_.out.write(".");
      streams_.out.write(line);
      streams_.out.write("\r\n");
      co_await streams_.out.drain();
    }
    std::cout << (co_await ask(".", 250)).lines.back() << '\n';
    co_await ask("QUIT", 221);
    streams_.out.close();
    co_await streams_.out.wait_closed();
  }

 private:
  ps::epoll::open_streams streams_;
};

ps::tls::context trusting(const char* ca_file) {
  std::error_code ec;
  ps::tls::context_builder client = ps::tls::context::client();
  ps::tls::context made = ca_file != nullptr ? client.trust_file(ca_file).build(ec) : client.trust_system().build(ec);
  if (ec) throw std::system_error(ec, ca_file != nullptr ? ca_file : "the system's authorities");
  return made;
}

struct letter {
  std::string host;
  std::string port;
  std::string from;
  std::string to;
  std::string message;
};

ps::task<> deliver(letter one, ps::tls::context by) {
  smtp server(co_await ps::epoll::open_connection({.host = one.host, .port = one.port, .connect_timeout = 30s}));
  co_await server.expect(220);
  co_await server.upgrade(by, one.host);
  co_await server.send(one.from, one.to, one.message);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 5) {
    std::cerr << "usage: smtp_client HOST PORT FROM TO [CA_FILE] < message\n";
    return 2;
  }
  const std::string message(std::istreambuf_iterator<char>(std::cin), {});
  ps::epoll::run(deliver({argv[1], argv[2], argv[3], argv[4], message}, trusting(argc > 5 ? argv[5] : nullptr)));
} catch (const std::exception& e) {
  std::cerr << "smtp_client: " << e.what() << '\n';
  return 1;
}
