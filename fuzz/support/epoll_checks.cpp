// SPDX-License-Identifier: BSL-1.0
// What must hold of servers and clients over the model kernel: at any time, and when nothing is left to do.
#include <algorithm>
#include <string_view>

#include "epoll_session.hpp"

namespace penstock::fuzz {

const epoll_session::client* epoll_session::client_of(const remote& r) const noexcept {
  return r.server == 0 ? &clients_[r.port - first_port] : nullptr;
}

const talk& epoll_session::talk_of(const remote& r) const noexcept {
  const client* const its = client_of(r);
  return its != nullptr ? its->what : talks_[r.server - 1];
}

// What we sent is the beginning of what we had to; all of it where nothing came between.
void epoll_session::compare_bytes() const {
  for (const remote& r : const_cast<fake_kernel&>(kernel_).remotes()) {
    if (ended_ && r.server == 0) continue;
    const talk& what = talk_of(r);
    const bool pours = what.how == talk::handler::pour;
    std::size_t longest = 0;
    for (std::size_t at = 0; what.by_lines() && at < r.given.size();) {
      const std::size_t end = std::min(r.given.find('\n', at), r.given.size());
      longest = std::max(longest, end - at + 1);
      at = end + 1;
    }
    const bool overrun = longest > what.limit;
    if (overrun && what.how == talk::handler::echo_lines_by_view) continue;
    const std::string_view expected = pours ? poured() : r.given;
    expect_equal("bytes sent (I-1)", expected.substr(0, r.taken.size()), std::string_view(r.taken));
    const client* const its = client_of(r);
    // Two attempts of a race may succeed at once: the one that lost is closed unused.
    const auto is_rival = [&](const remote& other) {
      return other.server == 0 && other.port == r.port && &other != &r;
    };
    const bool lost_a_race =
        its != nullptr && r.taken.empty() && std::ranges::any_of(const_cast<fake_kernel&>(kernel_).remotes(), is_rival);
    // One that succeeds as the time to connect passes is closed unused, too.
    const bool given_up = its != nullptr && (its->canceled || (its->too_late && r.taken.empty()));
    const bool undisturbed = !r.open && !r.broken && !r.lingered && !overrun && !lost_a_race && !given_up;
    const std::string_view owed = expected.substr(0, std::max(r.owed, r.taken.size()));
    if (undisturbed) expect_equal("bytes sent before the end (I-3)", owed, std::string_view(r.taken));
  }
}

// Nothing is left to do: then no byte waits that somebody wants (I-14), and nothing dead is open.
void epoll_session::compare_calm() const {
  std::size_t served = 0;
  for (const remote& r : const_cast<fake_kernel&>(kernel_).remotes()) {
    if (!r.open) continue;
    if (r.server == kernel_.servers()) ++served;
    expect("a connection that was reset is closed, but where bytes wait in front of that (I-32)",
           !r.reset || r.delivered != r.given.size());
    if (r.crowded || !talk_of(r).always_reads()) continue;
    expect_equal("bytes received while the reader waits (I-14)", r.given.size(), r.delivered);
    expect("an end is told while the reader waits (I-14)", !r.fin);
  }
  if (!server_ || !server_->is_serving()) return;
  expect_equal("connections of the server", served, server_->connections());
  if (!kernel_.starving()) expect_equal("clients that wait", std::size_t{0}, kernel_.backlog());
}

}  // namespace penstock::fuzz
