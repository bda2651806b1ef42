// SPDX-License-Identifier: BSL-1.0
// Three protocols as users write them, each with the mistakes that users make: what the explorers and the
// fuzz entry must find. What lives longer than a wait is a member: a handler that is stopped and called
// again goes on there.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <penstock/coro.hpp>
#include <penstock/framing.hpp>
#include <penstock/testing.hpp>

namespace penstock_test {

using namespace penstock;  // NOLINT: a user's protocol

enum class flaw : std::uint8_t {
  none,
  split,      // takes what arrives together for what belongs together
  lost_byte,  // takes bytes, then waits, with what they said in its frame
  hang,       // does not see the end
  unbounded,  // holds whatever a peer sends
};

// Nobody ever does.
inline task<> wait_for_the_other_task() { co_await penstock::sleep(time_point::never()); }

// Lines: PING is answered by PONG, ECHO TEXT by TEXT, all else by ?.
class line_commands {
 public:
  explicit line_commands(flaw f) : flaw_(f) {}

  task<> operator()(stream_reader in, stream_writer out) const {
    for (;;) {
      std::string line;
      if (flaw_ == flaw::split) {
        line = co_await in.read(4096);
      } else if (flaw_ == flaw::lost_byte) {
        line = co_await in.read(1);
        if (line != "\n") line += co_await in.readline();
      } else {
        line = co_await in.readline();
      }
      if (line.empty() && flaw_ != flaw::hang) co_return;
      out.write(answer(line));
      if (flaw_ != flaw::unbounded) co_await out.drain();
    }
  }

 private:
  static std::string answer(std::string_view line) {
    if (line.starts_with("PING")) return "PONG\n";
    if (line.starts_with("ECHO ")) return std::string(line.substr(5));
    return line.empty() ? "" : "?\n";
  }
  flaw flaw_;
};

// Frames with a length in front: each comes back with its bytes in reverse order.
class frames {
 public:
  explicit frames(flaw f) : flaw_(f) {}

  task<> operator()(stream_reader in, stream_writer out) const {
    for (;;) {
      std::string payload;
      try {
        if (flaw_ == flaw::split || flaw_ == flaw::lost_byte) {
          std::string head;  // g++ 12 destroys the results of `a ? co_await b : co_await c` twice
          if (flaw_ == flaw::split)
            head = co_await in.read(2);
          else
            head = co_await in.readexactly(2);
          if (head.empty()) co_return;
          payload = co_await in.readexactly(length(head));
        } else {
          const std::size_t width = flaw_ == flaw::unbounded ? 4 : 2;
          const read_outcome frame =
              co_await in.view(length_prefixed(width, flaw_ == flaw::unbounded ? 1u << 30 : 60'000));
          if (frame.status() == read_status::eof) co_return;
          if (frame.status() != read_status::data) throw_outcome(frame);
          payload = frame.text();
        }
      } catch (const incomplete_read_error&) {
        if (flaw_ != flaw::hang) co_return;
      }
      if (flaw_ == flaw::hang && payload.empty()) co_await wait_for_the_other_task();
      std::reverse(payload.begin(), payload.end());
      const char head[] = {static_cast<char>(payload.size() / 256), static_cast<char>(payload.size() % 256)};
      out.write(std::string(head, 2) + payload);
      co_await out.drain();
    }
  }

 private:
  static std::size_t length(std::string_view head) {
    std::size_t n = 0;
    for (const char c : head) n = n * 256 + static_cast<unsigned char>(c);
    return n;
  }
  flaw flaw_;
};

// Bodies in chunks, as HTTP has them: what they hold is sent back.
class chunked_bodies {
 public:
  explicit chunked_bodies(flaw f) : flaw_(f) {}

  task<> operator()(stream_reader in, stream_writer out) {
    if (flaw_ == flaw::lost_byte) at_ = place::size;
    for (;;) {
      if (at_ == place::size) {
        const read_outcome head = co_await in.view(readuntil("\r\n", 18));
        if (head.status() != read_status::data) co_return;
        if (!begin_chunk(head.text())) {
          out.write("bad size\n");
          co_return;
        }
      } else if (at_ == place::data) {
        const read_outcome some =
            co_await in.view(read_some(static_cast<std::size_t>(std::min<std::uint64_t>(left_, 4096))));
        if (some.status() != read_status::data && flaw_ != flaw::hang) co_return;
        left_ -= some.text().size();
        if (flaw_ == flaw::unbounded)
          body_ += some.text();
        else
          out.write(some.text());
        if (left_ == 0) at_ = place::behind;
        co_await out.drain();
      } else {
        std::string ends;
        if (flaw_ == flaw::split)
          ends = co_await in.read(2);
        else
          ends = co_await in.readexactly(2);
        if (ends != "\r\n") {
          out.write("bad end\n");
          co_return;
        }
        at_ = place::size;
        if (!last_) continue;
        out.write(body_ + ".\n");
        body_.clear();
        co_await out.drain();
      }
    }
  }

 private:
  enum class place : std::uint8_t { size, data, behind };

  bool begin_chunk(std::string_view head) {
    const char* const end = head.data() + head.size() - 2;
    const auto [stop, ec] = std::from_chars(head.data(), end, left_, 16);
    if (ec != std::errc() || stop != end || head.front() == '-') return false;
    last_ = left_ == 0;
    at_ = last_ ? place::behind : place::data;
    return true;
  }

  flaw flaw_;
  place at_ = place::size;
  bool last_ = false;
  std::uint64_t left_ = 0;
  std::string body_;
};

struct protocol {
  std::string_view name;
  penstock::testing::handler (*make)(flaw);
  std::string_view message;
};
inline constexpr protocol protocols[] = {
    {"lines", [](flaw f) { return penstock::testing::handler(line_commands(f)); }, "PING\nECHO ab\nwhat\n"},
    {"frames", [](flaw f) { return penstock::testing::handler(frames(f)); },
     std::string_view("\0\3abc\0\0\0\5hello", 12)},
    {"chunks", [](flaw f) { return penstock::testing::handler(chunked_bodies(f)); },
     "5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n"},
};
struct planted {
  std::string_view name;
  flaw what;
};
inline constexpr planted all_flaws[] = {
    {"split", flaw::split}, {"lost_byte", flaw::lost_byte}, {"hang", flaw::hang}, {"unbounded", flaw::unbounded}};

}  // namespace penstock_test
