// SPDX-License-Identifier: BSL-1.0
// Handlers that run over any transport: the programs and the tests share them.
#pragma once

#include <string>

#include <penstock/coro.hpp>

namespace handlers {

namespace ps = penstock;

// Sends every line back. The one that the README shows.
inline ps::task<> echo_lines(ps::stream_reader in, ps::stream_writer out) {
  while (auto line = co_await in.next_line()) {
    out.write(*line);
    co_await out.drain();
  }
}

// The same by views, with one operation for all lines: no line is copied but into the send queue.
// An over-long one is answered, and the next ones are read.
inline ps::task<> echo_lines_by_view(ps::stream_reader in, ps::stream_writer out) {
  ps::readline next_line;
  for (;;) {
    const ps::read_outcome line = co_await in.view(next_line);
    if (line.status() == ps::read_status::data)
      out.write(line.text());
    else if (line.status() == ps::read_status::limit_overrun)
      out.write("line too long\n");
    else
      co_return;
    co_await out.drain();
  }
}

// The same by strings that are used again.
inline ps::task<> echo_lines_reused(ps::stream_reader in, ps::stream_writer out) {
  std::string line;
  while (co_await in.readline(line)) {
    out.write(line);
    co_await out.drain();
  }
}

// Sends back what arrives.
inline ps::task<> echo_bytes(ps::stream_reader in, ps::stream_writer out) {
  for (;;) {
    const ps::read_outcome some = co_await in.view(ps::read_some(128 * 1024));
    if (some.status() != ps::read_status::data) co_return;
    out.write(some.text());
    co_await out.drain();
  }
}

}  // namespace handlers
