// SPDX-License-Identifier: BSL-1.0
// The epoll adapter over a kernel that answers what the script says.
#include <cstdio>

#include "epoll_session.hpp"
#include "targets.hpp"

namespace penstock::fuzz {
namespace {

// The loop tells what nobody handles on standard error, and has no seam for it.
class unheard {
 public:
#if defined(__GLIBC__)
  unheard() noexcept : before_(stderr) {
    static std::FILE* const nowhere = std::fopen("/dev/null", "w");
    if (nowhere != nullptr) stderr = nowhere;
  }
  ~unheard() { stderr = before_; }
#else
  unheard() noexcept = default;
#endif
  unheard(const unheard&) = delete;
  unheard& operator=(const unheard&) = delete;

#if defined(__GLIBC__)
 private:
  std::FILE* before_;
#endif
};

}  // namespace

std::size_t run_epoll_faulty(const script& input, transcript& out) {
  constexpr std::size_t most_steps = 200;
  const unheard quiet;
  epoll_session session;
  std::size_t done = 0;
  std::size_t seen = 0;
  for (const step& one : input.steps()) {
    if (++seen > most_steps || session.ended()) break;
    if (out.wants_steps()) out.begin(input.text(one));
    const bool useful = session.run(one);
    if (out.wants_steps()) out.end(useful ? session.outcome() : "(left out)");
    if (useful) ++done;
  }
  if (out.wants_steps()) out.begin("(the end)");
  session.finish();
  if (out.wants_steps()) out.end(session.outcome());
  return done;
}

}  // namespace penstock::fuzz
