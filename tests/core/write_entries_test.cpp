// SPDX-License-Identifier: BSL-1.0
// Proves that no way to write goes around the high mark, the hard cap or the end (I-12,
// CVE-2024-12254): one table of every public entry of write_half and connection, each tried where
// it must be accepted and where it must be refused. The headers themselves say which entries there
// are: one that the table does not name fails the test, one more overload does not compile.
#include <penstock/connection.hpp>
#include <penstock/write_half.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>

#include "support/counting_blocks.hpp"
#include "support/declarations.hpp"
#include "support/printed_page.hpp"

namespace ps = penstock;
using penstock_test::counting_blocks;

namespace {

// Buffers of the last row that were moved in and released.
int taken = 0;
int given_back = 0;

// One way to write `bytes`.
template <class Writer>
struct entry {
  std::string_view declaration;  // as the header has it
  std::string_view what;
  std::error_code (*call)(Writer&, std::string_view bytes);
};

template <class Writer>
const entry<Writer> entries[] = {
    {"write(std::string_view)", "text", [](Writer& w, std::string_view bytes) { return w.write(bytes); }},
    {"write(std::span<const std::byte>)", "bytes",
     [](Writer& w, std::string_view bytes) { return w.write(std::as_bytes(std::span(bytes))); }},
    {"write(owned_bytes)", "a string moved in",
     [](Writer& w, std::string_view bytes) { return w.write(ps::owned_bytes(std::string(bytes))); }},
    {"write(owned_bytes)", "a vector moved in",
     [](Writer& w, std::string_view bytes) {
       return w.write(ps::owned_bytes(std::vector<char>(bytes.begin(), bytes.end())));
     }},
    {"write(owned_bytes)", "a view with its release",
     [](Writer& w, std::string_view bytes) {
       ++taken;
       auto* const copy = new std::string(bytes);
       const auto release = [](void* context) noexcept {
         ++given_back;
         delete static_cast<std::string*>(context);
       };
       return w.write(ps::owned_bytes(*copy, release, copy));
     }},
    {"writelines(std::span<const std::string_view>)", "one line",
     [](Writer& w, std::string_view bytes) { return w.writelines({&bytes, 1}); }},
    {"writelines(std::span<const std::string_view>)", "lines, some empty",
     [](Writer& w, std::string_view bytes) {
       const std::size_t half = bytes.size() / 2;
       const std::array<std::string_view, 5> parts{"", bytes.substr(0, half), "", bytes.substr(half), ""};
       return w.writelines(parts);
     }},
};

// Where a writer must refuse, and with what answer.
template <class Writer>
struct place {
  std::string_view name;
  std::error_code answer;
  void (*go)(Writer&);
};

// What the table needs to know about either kind of writer.
template <class Writer>
struct kind;

template <>
struct kind<ps::write_half> {
  static constexpr std::string_view name = "write_half";
  static const ps::write_half& sending(const ps::write_half& w) { return w; }
  static ps::write_half make(ps::write_options options, ps::block_source& blocks) {
    return ps::write_half(options, blocks);
  }
  static constexpr std::string_view no_entries =
      "write_eof(); set_limits(write_options); consume(std::size_t); shut_down(); "
      "settle(); refuse(); drop(); ";
  static inline const place<ps::write_half> places[] = {
      {"after write_eof", ps::errc::write_after_eof, [](ps::write_half& w) { EXPECT_FALSE(w.write_eof()); }},
      {"after refuse", ps::errc::not_connected, [](ps::write_half& w) { w.refuse(); }},
      {"after drop", ps::errc::not_connected, [](ps::write_half& w) { w.drop(); }},
  };
};

template <>
struct kind<ps::connection> {
  static constexpr std::string_view name = "connection";
  static const ps::write_half& sending(const ps::connection& c) { return c.out(); }
  static ps::connection make(ps::write_options options, ps::block_source& blocks) {
    return ps::connection({}, options, blocks);
  }
  static constexpr std::string_view no_entries =
      "in(); write_eof(); set_write_limits(write_options); close(); abort(); "
      "watch(deadline_watch*); prepare_input(std::size_t); commit_input(std::size_t); "
      "lend_input(std::span<char>, std::size_t); settle_input(); input_ended(); "
      "next_output(std::span<std::string_view>, std::size_t&); "
      "consume_output(std::size_t); output_shut_down(); lost(std::error_code); "
      "on_time(time_point); hold_output(bool); ";
  static inline const place<ps::connection> places[] = {
      {"after write_eof", ps::errc::write_after_eof, [](ps::connection& c) { EXPECT_FALSE(c.write_eof()); }},
      {"after close", ps::errc::not_connected, [](ps::connection& c) { c.close(); }},
      {"after abort", ps::errc::not_connected, [](ps::connection& c) { c.abort(); }},
      {"after a loss", ps::errc::not_connected,
       [](ps::connection& c) { c.lost(std::make_error_code(std::errc::connection_reset)); }},
      {"after close and loss", ps::errc::not_connected,
       [](ps::connection& c) {
         c.close();
         c.lost({});
       }},
  };
};

// One overload each: a second one makes these addresses ambiguous.
[[maybe_unused]] constexpr auto lines_of_half = &ps::write_half::writelines;
[[maybe_unused]] constexpr auto lines_of_connection = &ps::connection::writelines;

template <class Writer>
std::string content(const Writer& writer) {
  const ps::write_half& out = kind<Writer>::sending(writer);
  std::array<std::string_view, 64> views;
  std::string all;
  for (const std::string_view view : std::span(views).first(out.gather(views))) all += view;
  return all;
}

// Calls body(writer, entry) with a fresh writer for each row of the table. Large views that were
// moved in are given back once, sent or not.
template <class Writer, class Body>
void for_every_entry(ps::write_options options, const Body& body) {
  for (const entry<Writer>& row : entries<Writer>) {
    SCOPED_TRACE(row.what);
    counting_blocks blocks;
    taken = given_back = 0;
    {
      Writer writer = kind<Writer>::make(options, blocks);
      body(writer, row, blocks);
      kind<Writer>::sending(writer).validate();
    }
    EXPECT_EQ(taken, given_back);
  }
}

template <class Writer>
class WriteEntries : public testing::Test {};
using writers = testing::Types<ps::write_half, ps::connection>;
TYPED_TEST_SUITE(WriteEntries, writers);

// Both a size that is copied and one that is kept as it is.
constexpr std::size_t sizes[] = {10, 3000};

}  // namespace

