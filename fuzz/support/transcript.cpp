// SPDX-License-Identifier: BSL-1.0
// Printing of transcripts and C++ literals.
#include "transcript.hpp"

namespace penstock::fuzz {

std::string literal(std::string_view bytes) {
  std::string text = "\"";
  for (const char c : bytes) {
    const auto value = static_cast<unsigned char>(c);
    switch (c) {
      case '\n': text += "\\n"; break;
      case '\r': text += "\\r"; break;
      case '\t': text += "\\t"; break;
      case '"': text += "\\\""; break;
      case '\\': text += "\\\\"; break;
      case '?': text += "\\?"; break;
      default:
        if (value >= 0x20 && value < 0x7f) {
          text += c;
        } else {
          text += '\\';
          for (const int shift : {6, 3, 0}) text += static_cast<char>('0' + (value >> shift & 7));
        }
    }
  }
  return text += "\"sv";
}

std::string number_literal(std::size_t n) {
  const std::size_t below = ~std::size_t{0} - n;
  if (below == 0) return "~std::size_t{0}";
  if (below < 256) return "~std::size_t{0} - " + std::to_string(below);
  return std::to_string(n) + 'u';
}

void transcript::begin(std::string_view step) noexcept {
  if (steps_ == nullptr) return;
  std::fprintf(steps_, "%-40.*s ", static_cast<int>(step.size()), step.data());
  std::fflush(steps_);
}

void transcript::end(std::string_view outcome) noexcept { line(outcome); }

void transcript::line(std::string_view text) noexcept {
  if (steps_ == nullptr) return;
  std::fprintf(steps_, "%.*s\n", static_cast<int>(text.size()), text.data());
  std::fflush(steps_);
}

void transcript::code(std::string_view line) noexcept {
  if (test_ == nullptr) return;
  std::fprintf(test_, "  %.*s\n", static_cast<int>(line.size()), line.data());
  std::fflush(test_);
}

}  // namespace penstock::fuzz
