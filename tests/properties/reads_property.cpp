// SPDX-License-Identifier: BSL-1.0
// Proves laws that bind reads to each other and to plain search: each property reads the same bytes in
// two ways and compares the answers.
#include <penstock/read_half.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/describe.hpp>
#include <penstock/read_operations.hpp>

#include "fuzz/support/reader_model.hpp"
#include "properties/property.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

// A stream whose bytes have arrived in pieces; the operation that is asked after each piece has seen
// them all when it answers last. Nothing is taken before.
class arrived {
 public:
  arrived(std::string_view bytes, const std::vector<unsigned>& sizes) : pieces_(cut(bytes, sizes)) {}

  // The first answer, or need_more after the last piece.
  template <class Op>
  ps::read_outcome ask(Op op) {
    for (; next_ != pieces_.size(); ++next_) {
      const ps::read_outcome out = in_.poll(op);
      if (out.status() != ps::read_status::need_more) return out;
      in_.feed(pieces_[next_]);
    }
    return in_.poll(op);
  }
  ps::read_half& in() noexcept { return in_; }

 private:
  ps::read_half in_;
  std::vector<std::string> pieces_;
  std::size_t next_ = 0;
};

}  // namespace

// R28, R29, I-1: readexactly(a) and readexactly(b) give what readexactly(a + b) gives, at the end of the
// stream, too.
TEST(ReadsProperty, ReadexactlyCanBeSplit) {
  holds([] {
    const std::string bytes = *text().as("bytes");
    const std::size_t a = *rc::gen::inRange<std::size_t>(0, 20).as("a");
    const std::size_t b = *rc::gen::inRange<std::size_t>(0, 20).as("b");
    const auto sizes = *sizes_of_pieces().as("pieces");
    arrived split(bytes, sizes);
    arrived whole(bytes, *sizes_of_pieces().as("other pieces"));
    std::string both;
    for (const std::size_t n : {a, b}) {
      ps::read_outcome out = split.ask(ps::readexactly(n));
      if (out.status() == ps::read_status::need_more) {
        split.in().feed_eof();
        out = split.ask(ps::readexactly(n));
        RC_ASSERT(out.expected() == (split.in().at_eof() && out.status() == ps::read_status::eof ? 0 : n));
      }
      both += out.text();
    }
    ps::read_outcome out = whole.ask(ps::readexactly(a + b));
    const bool enough = a + b <= bytes.size();
    RC_ASSERT((out.status() == ps::read_status::data) == enough);
    if (!enough) {
      whole.in().feed_eof();
      out = whole.ask(ps::readexactly(a + b));
    }
    RC_ASSERT(out.text() == both);
    RC_ASSERT(both == bytes.substr(0, a + b));
  });
}

// R31, I-4: readuntil ends where the naive search says, in whatever pieces the bytes come.
TEST(ReadsProperty, ReaduntilIsNaiveSearch) {
  holds([] {
    const std::string bytes = *text().as("bytes");
    const auto words = *some_separators().as("separators");
    RC_PRE(words.size() <= ps::separators::max_count);
    const auto ends = views(words);
    const auto match = penstock::fuzz::naive_find(bytes, ends);
    arrived stream(bytes, *sizes_of_pieces().as("pieces"));
    const ps::read_outcome out = stream.ask(ps::readuntil(std::span<const std::string_view>(ends)));
    RC_ASSERT((out.status() == ps::read_status::data) == match.found);
    if (match.found) RC_ASSERT(out.text() == bytes.substr(0, match.end));
  });
}

// R34, R36, R41: what readuntil gives with a limit it gives with every larger one; and it gives it with
// a limit exactly if no more bytes than that stand before the separator.
TEST(ReadsProperty, ALargerLimitChangesNoRecord) {
  holds([] {
    const std::string bytes = *text().as("bytes");
    const auto words = *some_separators().as("separators");
    RC_PRE(words.size() <= ps::separators::max_count);
    const auto ends = views(words);
    const std::size_t limit = *rc::gen::inRange<std::size_t>(1, 12).as("limit");
    const std::size_t more = *rc::gen::inRange<std::size_t>(1, 12).as("more");
    const auto match = penstock::fuzz::naive_find(bytes, ends);
    arrived narrow(bytes, *sizes_of_pieces().as("pieces"));
    arrived wide(bytes, *sizes_of_pieces().as("other pieces"));
    const ps::separators list{std::span<const std::string_view>(ends)};
    const ps::read_outcome small = narrow.ask(ps::readuntil(list, limit));
    const ps::read_outcome large = wide.ask(ps::readuntil(list, limit + more));
    RC_ASSERT((small.status() == ps::read_status::data) == (match.found && match.begin <= limit));
    if (small.status() == ps::read_status::data) RC_ASSERT(ps::describe(small) == ps::describe(large));
  });
}

// R39, R41: a line is what readuntil("\n") gives, but for the last one, that needs no newline.
TEST(ReadsProperty, ALineIsARecord) {
  holds([] {
    const std::string bytes = *text().as("bytes");
    arrived lines(bytes, *sizes_of_pieces().as("pieces"));
    arrived records(bytes, *sizes_of_pieces().as("other pieces"));
    for (;;) {
      const ps::read_outcome record = records.ask(ps::readuntil("\n"));
      const ps::read_outcome line = lines.ask(ps::readline());
      RC_ASSERT((line.status() == record.status()));
      RC_ASSERT(line.text() == record.text());
      if (record.status() == ps::read_status::need_more) break;
    }
    records.in().feed_eof();
    lines.in().feed_eof();
    const ps::read_outcome record = records.ask(ps::readuntil("\n"));
    const ps::read_outcome line = lines.ask(ps::readline());
    RC_ASSERT((record.status() == ps::read_status::incomplete));
    RC_ASSERT(line.text() == record.text());
    RC_ASSERT((line.status() == (line.text().empty() ? ps::read_status::eof : ps::read_status::data)));
  });
}

// I-5: wherever in the reads the end is fed, exactly the buffered bytes come out, then the end for ever.
TEST(ReadsProperty, TheEndComesAfterTheBytes) {
  holds([] {
    const std::string bytes = *text().as("bytes");
    const auto counts = *rc::gen::container<std::vector<std::size_t>>(rc::gen::inRange<std::size_t>(1, 6)).as("n");
    const std::size_t at = *rc::gen::inRange<std::size_t>(0, counts.size() + 1).as("end after");
    ps::read_half in;
    in.feed(bytes);
    std::string seen;
    for (std::size_t i = 0; i != counts.size(); ++i) {
      if (i == at) in.feed_eof();
      ps::read_some op(counts[i]);
      seen += in.poll(op).text();
    }
    in.feed_eof();
    ps::read_to_eof rest;
    seen += in.poll(rest).text();
    RC_ASSERT(seen == bytes);
    RC_ASSERT(in.at_eof());
    for (int again = 0; again != 2; ++again) {
      ps::read_some some(1);
      ps::readline line;
      ps::readexactly exactly(1);
      RC_ASSERT((in.poll(some).status() == ps::read_status::eof));
      RC_ASSERT((in.poll(line).status() == ps::read_status::eof));
      RC_ASSERT(in.poll(exactly).expected() == 1u);
    }
  });
}
