// SPDX-License-Identifier: BSL-1.0
// Plans to and from scripts.
#include <penstock/testing/plan.hpp>

#include <algorithm>
#include <iterator>

#include <penstock/describe.hpp>
#include <penstock/testing/script.hpp>

namespace penstock { inline namespace v0 { namespace testing {
namespace {

// What a few bytes of a fuzzer's can ask for at most; people who write text may ask for more.
struct bounds {
  std::uint64_t pause;  // nanoseconds
  std::uint64_t flood;
};
constexpr std::uint64_t day = 24ull * 3600 * 1'000'000'000;
constexpr bounds of_seeds{.pause = day, .flood = 16 * 1024 * 1024};
constexpr bounds of_text{.pause = 50'000 * day, .flood = plan::not_at_all};  // two such pauses are an int64_t

// The kinds of `fault` that are a plan's.
struct fault_kind {
  std::uint64_t number;
  std::uint64_t plan::* value;
  std::string_view meaning;
};
constexpr fault_kind faults[] = {
    {3, &plan::stall_after, "nothing more arrives behind so many bytes"},
    {4, &plan::end_after, "the end behind so many bytes"},
    {5, &plan::reset_after, "a reset behind so many bytes"},
    {6, &plan::send_error_at, "this send fails"},
    {7, &plan::receive_error_at, "this receive fails"},
};
constexpr std::uint64_t flood_kind = 8;
constexpr std::uint64_t flood_tail_kind = 9;

bool is_fault(std::uint64_t kind) noexcept {
  return kind == flood_kind || kind == flood_tail_kind ||
         std::any_of(std::begin(faults), std::end(faults), [=](const fault_kind& one) { return one.number == kind; });
}

// The first line of a script in text form whose fault is none of a plan's.
std::string unknown_fault(std::string_view text) {
  const std::string_view head = text.substr(0, text.find('\n'));
  std::size_t number = 1;
  for (std::size_t end = head.size(); end < text.size(); ++number) {
    const std::size_t begin = end + 1;
    end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    if (line.find("fault") == line.npos) continue;
    std::string problem;
    const std::string alone = compile(std::string(head).append("\n").append(line), problem).value_or("");
    const script one_step{std::string_view(alone)};
    for (const step& one : one_step.steps())
      if (one.op == opcode::fault && !is_fault(one.numbers[0]))
        return "line " + std::to_string(number + 1) + ": no such fault: " + std::string(line);
  }
  return {};
}

void set_fault(plan& to, std::uint64_t kind, std::uint64_t value, const bounds& within) noexcept {
  if (kind == flood_kind) to.flood = std::min(value, within.flood);
  if (kind == flood_tail_kind) to.flood_tail = value;
  for (const fault_kind& one : faults)
    if (one.number == kind) to.*one.value = value;
}

void read(plan& to, const script& from, const bounds& within) {
  std::uint64_t pause = 0;
  bool second = false;
  const auto arrive = [&](std::string_view bytes) {
    if (second) {
      to.second += bytes;
      return;
    }
    to.bytes += bytes;
    if (bytes.empty() && pause == 0) return;
    to.pieces.push_back({bytes.size(), duration::nanoseconds(static_cast<std::int64_t>(pause))});
    pause = 0;
  };
  for (const step& one : from.steps()) {
    const std::uint64_t n = one.numbers[0];
    if (one.op == opcode::feed || one.op == opcode::lend || one.op == opcode::receive)
      arrive(one.bytes);
    else if (one.op == opcode::pass_time)
      pause = std::min(pause + std::min(n, within.pause), within.pause);
    else if (one.op == opcode::strike)
      to.stops.push_back({one.numbers[1], n % 2 != 0});
    else if (one.op == opcode::choose)
      second = n % 2 != 0;
    else if (one.op == opcode::fault)
      set_fault(to, n, one.numbers[1], within);
    else if (one.op == opcode::cut)
      to.way_back = std::clamp<std::size_t>(one.size(0), 1, plan::wide);
  }
  second = false;
  if (!from.rest().empty()) arrive(from.rest());
  // The last piece says nothing where it has no pause: what is left arrives together anyway.
  std::size_t covered = 0;
  for (const piece& one : to.pieces) covered += one.size;
  if (covered == to.bytes.size() && !to.pieces.empty() && to.pieces.back().before == duration()) to.pieces.pop_back();
}

constexpr std::size_t trailer = 3;  // the length of the steps, and the version byte
constexpr std::size_t longest_steps = 0xffff;

// The binary form of a script whose literal bytes come first.
std::string turned_round(std::string_view seed) {
  const auto at = [&](std::size_t from_end) {
    return static_cast<std::size_t>(static_cast<unsigned char>(seed[seed.size() - from_end]));
  };
  const std::size_t body = seed.size() - trailer;
  const std::size_t steps = std::min(at(3) + 256 * at(2), body);
  std::string binary(1, static_cast<char>(script::version_byte));
  binary += seed.substr(body - steps, steps);
  binary += '\0';
  return binary.append(seed.substr(0, body - steps));
}

bool is_version(char c) noexcept { return static_cast<unsigned char>(c) == script::version_byte; }

}  // namespace

plan plan::cut(std::string_view bytes, const std::vector<std::size_t>& places) {
  plan made;
  made.bytes = bytes;
  std::size_t from = 0;
  for (const std::size_t place : places) {
    made.pieces.push_back({place - from, {}});
    from = place;
  }
  return made;
}

plan plan::byte_by_byte(std::string_view bytes) {
  plan made;
  made.bytes = bytes;
  if (!bytes.empty()) made.pieces.assign(bytes.size() - 1, piece{1, {}});
  return made;
}

plan::plan(std::string_view encoded, std::string& problem) {
  problem.clear();
  if (is_text(encoded) && compile(encoded, problem)) problem = unknown_fault(encoded);
  if (problem.empty()) *this = plan(encoded);
}

plan::plan(std::string_view encoded) {
  std::string problem;
  const std::optional<std::string> compiled = is_text(encoded) ? compile(encoded, problem) : std::nullopt;
  if (compiled) {
    read(*this, script(std::string_view(*compiled)), of_text);
  } else if (!encoded.empty() && is_version(encoded.front())) {
    read(*this, script(encoded), of_seeds);
  } else if (encoded.size() >= trailer && is_version(encoded.back())) {
    const std::string binary = turned_round(encoded);
    read(*this, script(std::string_view(binary)), of_seeds);
  } else {
    bytes = encoded;
  }
}

std::string plan::text() const {
  std::string lines = "penstock script 1\n";
  const auto say = [&](std::string_view name, std::uint64_t a, std::string_view meaning) {
    lines.append(name).append(" ") += std::to_string(a);
    lines.append(meaning.empty() ? "" : "  # ").append(meaning) += '\n';
  };
  for (const fault_kind& one : faults)
    if (this->*one.value != not_at_all) say("fault " + std::to_string(one.number), this->*one.value, one.meaning);
  if (flood != 0) say("fault 8", flood, "so many bytes more, by a peer that reads nothing");
  if (flood_tail != 0) say("fault 9", flood_tail, "as many of the last bytes come again");
  if (way_back != wide) lines += "cut " + std::to_string(way_back) + " 0 0  # bytes that the way back holds\n";
  for (const stop& one : stops)
    say(one.for_good ? "strike 1" : "strike 0", one.after,
        one.for_good ? "stopped for good" : "stopped and called again");
  std::string_view left = bytes;
  for (const piece& one : pieces) {
    if (one.before != duration()) say("pass_time", static_cast<std::uint64_t>(one.before.count()), {});
    lines += "feed " + quoted(left.substr(0, one.size)) + '\n';
    left.remove_prefix(std::min(left.size(), one.size));
  }
  if (!left.empty()) lines += "feed " + quoted(left) + '\n';
  if (!second.empty()) lines += "choose 1\nfeed " + quoted(second) + '\n';
  return lines + "feed_eof\n";
}

std::string plan::seed() const {
  if (!is_text(bytes) && *this == plan(bytes)) return bytes;
  std::string problem;
  std::string lines = text();
  const std::string binary = *compile(lines, problem);
  const std::string_view literals = script(std::string_view(binary)).literals();
  constexpr std::size_t around = 2;  // the version byte in front, the zero behind
  const std::string_view steps = std::string_view(binary).substr(1, binary.size() - literals.size() - around);
  const bool begins_like_a_script = !literals.empty() && (is_version(literals.front()) || is_text(literals));
  const bool is_long = std::any_of(pieces.begin(), pieces.end(), [](const piece& one) {
    return one.before > duration::nanoseconds(static_cast<std::int64_t>(of_seeds.pause));
  });
  if (begins_like_a_script || is_long || flood > of_seeds.flood || steps.size() > longest_steps) return lines;
  std::string made(literals);
  made += steps;
  made += static_cast<char>(steps.size() % 256);
  made += static_cast<char>(steps.size() / 256);
  return made += static_cast<char>(script::version_byte);
}

}}}  // namespace penstock::v0::testing
