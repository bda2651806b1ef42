// SPDX-License-Identifier: BSL-1.0
// What an echo server in whatever loop has: an arena, an answer to each line, a listener.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include <penstock/connection.hpp>
#include <penstock/read_operations.hpp>

#include "listen.hpp"

namespace line_echo {

// All clients of the thread receive here.
inline std::array<char, 64 * 1024> memory;
inline constexpr std::size_t headroom = 4 * 1024;

// Answers lines while there are any and the client takes them. True: it did something.
inline bool echo(penstock::connection& c, penstock::readline& next) {
  bool any = false;
  while (!c.is_closing() && !c.out().full()) {
    const penstock::read_outcome line = c.in().poll(next);
    if (line.status() == penstock::read_status::need_more) {
      c.in().await_input(next);
      break;
    }
    any = true;
    if (line.status() != penstock::read_status::data || c.write(line.text())) c.close();
  }
  return any;
}

// `NAME [--once N]`: a listener on any port of 127.0.0.1, and after how many clients to end.
inline std::pair<int, int> begin(int argc, char** argv) {
  std::uint16_t port = 0;
  const int listener = listen_on_port(port);
  std::fprintf(stderr, "listening on 127.0.0.1 port %u\n", unsigned{port});
  return {listener, argc == 3 ? std::atoi(argv[2]) : -1};
}

}  // namespace line_echo
