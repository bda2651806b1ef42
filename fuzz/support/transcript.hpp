// SPDX-License-Identifier: BSL-1.0
// What a run prints: a line a step, or the body of a test that can be pasted. Silent while fuzzing.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace penstock::fuzz {

// A C++ literal of the bytes, "..."sv; escapes are octal, since hexadecimal ones have no end.
std::string literal(std::string_view bytes);
// A C++ expression of the number, unsigned: ~std::size_t{0} for the largest one.
std::string number_literal(std::size_t n);

// Each line goes out at once: a run that dies has said everything up to there.
class transcript {
 public:
  transcript() = default;  // says nothing
  // To files that may be null: no such output.
  transcript(std::FILE* steps, std::FILE* test) noexcept : steps_(steps), test_(test) {}

  // Formatting costs more than most steps: ask before making a text.
  bool wants_steps() const noexcept { return steps_ != nullptr; }
  bool wants_test() const noexcept { return test_ != nullptr; }

  // A step in its column goes out before it is done, what came of it behind.
  void begin(std::string_view step) noexcept;
  void end(std::string_view outcome) noexcept;
  void line(std::string_view text) noexcept;
  // One line of the test's body: public headers only, `using namespace penstock` and
  // `using namespace std::literals` in force.
  void code(std::string_view line) noexcept;

 private:
  std::FILE* steps_ = nullptr;
  std::FILE* test_ = nullptr;
};

}  // namespace penstock::fuzz
