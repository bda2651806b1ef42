// SPDX-License-Identifier: BSL-1.0
// Proves asyncio's transport as a writer hands it out: pausing, marks, information and the end.
#include <penstock/coro/transport.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

#include "support/memory_pair.hpp"

namespace ps = penstock;

namespace {

class Transport : public penstock_test::on_a_pair {
 protected:
  ps::transport& transport_ = out_.transport();
};

ps::task<> drain(ps::stream_writer& out, bool* drained) {
  co_await out.drain();
  *drained = true;
}
ps::task<> read_line(ps::stream_reader& in, std::string* to) { *to = co_await in.readline(); }

// The names of asyncio's StreamWriter: three wait, the others are plain calls.
template <class Writer>
concept writes_as_asyncio =
    requires(const Writer& out, std::string_view text, std::span<const std::string_view> parts, const ps::filter& by) {
      { out.transport() } -> std::same_as<ps::transport&>;
      { out.write(text) } -> std::same_as<std::error_code>;
      { out.writelines(parts) } -> std::same_as<std::error_code>;
      { out.write_eof() } -> std::same_as<std::error_code>;
      { out.can_write_eof() } -> std::same_as<bool>;
      { out.close() } -> std::same_as<void>;
      { out.is_closing() } -> std::same_as<bool>;
      { out.get_extra_info(text) } -> std::same_as<std::string>;
      { out.get_extra_info(text, text) } -> std::same_as<std::string>;
      { out.drain().await_ready() } -> std::same_as<bool>;
      { out.wait_closed().await_ready() } -> std::same_as<bool>;
      { out.start_tls(by).await_ready() } -> std::same_as<bool>;
    };

struct marks_row {
  std::optional<std::size_t> high;
  std::optional<std::size_t> low;
  std::size_t high_then;
  std::size_t low_then;
};

}  // namespace

// R51, R71, R72: the plain ones act at once, on the transport that the writer hands out.
TEST_F(Transport, IsWhatTheWriterActsOn) {
  static_assert(writes_as_asyncio<ps::stream_writer>);
  const std::string_view parts[] = {"cd", "e"};
  EXPECT_FALSE(out_.write("ab"));
  EXPECT_FALSE(out_.writelines(parts));
  EXPECT_EQ(transport_.get_write_buffer_size(), 5U);
  EXPECT_FALSE(out_.write_eof());
  EXPECT_THROW(out_.write("f"), std::logic_error);
  EXPECT_EQ(out_.get_extra_info("peername"), transport_.get_extra_info("peername"));
  EXPECT_FALSE(transport_.is_closing());
  out_.close();
  EXPECT_TRUE(transport_.is_closing());
  loop_.run();
  EXPECT_EQ(peer_in_.peek(), "abcde");
}

// R81
TEST_F(Transport, PausedReceivesNothingAndReadsWhatItHas) {
  EXPECT_TRUE(transport_.is_reading());
  EXPECT_FALSE(peer_out_.write("ab\ncd"));
  loop_.run();
  transport_.pause_reading();
  transport_.pause_reading();
  EXPECT_FALSE(transport_.is_reading());
  EXPECT_FALSE(peer_out_.write("ef\n"));
  std::string first;
  ps::spawn(loop_, read_line(in_, &first));
  loop_.run();
  EXPECT_EQ(first, "ab\n");
  std::string second;
  ps::spawn(loop_, read_line(in_, &second));
  EXPECT_NE(loop_.run(), "");
  EXPECT_EQ(in_.peek(), "cd");
  transport_.resume_reading();
  transport_.resume_reading();
  EXPECT_TRUE(transport_.is_reading());
  EXPECT_EQ(loop_.run(), "");
  EXPECT_EQ(second, "cdef\n");
}

// R81: nothing once closing.
TEST_F(Transport, PausingIsNothingOnceClosing) {
  out_.close();
  EXPECT_FALSE(transport_.is_reading());
  transport_.pause_reading();
  transport_.resume_reading();
  EXPECT_FALSE(transport_.is_reading());
  EXPECT_EQ(loop_.run(), "");
}

// R81: what asks is whether anybody has paused.
TEST_F(Transport, IsReadingAlsoBehindThePeersEnd) {
  EXPECT_FALSE(peer_out_.write_eof());
  loop_.run();
  EXPECT_TRUE(transport_.is_reading());
  EXPECT_FALSE(transport_.is_closing());
}

