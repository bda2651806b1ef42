// SPDX-License-Identifier: BSL-1.0
// A small protocol of one's own: what docs/testing-your-protocol.md tests.
//
//   SET KEY VALUE    answers OK
//   GET KEY          answers VALUE, or - if there is none
//   DEL KEY          answers OK, or - if there was none
#pragma once

#include <map>
#include <string>
#include <string_view>

#include <penstock/coro.hpp>

namespace examples {

namespace ps = penstock;

// A line is taken and answered without a wait in between: a server that is stopped anywhere has done
// all of a command or nothing.
class key_value_server {
 public:
  ps::task<> operator()(ps::stream_reader in, ps::stream_writer out) {
    while (auto line = co_await in.next_line()) {
      out.write(answer(*line));
      co_await out.drain();
    }
  }

 private:
  static std::string_view word(std::string_view& line) {
    const std::string_view taken = line.substr(0, line.find(' '));
    line.remove_prefix(taken.size() == line.size() ? taken.size() : taken.size() + 1);
    return taken;
  }

  std::string answer(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    const std::string_view verb = word(line);
    const std::string key(word(line));
    if (verb == "SET" && !key.empty()) {
      values_[key] = line;
      return "OK\n";
    }
    const auto at = values_.find(key);
    if (at == values_.end()) return "-\n";
    if (verb == "GET") return at->second + '\n';
    if (verb != "DEL") return "?\n";
    values_.erase(at);
    return "OK\n";
  }

  std::map<std::string, std::string> values_;
};

}  // namespace examples
