// SPDX-License-Identifier: BSL-1.0
// Proves I-30 for the sending half and for a connection, with the k-th allocation refused, once and
// from there on, for every k: a write is accepted whole or not at all, what was accepted leaves in
// order, nothing leaks, owned buffers are given back, and the next run works.
#include <penstock/connection.hpp>

#include <algorithm>
#include <cstddef>
#include <new>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/read_operations.hpp>

#include "support/answer.hpp"
#include "support/arena.hpp"
#include "support/counting_blocks.hpp"
#include "support/sweep.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

// An owned buffer whose keeper is allocated in the same count.
struct kept_text {
  static inline counting_blocks* source = nullptr;
  static inline int kept = 0;
  std::string bytes;

  explicit kept_text(std::string text) : bytes(std::move(text)) { ++kept; }
  kept_text(kept_text&& other) noexcept : bytes(std::move(other.bytes)) { ++kept; }
  ~kept_text() { --kept; }
  char* data() { return bytes.data(); }
  std::size_t size() const { return bytes.size(); }

  static void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return source->grants() ? ::operator new(size, std::nothrow) : nullptr;
  }
  static void* operator new(std::size_t, void* place) noexcept { return place; }
  static void operator delete(void* memory) noexcept { ::operator delete(memory); }
};

// A connection beside the bytes that it must still send.
struct checked_writing {
  counting_blocks& blocks;
  ps::connection c;
  std::string unsent;
  bool whole = true;

  explicit checked_writing(counting_blocks& source) : blocks(source), c({}, {}, source) { kept_text::source = &source; }

  void check() {
    EXPECT_EQ(c.out().pending(), unsent.size());
    std::string_view segments[64];
    std::string gathered;
    const std::size_t count = c.out().gather(segments);
    for (std::size_t i = 0; i < count; ++i) gathered += segments[i];
    EXPECT_TRUE(gathered == unsent) << gathered.size() << " bytes for " << unsent.size();
    EXPECT_FALSE(c.out().bytes_lost());
    EXPECT_EQ(c.out().full(), unsent.size() > 16 * 1024 && c.out().full());
    c.validate();
  }
  // Refused is refused whole, and the same bytes can be tried again.
  template <class Write>
  void write(std::string_view bytes, const Write& attempt) {
    for (int i = 0; i < 2; ++i) {
      const std::error_code ec = attempt();
      if (!ec) unsent += bytes;
      check();
      if (!ec) return;
      EXPECT_EQ(ec, ps::errc::no_memory);
      EXPECT_NE(blocks.refused(), 0U);
      whole = false;
    }
  }
  void copied(const std::string& bytes) {
    write(bytes, [&] { return c.write(bytes); });
  }
  void owned(const std::string& bytes) {
    write(bytes, [&] { return c.write(ps::owned_bytes(kept_text(bytes))); });
  }
  void lines(const std::string& a, const std::string& b) {
    const std::string_view parts[] = {a, "", b};
    write(a + b, [&] { return c.writelines(parts); });
  }
  void send(std::size_t n) {
    n = std::min(n, unsent.size());
    c.consume_output(n);
    unsent.erase(0, n);
    check();
  }
  void settle() {
    c.settle_input();
    check();
  }
};

bool written(counting_blocks& blocks) {
  bool whole = false;
  {
    checked_writing w(blocks);
    for (const std::size_t size : {1U, 2000U, 5000U, 30'000U}) {
      w.copied(std::string(size, 'a'));
      w.owned(std::string(size, 'b'));
      w.lines(std::string(size, 'c'), std::string(size, 'd'));
      w.copied("small");
      w.send(size + size / 2);
      w.settle();
      w.copied(std::string(3000, 'e'));
      w.send(size);
    }
    w.send(100'000);
    w.settle();
    w.owned(std::string(5000, 'f'));
    whole = w.whole;
  }
  EXPECT_EQ(kept_text::kept, 0) << "an owned buffer was not given back";
  return whole;
}

// Both directions, closed while bytes wait: what was accepted leaves, whatever was refused.
bool connected(counting_blocks& blocks) {
  checked_writing w(blocks);
  arena memory;
  std::string echoed;
  ps::readline line;
  for (int turn = 0; turn < 20; ++turn) {
    const std::string message =
        "turn " + std::to_string(turn) + std::string(static_cast<std::size_t>(turn * turn), '.') + "\n";
    const std::string begun = message.substr(0, static_cast<std::size_t>(turn));
    if (w.c.input_room() != 0) w.c.lend_input(memory.receive(message + begun), 64);
    answer a = ask(w.c.in(), line);
    if (a.status == ps::read_status::data) w.copied(a.text);
    if (turn % 3 == 0) w.send(1000);
    w.settle();
    memory.shut();
    static_cast<void>(w.c.in().consume(w.c.in().buffered().size()));
    w.c.in().validate();
  }
  w.c.close();
  w.check();
  std::string_view segments[64];
  std::size_t count = 0;
  while (w.c.next_output(segments, count) == ps::wire_step::send && !::testing::Test::HasFailure()) w.send(777);
  EXPECT_TRUE(w.unsent.empty());
  EXPECT_EQ(w.c.next_output(segments, count), ps::wire_step::close);
  w.c.lost({});
  EXPECT_FALSE(w.c.out().bytes_lost());
  return w.whole && !w.c.close_reason();
}

}  // namespace

// I-03, I-30: bytes that are written in every way
TEST(AllocationSweepOfSending, OfWriting) { EXPECT_GE(sweep("written", written), 5U); }

// I-03, I-22, I-30: a connection to its end
TEST(AllocationSweepOfSending, OfAConnection) { EXPECT_GE(sweep("connected", connected), 5U); }
