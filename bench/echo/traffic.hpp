// SPDX-License-Identifier: BSL-1.0
// What is sent and what must come back: lines of random bytes, the same for each run.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace bench {

// An endless text that repeats itself: lines of `size` bytes, newline included, all other values
// occur. Connections begin at different lines, so that answers mixed up between them differ.
// `depth` lines are in one piece wherever they begin.
class endless_text {
 public:
  endless_text(std::size_t size, std::size_t depth) : line_(size) {
    const std::size_t lines = std::max(2 * depth, (std::size_t{512} << 10) / size) + 1;
    bytes_.reserve((lines + depth) * size);
    std::uint64_t random = 1;
    for (std::size_t i = 0; i != lines; ++i) {
      for (std::size_t j = 1; j < size; ++j) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const auto byte = static_cast<unsigned char>(random >> 56);
        bytes_ += static_cast<char>(byte == '\n' ? ' ' : byte);
      }
      bytes_ += '\n';
    }
    period_ = bytes_.size();
    bytes_.append(bytes_, 0, depth * size);
  }

  // The bytes at a position: at least one, at most n.
  std::string_view at(std::uint64_t position, std::size_t n) const {
    return std::string_view(bytes_).substr(position % period_, n);
  }
  std::uint64_t start_of(std::size_t connection) const { return connection * 7 % (period_ / line_) * line_; }

 private:
  std::size_t line_;
  std::size_t period_ = 0;
  std::string bytes_;
};

// One connection's count of bytes. Invariant: received <= sent <= issued, issued is whole lines.
struct exchange {
  std::uint64_t start = 0;  // in the text
  std::uint64_t issued = 0;
  std::uint64_t sent = 0;
  std::uint64_t received = 0;

  // Takes what came back. Answers what is wrong with it, null if nothing is.
  const char* take(const endless_text& text, std::string_view bytes) {
    if (bytes.size() > sent - received) return "more came back than was sent";
    while (!bytes.empty()) {
      const std::string_view wanted = text.at(start + received, bytes.size());
      if (std::memcmp(wanted.data(), bytes.data(), wanted.size()) != 0) return "other bytes came back than were sent";
      received += wanted.size();
      bytes.remove_prefix(wanted.size());
    }
    return nullptr;
  }
};

}  // namespace bench
