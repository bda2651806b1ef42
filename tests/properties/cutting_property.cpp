// SPDX-License-Identifier: BSL-1.0
// Proves that it does not matter how the bytes of a stream are cut, when its end is seen, nor what was
// asked in between and given up: a list of reads is answered the same.
#include <penstock/read_half.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>
#include <vector>

#include <penstock/describe.hpp>
#include <penstock/read_operations.hpp>

#include "properties/property.hpp"

namespace ps = penstock;
using namespace penstock_test;

namespace {

enum class kind { readexactly, readuntil, readline, skip_until, read_to_eof };

struct reading {
  kind what;
  std::size_t n;
  std::vector<std::string> ends;
};

rc::Gen<reading> readings() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::weightedElement<kind>({{4, kind::readexactly},
                                                     {6, kind::readuntil},
                                                     {6, kind::readline},
                                                     {2, kind::skip_until},
                                                     {1, kind::read_to_eof}}),
                     rc::gen::inRange<std::size_t>(0, 8), some_separators()),
      [](const auto& made) { return reading{std::get<0>(made), 1 + std::get<1>(made), std::get<2>(made)}; });
}

void showValue(const reading& r, std::ostream& out) {
  constexpr const char* names[] = {"readexactly", "readuntil", "readline", "skip_until", "read_to_eof"};
  out << names[static_cast<std::size_t>(r.what)] << ' ' << r.n;
  for (const std::string& end : r.ends) out << ' ' << ps::quoted(end);
}

// A peer that sends its pieces one after the other and then its end, when there is room and somebody
// waits; or everything at once, before anybody asks.
class session {
 public:
  enum class arrival { when_awaited, at_once };

  session(ps::read_options options, std::vector<std::string> pieces, std::error_code error, arrival when)
      : in_(options), pieces_(pieces.begin(), pieces.end()), error_(error) {
    if (when == arrival::when_awaited) return;
    for (const std::string& piece : pieces_) in_.feed(piece);
    pieces_.clear();
    end();
  }

  // What the reads answered, each as text. Where asyncio too depends on the cut, it is left out: the
  // number of an overrun. An over-long line is read on as lines until one is answered.
  std::vector<std::string> answers(const std::vector<reading>& list) {
    std::vector<std::string> all;
    for (const reading& each : list) {
      std::string answer = ask(each);
      all.push_back(answer);
      while (each.what == kind::readline && answer == "limit_overrun") all.push_back(answer = ask(each));
    }
    all.push_back("left " + ps::quoted(rest()));
    return all;
  }

  // Asks and gives up: as if it had never been asked.
  void give_up(const reading& asked) {
    if (in_.skipping_line() || asked.what == kind::skip_until) return;
    with(asked, [this](auto op) {
      if (!op.ready(in_)) {
        const std::string before(in_.buffered());
        in_.await_input(op);
        if (!pieces_.empty()) arrive();
        in_.stop_awaiting();
        RC_ASSERT(in_.buffered().starts_with(before));
      }
      return std::string();
    });
  }

  std::string ask(const reading& asked) {
    return with(asked, [this](auto op) {
      ps::read_outcome out = in_.poll(op);
      while (out.status() == ps::read_status::need_more) {
        in_.await_input(op);
        RC_ASSERT(in_.input_room() != 0u);
        if (pieces_.empty())
          end();
        else
          arrive();
        in_.settle();
        in_.validate();
        out = in_.poll(op);
      }
      return out.status() == ps::read_status::limit_overrun ? "limit_overrun" : ps::describe(out);
    });
  }

 private:
  template <class Then>
  std::string with(const reading& asked, Then then) {
    const auto ends = views(asked.ends);
    const ps::separators list{std::span<const std::string_view>(ends)};
    switch (asked.what) {
      case kind::readexactly: return then(ps::readexactly(asked.n));
      case kind::readuntil: return then(ps::readuntil(list));
      case kind::readline: return then(ps::readline());
      case kind::skip_until: return then(ps::skip_until(list));
      case kind::read_to_eof: return then(ps::read_to_eof());
    }
    return {};
  }

