// SPDX-License-Identifier: BSL-1.0
// The handlers of the target `handlers`.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string_view>

#include <penstock/testing/handler.hpp>

#include "examples/resp_echo.hpp"
#include "tests/testing/protocols.hpp"

namespace penstock::fuzz {

// The protocol that the first byte of a connection chooses: RESP by its own, all others are lines.
class any_protocol {
 public:
  task<> operator()(stream_reader in, stream_writer out) {
    if (!chosen_) {
      const read_outcome head = co_await in.view(read_some(1));
      if (head.status() != read_status::data) co_return;
      const auto* one = std::begin(penstock_test::protocols);
      for (const penstock_test::protocol& other : penstock_test::protocols)
        if (other.name.front() == head.text().front()) one = &other;
      if (head.text() == "*") {
        in.unread("*");  // it begins a command of RESP
        chosen_ = examples::resp_echo();
      } else {
        chosen_ = one->make(penstock_test::flaw::none);
      }
    }
    co_await chosen_->serve(out.underlying(), nullptr);
  }

 private:
  std::optional<testing::handler> chosen_;
};

inline testing::handler handler_of_environment() {
  const char* const words = std::getenv("PENSTOCK_PLANTED");
  if (words == nullptr) return any_protocol();
  const std::string_view wanted = words;
  for (const penstock_test::protocol& one : penstock_test::protocols) {
    if (!wanted.starts_with(one.name)) continue;
    for (const penstock_test::planted& flaw : penstock_test::all_flaws)
      if (wanted.ends_with(flaw.name)) return one.make(flaw.what);
    return one.make(penstock_test::flaw::none);
  }
  std::fprintf(stderr, "PENSTOCK_PLANTED: lines|frames|chunks,split|lost_byte|hang|unbounded|none\n");
  std::abort();
}

}  // namespace penstock::fuzz