// R75
TEST_F(Transport, AHighMarkRaisesTheCap) {
  const std::size_t usual = out_.underlying().inner().out().limits().max_pending;
  transport_.set_write_buffer_limits(usual, std::nullopt);
  EXPECT_EQ(out_.underlying().inner().out().limits().max_pending, 2 * usual) << "who drains is never refused";
}

// R75
TEST_F(Transport, OneMarkDecidesTheOther) {
  const std::size_t most = ~std::size_t{0};
  const marks_row rows[] = {
      {std::nullopt, std::nullopt, 64 * 1024, 16 * 1024},
      {100, std::nullopt, 100, 25},
      {7, std::nullopt, 7, 1},
      {0, std::nullopt, 0, 0},
      {std::nullopt, 100, 400, 100},
      {std::nullopt, 0, 0, 0},
      {std::nullopt, most / 2, most, most / 2},
      {100, 30, 100, 30},
      {100, 100, 100, 100},
      {0, 0, 0, 0},
      {std::nullopt, std::nullopt, 64 * 1024, 16 * 1024},
  };
  for (const marks_row& row : rows) {
    SCOPED_TRACE(row.high_then);
    transport_.set_write_buffer_limits(row.high, row.low);
    const ps::write_buffer_limits now = transport_.get_write_buffer_limits();
    EXPECT_EQ(now.high, row.high_then);
    EXPECT_EQ(now.low, row.low_then);
  }
  transport_.set_write_buffer_limits(100, 30);
  EXPECT_THROW(transport_.set_write_buffer_limits(10, 11), std::invalid_argument);
  EXPECT_EQ(transport_.get_write_buffer_limits().high, 100U);
  EXPECT_EQ(transport_.get_write_buffer_limits().low, 30U);
}

// R53, R75: marks are looked at when they change.
TEST_F(Transport, HigherMarksLetDrainGoOn) {
  EXPECT_FALSE(out_.write(std::string(256 * 1024, 'x')));
  bool drained = false;
  ps::spawn(loop_, drain(out_, &drained));
  loop_.run();
  EXPECT_FALSE(drained);
  transport_.set_write_buffer_limits(2 * 1024 * 1024);
  loop_.run();
  EXPECT_TRUE(drained);
}

// R76
TEST_F(Transport, KnowsWhatIsUnsent) {
  EXPECT_EQ(transport_.get_write_buffer_size(), 0U);
  EXPECT_FALSE(out_.write(std::string(100 * 1024, 'x')));
  EXPECT_EQ(transport_.get_write_buffer_size(), 100U * 1024);
  loop_.run();  // the way holds 64 KiB, and the peer's reader pauses behind so much again
  EXPECT_EQ(transport_.get_write_buffer_size(), 0U);
}

// R68
TEST_F(Transport, TellsWhoTalksAlsoWhenItIsGone) {
  for (const bool gone : {false, true}) {
    SCOPED_TRACE(gone);
    EXPECT_EQ(transport_.get_extra_info("sockname"), "first");
    EXPECT_EQ(transport_.get_extra_info("peername"), "second");
    EXPECT_EQ(out_.get_extra_info("peername", "nobody"), "second");
    EXPECT_EQ(transport_.get_extra_info("cipher"), "");
    EXPECT_EQ(transport_.get_extra_info("cipher", "none"), "none");
    EXPECT_EQ(out_.get_extra_info("", "none"), "none");
    transport_.abort();
    loop_.run();
  }
}

// R57, R79, R80
TEST_F(Transport, EndsAsTheWriterDoes) {
  EXPECT_TRUE(transport_.can_write_eof());
  EXPECT_TRUE(out_.can_write_eof());
  EXPECT_FALSE(transport_.write_eof());
  EXPECT_FALSE(transport_.write_eof());
  EXPECT_FALSE(transport_.is_closing());
  loop_.run();
  EXPECT_TRUE(pair_.second.in.at_eof());
  EXPECT_FALSE(peer_out_.write("still"));
  loop_.run();
  EXPECT_EQ(in_.peek(), "still");
  transport_.close();
  transport_.close();
  EXPECT_TRUE(transport_.is_closing());
  EXPECT_TRUE(out_.is_closing());
  transport_.abort();
  transport_.close();
  loop_.run();
  EXPECT_EQ(out_.underlying().inner().state(), ps::connection_state::closed);
}

TEST_F(Transport, AbortLosesWhatIsUnsentAndTellsThePeer) {
  EXPECT_FALSE(out_.write(std::string(256 * 1024, 'x')));
  transport_.abort();
  EXPECT_EQ(transport_.get_write_buffer_size(), 0U);
  loop_.run();
  EXPECT_EQ(peer_out_.close_reason(), std::errc::connection_reset);
}
