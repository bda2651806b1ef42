// SPDX-License-Identifier: BSL-1.0
// Mutations that keep a message and its plan apart.
#include <algorithm>
#include <cstring>
#include <string>

#include <penstock/testing/fuzz_handler.hpp>
#include <penstock/testing/generators.hpp>

// libFuzzer's; null without it.
extern "C" [[gnu::weak]] std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace penstock { inline namespace v0 { namespace testing {
namespace {

class mutation {
 public:
  mutation(plan& of, unsigned seed, std::size_t most) noexcept : plan_(of), numbers_(seed), most_(most) {}

  void once() {
    if (plan_.flood != 0 && !chance(16)) plan_.flood = plan_.flood_tail = 0;  // it costs as much as a thousand others
    if (chance(2) || plan_.bytes.empty()) {
      change_bytes(chance(8) && !plan_.second.empty() ? plan_.second : plan_.bytes);
      return;
    }
    switch (numbers_.between(0, 9)) {
      case 0:
      case 1:
      case 2: cut(); break;
      case 3: plan_.pieces = plan::byte_by_byte(plan_.bytes).pieces; break;
      case 4: pause(); break;
      case 5:
      case 6: stop_somewhere(); break;
      case 7: fail(); break;
      case 8:
        if (!chance(3)) break;
        if (chance(3)) plan_.bytes.insert(0, likely_word());  // in front, for a length that the flood then fills
        plan_.flood = 2 * 1024 * 1024;
        plan_.flood_tail = chance(3) ? 0 : chance(2) ? 1 : numbers_.between(0, plan_.bytes.size());
        break;
      default: forget(); break;
    }
  }

 private:
  bool chance(std::size_t one_in) noexcept { return numbers_.between(1, one_in) == 1; }

  void change_bytes(std::string& bytes) {
    if (chance(4)) {
      bytes.insert(chance(3) ? 0 : numbers_.between(0, bytes.size()), likely_word());
    } else if (LLVMFuzzerMutate != nullptr) {
      std::string room = bytes;
      room.resize(std::max<std::size_t>(most_, bytes.size() + 1));
      room.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(room.data()), bytes.size(), room.size()));
      bytes = room;
    } else {
      change_without_libfuzzer(bytes);
    }
  }

  void change_without_libfuzzer(std::string& bytes) {
    const std::size_t at = numbers_.between(0, bytes.size());
    const std::size_t some = numbers_.between(0, std::min<std::size_t>(bytes.size() - at, 8));
    if (chance(3))
      bytes.erase(at, some);
    else if (chance(2) && bytes.size() < most_ / 2)
      bytes.insert(numbers_.between(0, bytes.size()), bytes.substr(at, some));
    else
      bytes.replace(at, std::min<std::size_t>(some, 1), 1, likely_byte());
  }
  char likely_byte() noexcept {
    constexpr std::string_view likely = "\r\n 0123456789:\0\1\2\xff";
    return chance(2) ? likely[numbers_.between(0, likely.size() - 1)] : static_cast<char>(numbers_.between(0, 255));
  }
  // What ends a line, a length or a field in most protocols.
  std::string_view likely_word() noexcept {
    constexpr std::string_view likely[] = {
        "\n",       "\r\n",  "\r\n\r\n", "0",          "1",      "5",       "a",         " ",         ":",
        ",",        "0\r\n", "3\r\n",    "ffffff\r\n", "999999", {"\0", 1}, {"\0\1", 2}, {"\0\3", 2}, {"\0\0\0\4", 4},
        {"\0\0", 2}};
    return likely[numbers_.between(0, std::size(likely) - 1)];
  }

  // Cuts a piece, or what is left behind the last one, in two.
  void cut() {
    const std::size_t place = numbers_.between(0, plan_.bytes.size());
    std::size_t begin = 0;
    for (auto one = plan_.pieces.begin(); one != plan_.pieces.end(); ++one) {
      if (place < begin + one->size) {
        const std::size_t behind = begin + one->size - place;
        one->size -= behind;
        plan_.pieces.insert(one + 1, piece{behind, {}});
        return;
      }
      begin += one->size;
    }
    plan_.pieces.push_back({place - begin, {}});
  }

  void pause() {
    if (plan_.pieces.empty()) return cut();
    constexpr std::int64_t second = 1'000'000'000;
    constexpr std::int64_t some[] = {0, 1000, second / 1000, second, 30 * second, 120 * second};
    plan_.pieces[numbers_.between(0, plan_.pieces.size() - 1)].before =
        duration::nanoseconds(some[numbers_.between(0, std::size(some) - 1)]);
  }

  void stop_somewhere() {
    if (chance(4)) plan_.way_back = chance(2) ? plan::wide : numbers_.between(1, 8);
    if (plan_.stops.size() < 4 && chance(2)) plan_.stops.emplace_back();
    if (plan_.stops.empty()) return;
    stop& one = plan_.stops[numbers_.between(0, plan_.stops.size() - 1)];
    one = {numbers_.between(0, chance(2) ? 8 : 4 + 6 * plan_.bytes.size()), chance(4)};
  }

  void fail() {
    for (std::uint64_t plan::* fault :
         {&plan::end_after, &plan::reset_after, &plan::stall_after, &plan::receive_error_at, &plan::send_error_at})
      if (chance(5)) plan_.*fault = chance(3) ? plan::not_at_all : numbers_.between(0, plan_.bytes.size());
  }

  // All but the bytes, or of the bytes what a disturbance concerned.
  void forget() {
    plan less;
    less.bytes = std::move(plan_.bytes);
    less.second = chance(2) ? std::move(plan_.second) : "";
    if (chance(8)) less.second = less.bytes;
    plan_ = std::move(less);
  }

  plan& plan_;
  random_numbers numbers_;
  std::size_t most_;
};

}  // namespace

std::size_t mutate_plan(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  plan how(std::string_view(reinterpret_cast<const char*>(data), size));
  mutation change(how, seed, most);
  change.once();
  std::string seed_bytes = how.seed();
  if (seed_bytes.size() > most) {
    plan shorter;
    shorter.bytes = how.bytes.substr(0, most > 8 ? most - 8 : 0);
    seed_bytes = shorter.seed();
  }
  const std::size_t n = std::min(seed_bytes.size(), most);
  if (n != 0) std::memcpy(data, seed_bytes.data(), n);
  return n;
}

}}}  // namespace penstock::v0::testing