TYPED_TEST(WriteEntries, AreAllInTheTable_I_12) {
  const std::string header =
      std::string(PENSTOCK_SOURCE_DIR "/core/include/penstock/") + std::string(kind<TypeParam>::name) + ".hpp";
  const std::vector<std::string> declared =
      penstock_test::public_mutators(penstock_test::file_text(header), std::string(kind<TypeParam>::name));
  ASSERT_FALSE(declared.empty()) << "cannot read " << header;

  std::vector<std::string_view> rows;
  for (const entry<TypeParam>& row : entries<TypeParam>) rows.push_back(row.declaration);
  for (const std::string& declaration : declared) {
    const bool listed = kind<TypeParam>::no_entries.find(declaration + ";") != std::string_view::npos;
    EXPECT_NE(listed, std::find(rows.begin(), rows.end(), declaration) != rows.end())
        << declaration << " is in " << header << ": if it writes it needs a row in entries, else a place in no_entries";
  }
  for (const std::string_view row : rows)
    EXPECT_NE(std::find(declared.begin(), declared.end(), row), declared.end())
        << row << " is in this table and not in " << header;
}

TYPED_TEST(WriteEntries, AcceptAllBytes) {
  for (const std::size_t size : sizes)
    for_every_entry<TypeParam>({}, [&](TypeParam& writer, const auto& row, counting_blocks&) {
      const std::string bytes(size, 'x');
      EXPECT_FALSE(writer.write("<"));
      EXPECT_FALSE(row.call(writer, bytes));
      EXPECT_EQ(content(writer), "<" + bytes);
      EXPECT_EQ(kind<TypeParam>::sending(writer).pending(), size + 1);
    });
}

// R72, I-03: more parts than a list of segments has, of which none is like another
TYPED_TEST(WriteEntries, TakeAHundredPartsOfOneCallInOrder) {
  for (const std::size_t size : {std::size_t{3}, std::size_t{40}, std::size_t{700}}) {
    std::vector<std::string> lines;
    std::string all = "<";
    for (std::size_t i = 0; i != 100; ++i) {
      lines.push_back(i % 10 == 9 ? "" : std::to_string(100 + i) + std::string(size, static_cast<char>('!' + i % 90)));
      all += lines.back();
    }
    counting_blocks blocks;
    TypeParam writer = kind<TypeParam>::make({}, blocks);
    EXPECT_FALSE(writer.write("<"));
    EXPECT_FALSE(writer.writelines(std::vector<std::string_view>(lines.begin(), lines.end())));
    EXPECT_EQ(content(writer), all);
  }
}

