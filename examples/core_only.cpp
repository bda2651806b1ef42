// SPDX-License-Identifier: BSL-1.0
// The core alone: bytes come in pieces of any size, lines go out as views; no socket, no loop.
//
//   core_only [FILE|-] [SEED] [LIMIT]     reads a file or standard input in pieces that SEED
//                                         makes; a line of more than LIMIT bytes is left out
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <span>
#include <string_view>
#include <system_error>

#include <penstock/core.hpp>

namespace {

struct totals {
  std::uint64_t pieces = 0;      // that came in
  std::uint64_t bytes = 0;       // in them
  std::uint64_t lines = 0;       // that went out
  std::uint64_t line_bytes = 0;  // of these lines
  std::uint64_t too_long = 0;    // lines that were left out
};

// Takes lines until the core wants more input; false: there are no more.
bool take_lines(penstock::read_half& in, penstock::readline& line, totals& seen) {
  for (;;) {
    const penstock::read_outcome answer = in.poll(line);
    switch (answer.status()) {
      case penstock::read_status::data:  // text() lies where the bytes arrived: no copy
        ++seen.lines;
        seen.line_bytes += answer.text().size();
        break;
      case penstock::read_status::limit_overrun:  // what is still to come of the line is skipped
        ++seen.too_long;
        break;
      case penstock::read_status::need_more: in.await_input(line); return true;
      case penstock::read_status::eof: return false;
      case penstock::read_status::incomplete:  // not from readline: a last line without \n is data
      case penstock::read_status::failed:
        std::fprintf(stderr, "core_only: %s\n", answer.error().message().c_str());
        std::exit(1);
    }
  }
}

// Brings the input in as a transport does: into one reused buffer, as much as there is room for.
void read_lines(std::FILE* input, std::mt19937_64& random, penstock::read_half& in, totals& seen) {
  constexpr std::size_t headroom = 4096;  // the beginning of a line is put in front of its end here
  static std::array<char, headroom + 64 * 1024> memory;
  const std::span<char> buffer = std::span(memory).subspan(headroom);

  penstock::readline line;  // one for all lines: while it waits it knows how far it has looked
  bool more = true;
  while (more) {
    const std::size_t room = std::min(in.input_room(), buffer.size());
    const std::size_t n = std::fread(buffer.data(), 1, 1 + static_cast<std::size_t>(random() % room), input);
    if (n != 0)
      in.lend(buffer.first(n), headroom);
    else if (std::ferror(input) != 0)
      in.fail({errno, std::generic_category()});
    else
      in.feed_eof();
    seen.bytes += n;
    seen.pieces += n != 0 ? 1 : 0;
    more = take_lines(in, line, seen);
    in.settle();  // what is unread moves out of the buffer, which is ours again
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view name = argc > 1 ? argv[1] : "-";
  const std::uint64_t seed = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : std::random_device()();
  const std::size_t limit = argc > 3 ? std::strtoul(argv[3], nullptr, 10) : 200;

  const penstock::read_options options{.limit = limit};
  if (const std::error_code ec = check(options)) {
    std::fprintf(stderr, "core_only: limit %zu: %s\n", limit, ec.message().c_str());
    return 2;
  }
  std::FILE* const input = name == "-" ? stdin : std::fopen(argv[1], "rb");
  if (input == nullptr) {
    std::perror(argv[1]);
    return 1;
  }

  penstock::read_half in(options);
  std::mt19937_64 random(seed);
  totals seen;
  read_lines(input, random, in, seen);

  const auto number = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  const auto a_byte = [&](std::uint64_t n) {
    return seen.bytes == 0 ? 0.0 : static_cast<double>(n) / static_cast<double>(seen.bytes);
  };
  std::printf("seed %llu, limit %zu: %llu bytes came in, in %llu pieces\n", number(seed), limit, number(seen.bytes),
              number(seen.pieces));
  std::printf("lines           %llu, %llu bytes\n", number(seen.lines), number(seen.line_bytes));
  std::printf("over-long lines %llu, %llu bytes left out\n", number(seen.too_long),
              number(seen.bytes - seen.line_bytes));
  std::printf("bytes examined  %llu, %.3f for each that came in\n", number(in.work().examined),
              a_byte(in.work().examined));
  std::printf("bytes moved     %llu, %.3f for each that came in\n", number(in.work().moved), a_byte(in.work().moved));
}
