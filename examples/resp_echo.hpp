// SPDX-License-Identifier: BSL-1.0
// Sends every RESP command back as it came: enough for redis-cli to talk to.
#pragma once

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

#include <penstock/coro.hpp>

namespace examples {

namespace ps = penstock;

// *2\r\n$4\r\nECHO\r\n$2\r\nhi\r\n: an array of strings, each with its length in front. What was read of a command is
// a member: a handler that is stopped and called again goes on there.
class resp_echo {
 public:
  static constexpr std::size_t most_strings = 1024;
  static constexpr std::size_t longest_string = 16 * 1024;
  static constexpr std::size_t largest_command = 64 * 1024;

  ps::task<> operator()(ps::stream_reader in, ps::stream_writer out) {
    for (;;) {
      if (string_ != none) {
        const ps::read_outcome body = co_await in.view(ps::readexactly(string_ + 2));
        if (body.status() != ps::read_status::data || !body.text().ends_with("\r\n")) co_return;
        command_ += body.text();
        string_ = none;
        --left_;
      } else {
        const ps::read_outcome head = co_await in.view(ps::readuntil("\r\n", 32));
        if (head.status() != ps::read_status::data || !begin(head.text())) co_return;
      }
      if (left_ != 0 || string_ != none) continue;
      out.write(command_);
      command_.clear();
      co_await out.drain();
    }
  }

 private:
  static constexpr std::size_t none = ~std::size_t{0};

  // The head of an array, or of a string in one. False: no RESP.
  bool begin(std::string_view head) {
    std::size_t n = 0;
    const char* const end = head.data() + head.size() - 2;
    const auto [stop, ec] = std::from_chars(head.data() + 1, end, n);
    const bool is_array = left_ == 0;
    if (ec != std::errc() || stop != end || head.front() != (is_array ? '*' : '$')) return false;
    command_ += head;
    (is_array ? left_ : string_) = n;
    return n <= (is_array ? most_strings : longest_string) && command_.size() <= largest_command;
  }

  std::size_t left_ = 0;       // strings of the command
  std::size_t string_ = none;  // bytes of the string that comes
  std::string command_;        // as far as it came
};

}  // namespace examples