// I-12: crossing the mark is noticed in the call that crosses it.
TYPED_TEST(WriteEntries, NoticeTheHighMarkInTheSameCall) {
  for (const std::size_t high : sizes) {
    const ps::write_options options{.high = high, .low = 1};
    for (const std::size_t before : {std::size_t{0}, std::size_t{5}, high})
      for_every_entry<TypeParam>(options, [&](TypeParam& writer, const auto& row, counting_blocks&) {
        const ps::write_half& out = kind<TypeParam>::sending(writer);
        EXPECT_FALSE(writer.write(std::string(before, 'b')));
        EXPECT_FALSE(row.call(writer, std::string(high - before, 'x')));
        EXPECT_FALSE(out.full()) << "at the mark";
        EXPECT_FALSE(row.call(writer, "y"));
        EXPECT_TRUE(out.full()) << "one byte above it";
      });
    for_every_entry<TypeParam>(options, [&](TypeParam& writer, const auto& row, counting_blocks&) {
      EXPECT_FALSE(row.call(writer, std::string(high + 1, 'x')));
      EXPECT_TRUE(kind<TypeParam>::sending(writer).full()) << "in one call";
    });
  }
}

// R8, R59, R71, R72 (as mended): nothing is dropped in silence and nothing is taken in part.
TYPED_TEST(WriteEntries, RefuseWholeAfterTheEnd) {
  for (const auto& where : kind<TypeParam>::places)
    for (const std::size_t size : sizes)
      for_every_entry<TypeParam>({}, [&](TypeParam& writer, const auto& row, counting_blocks& blocks) {
        SCOPED_TRACE(where.name);
        EXPECT_FALSE(writer.write("queued"));
        where.go(writer);
        const std::string before = content(writer);
        const std::uint64_t asked = blocks.asked();
        EXPECT_EQ(row.call(writer, std::string(size, 'x')), where.answer);
        EXPECT_EQ(content(writer), before);
        EXPECT_EQ(taken, given_back) << "refused bytes go back at once";
        EXPECT_EQ(blocks.asked(), asked);
      });
}

// R71: the order of the checks is write_eof, empty, lost.
TYPED_TEST(WriteEntries, AcceptNothingWhereverSomethingWouldBeRefusedButAfterWriteEof) {
  for (const auto& where : kind<TypeParam>::places)
    for_every_entry<TypeParam>({}, [&](TypeParam& writer, const auto& row, counting_blocks& blocks) {
      SCOPED_TRACE(where.name);
      where.go(writer);
      const bool eof = where.answer == ps::errc::write_after_eof;
      EXPECT_EQ(row.call(writer, ""), eof ? where.answer : std::error_code());
      EXPECT_EQ(blocks.asked(), 0U);
    });
}

// I-12: the hard cap, to the byte; a write into an empty queue is always taken.
TYPED_TEST(WriteEntries, RefuseWholeWhatWouldPassTheHardCap) {
  for (const std::size_t size : sizes) {
    const ps::write_options options{.high = 10, .low = 1, .max_pending = size};
    for (const std::size_t before : {std::size_t{1}, size - 1, size})
      for_every_entry<TypeParam>(options, [&](TypeParam& writer, const auto& row, counting_blocks&) {
        const std::string queued(before, 'b');
        EXPECT_FALSE(writer.write(queued));
        EXPECT_EQ(row.call(writer, std::string(size - before + 1, 'x')), ps::errc::buffer_full);
        EXPECT_EQ(content(writer), queued);
        EXPECT_EQ(taken, given_back);
        EXPECT_FALSE(row.call(writer, std::string(size - before, 'x'))) << "up to the cap";
        EXPECT_EQ(kind<TypeParam>::sending(writer).pending(), size);
      });
    for_every_entry<TypeParam>(options, [&](TypeParam& writer, const auto& row, counting_blocks&) {
      EXPECT_FALSE(row.call(writer, std::string(2 * size, 'x')));
      EXPECT_EQ(kind<TypeParam>::sending(writer).pending(), 2 * size);
      EXPECT_EQ(row.call(writer, "y"), ps::errc::buffer_full);
    });
  }
}

// I-30: without memory nothing has changed, and the next write goes on where the last one stopped.
TYPED_TEST(WriteEntries, RefuseWholeWithoutMemory) {
  for (const std::size_t size : sizes)
    for (const std::string_view queued : {"", "queued"})
      for_every_entry<TypeParam>({}, [&](TypeParam& writer, const auto& row, counting_blocks& blocks) {
        EXPECT_FALSE(writer.write(std::string(queued.empty() ? 0 : 4000, 'q')));
        const std::string before = content(writer);
        blocks.fail_from(0);
        EXPECT_EQ(row.call(writer, std::string(size + 100, 'x')), ps::errc::no_memory);
        EXPECT_EQ(content(writer), before);
        EXPECT_FALSE(kind<TypeParam>::sending(writer).full());
        EXPECT_EQ(taken, given_back);
        blocks.fail_no_more();
        EXPECT_FALSE(row.call(writer, "x"));
        EXPECT_EQ(content(writer), before + "x");
      });
}
