// SPDX-License-Identifier: BSL-1.0
// Applications for the ends of a pair: one that says a text, one that listens, one that echoes.
// Each does in a turn what a handler with drain() would do.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include <penstock/connection.hpp>
#include <penstock/read_operations.hpp>

namespace penstock_test {

// A text of n bytes in which no two neighbourhoods are alike.
inline std::string prose(std::size_t n, unsigned seed = 1) {
  std::string text(n, '\0');
  for (char& c : text) c = static_cast<char>((seed = seed * 1'103'515'245 + 12'345) >> 16);
  return text;
}

// Writes the text in pieces, no more while the connection is full, then write_eof.
struct speaker {
  penstock::connection& c;
  std::string text;
  std::size_t piece = 1000;
  bool ends = true;
  std::size_t written = 0;
  bool ended = false;

  bool operator()() {
    bool did = false;
    while (written != text.size() && !c.out().full()) {
      const std::string_view part = std::string_view(text).substr(written, piece);
      if (c.write(part)) return did;
      written += part.size();
      did = true;
    }
    if (written != text.size() || !ends || ended) return did;
    ended = true;
    return !c.write_eof();
  }
};

// Reads all there is, and remembers how it ended.
struct listener {
  penstock::connection& c;
  std::string heard = {};
  bool at_eof = false;
  std::error_code error = {};
  bool listening = true;

  bool operator()() {
    bool did = false;
    while (listening && !at_eof && !error) {
      penstock::read_some op(4096);
      const penstock::read_outcome out = c.in().poll(op);
      switch (out.status()) {
        case penstock::read_status::data: heard += out.text(); break;
        case penstock::read_status::eof: at_eof = true; break;
        case penstock::read_status::failed: error = out.error(); break;
        case penstock::read_status::need_more: c.in().await_input(op); return did;
        case penstock::read_status::incomplete:
        case penstock::read_status::limit_overrun: ADD_FAILURE() << "read_some cannot answer that"; return did;
      }
      did = true;
    }
    return did;
  }
};

// Writes back what it reads, while there is room for it; ends and closes after its peer.
struct echo {
  penstock::connection& c;
  bool closed = false;

  bool operator()() {
    bool did = false;
    while (!closed && !c.out().full()) {
      penstock::read_some op(4096);
      const penstock::read_outcome out = c.in().poll(op);
      if (out.status() == penstock::read_status::need_more) {
        c.in().await_input(op);
        return did;
      }
      did = true;
      if (out.status() == penstock::read_status::data) {
        EXPECT_FALSE(c.write(out.text()));
      } else {
        c.close();
        closed = true;
      }
    }
    return did;
  }
};

// One end that does two things.
template <class First, class Second>
auto both(First& first, Second& second) {
  return [&first, &second] {
    const bool one = first();
    const bool other = second();
    return one || other;
  };
}

}  // namespace penstock_test