  void arrive() {
    const std::size_t n = std::min(in_.input_room(), pieces_.front().size());
    in_.feed(std::string_view(pieces_.front()).substr(0, n));
    pieces_.front().erase(0, n);
    if (pieces_.front().empty()) pieces_.pop_front();
  }

  void end() {
    if (error_)
      in_.fail(error_);
    else
      in_.feed_eof();
  }

  std::string rest() const {
    std::string all(in_.buffered());
    for (const std::string& piece : pieces_) all += piece;
    return all;
  }

  ps::read_half in_;
  std::deque<std::string> pieces_;
  std::error_code error_;
};

ps::read_options limits() { return {.limit = *rc::gen::inRange<std::size_t>(1, 9).as("limit")}; }

// How the stream ends.
std::error_code ending() {
  return *rc::gen::element(std::error_code(), std::make_error_code(std::errc::connection_reset)).as("end");
}

}  // namespace

// I-1, I-2, I-5, I-10: in two cuttings, by pieces as they are awaited or all before the first read, the
// answers and what is left are the same.
TEST(CuttingProperty, AnswersDoNotDependOnIt) {
  holds([] {
    const ps::read_options options = limits();
    const std::string bytes = *text().as("bytes");
    const auto list = *rc::gen::container<std::vector<reading>>(readings()).as("reads");
    const std::error_code end = ending();
    session one(options, cut(bytes, *sizes_of_pieces().as("pieces")), end, session::arrival::when_awaited);
    session other(options, cut(bytes, *sizes_of_pieces().as("other pieces")), end, session::arrival::when_awaited);
    session whole(options, {bytes}, end, session::arrival::at_once);
    const auto expected = one.answers(list);
    RC_ASSERT(other.answers(list) == expected);
    RC_ASSERT(whole.answers(list) == expected);
  });
}

// R23, I-25: a read that waits and is given up changes no answer.
TEST(CuttingProperty, AnswersDoNotDependOnReadsThatWereGivenUp) {
  holds([] {
    const ps::read_options options = limits();
    const auto pieces = cut(*text().as("bytes"), *sizes_of_pieces().as("pieces"));
    const auto list = *rc::gen::container<std::vector<reading>>(readings()).as("reads");
    const auto given_up = *rc::gen::container<std::vector<reading>>(list.size(), readings()).as("given up");
    session plain(options, pieces, {}, session::arrival::when_awaited);
    session disturbed(options, pieces, {}, session::arrival::when_awaited);
    for (std::size_t i = 0; i != list.size(); ++i) {
      disturbed.give_up(given_up[i]);
      RC_ASSERT(disturbed.answers({list[i]}) == plain.answers({list[i]}));
    }
  });
}

// R26, I-1, I-2: read(n) gives at least one byte and at most n; together they are the stream.
TEST(CuttingProperty, ReadSomeLosesNothing) {
  holds([] {
    ps::read_half in(limits());
    const std::string bytes = *text().as("bytes");
    std::string seen;
    for (const std::string& piece : cut(bytes, *sizes_of_pieces().as("pieces"))) {
      in.feed(piece);
      const std::size_t n = *rc::gen::inRange<std::size_t>(1, 6).as("n");
      ps::read_some op(n);
      const ps::read_outcome out = in.poll(op);
      if (out.status() == ps::read_status::need_more) continue;
      RC_ASSERT(!out.text().empty());
      RC_ASSERT(out.text().size() <= n);
      seen += out.text();
    }
    in.feed_eof();
    ps::read_some rest(~std::size_t{0});
    for (ps::read_outcome out = in.poll(rest); out.status() != ps::read_status::eof; out = in.poll(rest)) {
      RC_ASSERT(!out.text().empty());
      seen += out.text();
    }
    RC_ASSERT(seen == bytes);
  });
}
