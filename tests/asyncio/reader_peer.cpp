// SPDX-License-Identifier: BSL-1.0
// Runs scripts of feeds and reads on a read_half and prints one line a step, for differential.py.
//
// Input, by lines: `script LIMIT once|again`, steps, `end`. With `again` a read that was asked
// before is asked by the same object, with all that it remembers. A step is an operation and its
// arguments; bytes are hexadecimal, `-` for none. A trailing & means: the waiting operation does
// not look yet.
//   feed WAY BYTES | feed_eof | set_exception NUMBER | cancel | at_eof
//   read N | read_to_eof | readexactly N | readuntil BYTES... | readline | iterate
// Output: `OUTCOME | SIZE:CRC paused|reading at_eof|- ERROR`, values of more than 64 bytes as
// SIZE:CRC. A line ends in `room=N` where the half would leave a reader waiting for ever, or
// receives while nobody needs it.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <iostream>
#include <map>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <variant>
#include <vector>

#include <penstock/read_half.hpp>
#include <penstock/read_operations.hpp>

namespace {

namespace ps = penstock;

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int bit = 0; bit < 8; ++bit) c = (c & 1) != 0 ? 0xedb88320u ^ (c >> 1) : c >> 1;
    table[i] = c;
  }
  return table;
}

std::string digest(std::string_view bytes) {
  static constexpr auto table = make_crc_table();
  std::uint32_t crc = ~0u;
  for (const char byte : bytes) crc = table[(crc ^ static_cast<unsigned char>(byte)) & 0xff] ^ (crc >> 8);
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%zu:%08x", bytes.size(), static_cast<unsigned>(~crc));
  return text.data();
}

std::string shown(std::string_view bytes) {
  if (bytes.empty()) return "-";
  if (bytes.size() > 64) return digest(bytes);
  std::string hex;
  for (const char byte : bytes) {
    hex += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4];
    hex += "0123456789abcdef"[static_cast<unsigned char>(byte) & 15];
  }
  return hex;
}

std::string bytes_of(std::string_view hex) {
  std::string bytes;
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(digit(hex[i]) * 16 + digit(hex[i + 1]));
  return bytes;
}

std::string shown(std::error_code ec) {
  if (ec == ps::errc::empty_separator) return "empty";
  return !ec || ec.category() == std::generic_category() ? std::to_string(ec.value()) : ec.message();
}

std::string shown(const ps::read_outcome& out) {
  switch (out.status()) {
    case ps::read_status::need_more: return "wait";
    case ps::read_status::data: return "data " + shown(out.text());
    case ps::read_status::eof: return "eof";
    case ps::read_status::incomplete: return "incomplete " + shown(out.text()) + ' ' + std::to_string(out.expected());
    case ps::read_status::limit_overrun: return "limit_overrun " + std::to_string(out.consumed());
    case ps::read_status::failed: return "failed " + shown(out.error());
  }
  return "unknown";
}

// One stream: the half, and the operation that waits.
class session {
 public:
  session(std::size_t limit, bool again) : again_(again), in_({.limit = limit}) {}

  // Does one step and answers its line.
  std::string run(const std::string& line) {
    std::istringstream words(line);
    std::string step;
    words >> step;
    const bool turn = step.back() != '&';
    if (!turn) step.pop_back();
    std::string outcome = "-";
    if (step == "feed") {
      feed(words);
    } else if (step == "feed_eof") {
      in_.feed_eof();
    } else if (step == "set_exception") {
      in_.fail({static_cast<int>(number(words)), std::generic_category()});
    } else if (step == "cancel") {
      in_.stop_awaiting();
      end_wait();
      outcome = "canceled";
    } else if (step != "at_eof") {
      asked_ = line;
      if (const auto known = kept_.find(line); again_ && known != kept_.end())
        waiting_ = known->second;
      else
        begin(step, words);
    }
    if (waits()) outcome = turn ? ask() : "wait";
    const std::string room = room_fault();
    in_.settle();
    in_.validate();
    return outcome + " | " + digest(in_.buffered()) + (in_.paused() ? " paused " : " reading ") +
           (in_.at_eof() ? "at_eof " : "- ") + shown(in_.error()) + (turn ? room : "");
  }

 private:
  static std::size_t number(std::istream& words) {
    std::size_t n = 0;
    words >> n;
    return n;
  }

  void feed(std::istream& words) {
    std::string way;
    std::string hex;
    words >> way >> hex;
    arrived_ = std::string(headroom, '?') + bytes_of(hex);
    const std::span<char> bytes = std::span<char>(arrived_).subspan(headroom);
    if (way == "lend" && bytes.size() <= in_.input_room()) {
      in_.lend(bytes, headroom);
    } else if (way == "commit") {
      const std::span<char> free = in_.prepare(bytes.size() + 1);
      std::copy(bytes.begin(), bytes.end(), free.begin());
      in_.commit(bytes.size());
    } else {
      in_.feed({bytes.data(), bytes.size()});
    }
  }

  void begin(const std::string& step, std::istream& words) {
    if (step == "read") waiting_.emplace<ps::read_some>(number(words));
    if (step == "read_to_eof") waiting_.emplace<ps::read_to_eof>();
    if (step == "readexactly") waiting_.emplace<ps::readexactly>(number(words));
    if (step == "readline" || step == "iterate") waiting_.emplace<ps::readline>();
    if (step == "readuntil") {
      std::vector<std::string_view> views;
      for (std::string hex; words >> hex;) views.push_back(separators_.emplace_back(bytes_of(hex)));
      waiting_.emplace<ps::readuntil>(ps::separators(std::span<const std::string_view>(views)));
    }
  }

  bool waits() const { return !std::holds_alternative<std::monostate>(waiting_); }

  // What a waiter does when its turn comes.
  std::string ask() {
    std::string answer;
    std::visit(
        [&](auto& op) {
          if constexpr (ps::read_operation<std::remove_reference_t<decltype(op)>>) {
            const ps::read_outcome out = in_.poll(op);
            answer = shown(out);
            if (out.status() == ps::read_status::need_more) in_.await_input(op);
          }
        },
        waiting_);
    if (answer != "wait") end_wait();
    return answer;
  }

  void end_wait() {
    if (again_) kept_.insert_or_assign(asked_, waiting_);
    waiting_.emplace<std::monostate>();
  }

  // asyncio's transport receives unless paused; ours also rests where what is buffered suffices.
  std::string room_fault() const {
    const bool wanted = waits() || (!in_.paused() && in_.buffered().size() <= 2 * in_.limit());
    if (in_.wants_input() == (wanted && !in_.ended())) return {};
    return " room=" + std::to_string(in_.input_room());
  }

  static constexpr std::size_t headroom = 16;

  using operation =
      std::variant<std::monostate, ps::read_some, ps::read_to_eof, ps::readexactly, ps::readuntil, ps::readline>;

  const bool again_;
  std::string arrived_;  // the lender's memory; given up after the step
  std::deque<std::string> separators_;
  ps::read_half in_;
  std::string asked_;  // the step that began the last operation
  operation waiting_;
  std::map<std::string, operation> kept_;  // by the step that began it
};

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::string line;
  while (std::getline(std::cin, line)) {
    if (line.rfind("script ", 0) != 0) {
      std::cerr << "expected a script, not: " << line << '\n';
      return 2;
    }
    session stream(std::stoul(line.substr(7)), line.ends_with(" again"));
    while (std::getline(std::cin, line) && line != "end") std::cout << stream.run(line) << '\n' << std::flush;
    std::cout << "end\n" << std::flush;
  }
}
