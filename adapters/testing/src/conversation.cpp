// SPDX-License-Identifier: BSL-1.0
// The steps of a conversation. What was written and not yet taken is known, so no step waits in vain.
#include <penstock/testing/conversation.hpp>

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <stop_token>
#include <string_view>
#include <utility>

#include <penstock/testing/failure.hpp>
#include <penstock/testing/generators.hpp>

#include "checks.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

constexpr std::string_view record_end = "\r\n";

task<std::string> plain_read(const stream_reader& in, std::size_t n) { co_return co_await in.readexactly(n); }
task<std::string> stopped_read(const stream_reader& in, std::size_t n, std::stop_token stop) {
  co_return co_await in.readexactly(n, std::move(stop));
}

// One party, and the way from the other one to it.
struct side {
  side(char letter, end streams, std::size_t its_limit) : name(letter), at(std::move(streams)), limit(its_limit) {}
  char name;
  end at;
  std::size_t limit;
  std::string to_come{};   // was written to it and not yet taken
  std::string received{};  // all that it took
  bool ended = false;      // the other one has said that no more comes
};

class conversation {
 public:
  conversation(connected both, std::uint64_t seed, std::size_t a_limit, std::size_t b_limit)
      : numbers_(seed),
        text_(seed),
        a_('a', std::move(both.first), a_limit),
        b_('b', std::move(both.second), b_limit) {}

  task<> step(bool half_close);
  task<> end_by(abilities use);
  std::string trace() && { return std::move(trace_); }

 private:
  side& other(const side& s) noexcept { return &s == &a_ ? b_ : a_; }
  void note(const side& who, std::string_view did, std::string_view answer) {
    trace_ += who.name;
    (trace_ += ": ").append(did).append(" -> ").append(answer) += '\n';
  }
  void note(const side& who, std::string_view did, const std::error_code& ec) {
    // By its condition: systems and memory name the same error in categories of their own.
    const std::error_condition what = ec.default_error_condition();
    note(who, did, ec ? std::string(what.category().name()) + " " + what.message() : "ok");
  }
  // Takes what an answer took out of what is to come, and holds that it was that.
  void taken(side& s, std::string_view did, const read_outcome& out);
  static void drop_through(side& s, std::string_view ending) {
    const std::size_t found = s.to_come.find(ending);
    s.to_come.erase(0, found == std::string::npos ? found : found + ending.size());
  }
  std::string something();
  void write(side& s, std::string_view bytes);
  task<> read(side& s);
  task<> read_in_vain(side& s);
  task<> read_rest(side& s);
  void write_eof(side& s);

  random_numbers numbers_;
  byte_source text_;
  std::string trace_;
  side a_;
  side b_;
};

void conversation::taken(side& s, std::string_view did, const read_outcome& out) {
  if (out.status() == read_status::data || out.status() == read_status::incomplete) {
    expect(out.text() == std::string_view(s.to_come).substr(0, out.text().size()), "what is read is what was written");
    s.received += out.text();
    s.to_come.erase(0, out.text().size());
    note(s, did, std::string(name(out.status())) + " " + shown(out.text()));
  } else if (out.status() == read_status::failed) {
    note(s, did, out.error());
  } else {
    note(s, did, name(out.status()));
  }
}

// Letters with line ends and record ends among them.
std::string conversation::something() {
  const std::size_t kind = numbers_.between(0, 19);
  std::string bytes = lines(numbers_.next(), numbers_.between(0, 6), kind < 16 ? 60 : 3000);
  if (kind == 19) bytes += text_.next(numbers_.between(20'000, 100'000));
  if (numbers_.between(0, 1) == 0) bytes += record_end;
  return bytes;
}

void conversation::write(side& s, std::string_view bytes) {
  std::error_code ec;
  try {
    const std::string_view parts[] = {bytes.substr(0, bytes.size() / 2), {}, bytes.substr(bytes.size() / 2)};
    switch (numbers_.between(0, 2)) {
      case 0: ec = s.at.out.writelines(parts); break;
      case 1: ec = s.at.out.write(owned_bytes(std::string(bytes))); break;
      default: ec = s.at.out.write(bytes);
    }
  } catch (const std::logic_error&) {
    return note(s, "write", "logic_error");
  }
  note(s, "write of " + std::to_string(bytes.size()), ec);
  if (!ec) other(s).to_come += bytes;
}

void conversation::write_eof(side& s) {
  note(s, "write_eof", s.at.out.write_eof());
  other(s).ended = true;
}

// A read that is answered by what was written.
task<> conversation::read(side& s) {
  const stream_reader& in = s.at.in;
  const std::size_t there = s.to_come.size();
  const std::size_t n = numbers_.between(0, std::min<std::size_t>(there, 5000));
  switch (numbers_.between(0, 6)) {
    case 0:
    case 1: {
      const std::size_t line = s.to_come.find('\n');
      if (line == std::string::npos && !s.ended) break;
      read_outcome out = co_await in.view(readline());
      taken(s, "readline", out);
      // How much of an over-long line was dropped depends on what had come; only the next readline tells.
      while (out.status() == read_status::limit_overrun) {
        drop_through(s, "\n");
        if (!s.ended && s.to_come.find('\n') == std::string::npos) write(other(s), "next\n");
        out = co_await in.view(readline());
        taken(s, "readline behind it", out);
      }
      break;
    }
    case 2: {
      const std::size_t found = s.to_come.find(record_end);
      if (found == std::string::npos && !s.ended) break;
      const read_outcome out = co_await in.view(readuntil(record_end));
      taken(s, "readuntil", out);
      if (out.status() != read_status::limit_overrun) break;
      const read_outcome skipped = co_await in.view(skip_until(record_end));
      note(s, "skip_until", name(skipped.status()));
      drop_through(s, record_end);
      break;
    }
    case 3: {
      const read_outcome out = co_await in.view(readexactly(n));
      taken(s, "readexactly " + std::to_string(n), out);
      break;
    }
    case 4: {
      const std::string some = co_await take_some(in, n);
      taken(s, "reads of " + std::to_string(n), read_outcome::data(some));
      break;
    }
    case 5:
      if (s.ended) {
        const read_outcome out = co_await in.view(readexactly(there + 1));
        taken(s, "readexactly " + std::to_string(there + 1), out);
      }
      break;
    default: {
      const std::string back = s.received.substr(s.received.size() - std::min<std::size_t>(s.received.size(), n % 100));
      in.unread(back);
      s.received.resize(s.received.size() - back.size());
      s.to_come.insert(0, back);
      note(s, "unread", shown(back));
    }
  }
}

