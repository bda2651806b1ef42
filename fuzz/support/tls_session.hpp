// SPDX-License-Identifier: BSL-1.0
// A client and a server under TLS, what a script does to them, and what must hold whenever nothing
// moves any more and in the end.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "script.hpp"
#include "tls_end.hpp"

namespace penstock::fuzz {

enum class way_between : std::uint8_t {
  honest,    // cuts and delays only
  tampered,  // records are flipped, dropped, doubled, held back, invented; FINs and resets, too
};

class tls_session {
 public:
  // `plain`: nobody is under TLS yet.
  tls_session(const script& input, way_between way, bool plain);

  bool run(const step&);  // false: left out
  void finish();          // both read on, both close, time passes: both are closed
  std::string outcome() const;

 private:
  // Which of the records of one direction becomes what.
  struct tampering {
    std::size_t kind;
    std::size_t in;  // so many records from here on
  };

  tls_end& chosen() noexcept { return server_chosen_ ? server_ : client_; }
  tls_end& other(const tls_end& one) noexcept { return &one == &client_ ? server_ : client_; }
  bool act(tls_end& one, const step&);
  bool end(tls_end& one, const step&);
  bool inject(tls_end& one, const step&);
  bool upgrade(tls_end& one);
  bool pass();  // one turn of each end, and the way between
  bool carry(tls_end& from, tls_end& to, std::vector<tampering>& plans, std::string& held);
  void drive();
  void tamper(std::string& records_of_one, std::size_t kind);
  void compare(const tls_end& speaker, const tls_end& listener) const;
  void expect_all_heard();

  way_between way_;
  tls_settings settings_;
  tls_end client_;
  tls_end server_;
  bool server_chosen_ = false;
  bool dishonest_ = false;  // what arrives is not what was sent
  time_point start_{duration::nanoseconds(1'000'000'000)};
  time_point now_ = start_;
  std::size_t capacity_ = 128 * 1024;
  std::vector<tampering> at_client_;  // of what it sends
  std::vector<tampering> at_server_;
  std::string held_of_client_;  // no whole record yet
  std::string held_of_server_;
  std::string swapped_;
};

}  // namespace penstock::fuzz