// A read that is given up: by a stop, by time, by destruction.
task<> conversation::read_in_vain(side& s) {
  if (s.ended) co_return;
  const std::size_t n = s.to_come.size() + 1;
  switch (numbers_.between(0, 2)) {
    case 0: {
      std::stop_source stop;
      started reading(failing(stopped_read(s.at.in, n, stop.get_token())));
      if (numbers_.between(0, 1) == 0) co_await tick();
      stop.request_stop();
      const std::error_code ec = co_await reading;
      note(s, "a stopped read", ec);
      break;
    }
    case 1: {
      const std::error_code ec = co_await error_of(s.at.in.readexactly(n, duration::nanoseconds(500'000)));
      note(s, "a read with a time", ec);
      break;
    }
    default: {
      started reading(plain_read(s.at.in, n));
      co_await tick();
      note(s, "a destroyed read", reading.done() ? "done" : "waits");
    }
  }
}

task<> conversation::read_rest(side& s) {
  const std::size_t n = s.to_come.size();
  if (s.ended) {
    const read_outcome out = co_await s.at.in.view(read_to_eof());
    taken(s, "read to the end", out);
    const read_outcome end = co_await s.at.in.view(readline());
    taken(s, "readline behind it", end);
    co_return;
  }
  const read_outcome out = co_await s.at.in.view(readexactly(n));
  taken(s, "readexactly " + std::to_string(n), out);
}

task<> conversation::step(bool half_close) {
  side& s = numbers_.between(0, 1) == 0 ? a_ : b_;
  const std::size_t sent = other(s).to_come.size();
  const std::size_t choice = numbers_.between(0, 29);
  if (choice < 9) {
    write(s, something());
  } else if (choice < 22) {
    co_await read(s);
  } else if (choice < 24) {
    co_await read_in_vain(s);
  } else if (choice == 24 && sent < 16'384) {
    const std::error_code ec = co_await error_of(s.at.out.drain());
    note(s, "drain", ec);
  } else if (choice == 25 && sent == 0) {
    const std::error_code ec = co_await error_of(s.at.out.flush());
    note(s, "flush", ec);
  } else if (choice == 26) {
    s.at.out.transport().pause_reading();
    co_await tick();
    s.at.out.transport().resume_reading();
  } else if (choice == 27) {
    s.at.in.set_limit(s.limit = numbers_.between(64, 4000));
    note(s, "set_limit", "ok");
  } else if (choice == 28) {
    co_await tick();
  } else if (choice == 29 && half_close && numbers_.between(0, 3) == 0) {
    write_eof(s);
  }
}

// Nothing is under way towards who closes or aborts first: a system would answer that by a reset.
task<> conversation::end_by(abilities use) {
  side& first = numbers_.between(0, 1) == 0 ? a_ : b_;
  side& last = other(first);
  co_await read_rest(first);
  if (use.half_close && numbers_.between(0, 2) == 0) {
    write_eof(last);
    write_eof(first);
    co_await read_rest(last);
    co_await read_rest(first);
  } else if (use.reset && numbers_.between(0, 1) == 0) {
    co_await read_rest(last);
    first.at.out.abort();
    const read_outcome out = co_await last.at.in.view(readline());
    taken(last, "readline after the peer's abort", out);
  } else {
    first.at.out.close();
    last.ended = true;
    co_await read_rest(last);
  }
  for (side* const s : {&first, &last}) {
    s->at.out.close();
    const std::error_code lost = co_await error_of(s->at.out.wait_closed());
    note(*s, "wait_closed", lost);
    write(*s, "too late");
    const read_outcome out = co_await s->at.in.view(readline());
    taken(*s, "readline when it is closed", out);
    note(*s, "close_reason", s->at.out.close_reason());
    std::uint64_t sum = 14695981039346656037u;
    for (const char byte : s->received) sum = (sum ^ static_cast<unsigned char>(byte)) * 1099511628211u;
    note(*s, "all that was received", std::to_string(s->received.size()) + " bytes, " + std::to_string(sum));
  }
}

}  // namespace

task<std::string> converse(ground& g, std::uint64_t seed, abilities use) {
  constexpr int steps = 60;
  random_numbers numbers(seed + 1'000'003);
  const std::size_t limits[] = {64, 1000, 64 * 1024};
  const std::size_t a_limit = limits[numbers.between(0, 2)];
  const std::size_t b_limit = limits[numbers.between(0, 2)];
  connected both = co_await g.connect({.reading = {.limit = a_limit}}, {.reading = {.limit = b_limit}});
  conversation talk(std::move(both), seed, a_limit, b_limit);
  for (int i = 0; i != steps; ++i) co_await talk.step(use.half_close);
  co_await talk.end_by(use);
  co_return std::move(talk).trace();
}

}}}  // namespace penstock::v0::testing
