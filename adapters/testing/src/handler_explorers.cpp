// SPDX-License-Identifier: BSL-1.0
// The plans of each explorer, the plain ones first.
#include <penstock/testing/handler_explorers.hpp>

#include <utility>
#include <vector>

#include "session.hpp"
#include "trial.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

class exploring {
 public:
  exploring(const handler& what, const handler_options& options)
      : what_(what), options_(options), trial_(what, options) {}

  // False once something is wrong.
  bool good(const plan& how) {
    ++found_.points;
    ++found_.runs;
    const std::string problem = trial_.problem_of(how);
    if (problem.empty()) return true;
    found_.difference = trial_.reduced(how, problem).report;
    return false;
  }
  const conduct& undisturbed(const plan& like) { return trial_.undisturbed(like); }
  conduct seen(const plan& how) {
    ++found_.runs;
    return play_silently(what_, how, options_);
  }
  findings found() { return std::move(found_); }

 private:
  const handler& what_;
  const handler_options& options_;
  trial trial_;
  findings found_;
};

void chunks(exploring& by, std::string_view bytes) {
  constexpr std::size_t short_enough = 40;
  if (!by.good(plan::cut(bytes, {})) || !by.good(plan::byte_by_byte(bytes))) return;
  for (std::size_t a = 1; a < bytes.size(); ++a)
    if (!by.good(plan::cut(bytes, {a}))) return;
  if (bytes.size() > short_enough) return;
  for (std::size_t a = 1; a < bytes.size(); ++a)
    for (std::size_t b = a + 1; b < bytes.size(); ++b)
      if (!by.good(plan::cut(bytes, {a, b}))) return;
}

void cancellation(exploring& by, std::string_view bytes) {
  plan narrow = plan::byte_by_byte(bytes);
  narrow.way_back = 1;
  for (plan how : {plan::cut(bytes, {}), plan::byte_by_byte(bytes), narrow}) {
    if (!by.good(how)) return;
    const std::uint64_t rounds = by.seen(how).rounds;
    for (std::uint64_t at = 0; at <= rounds; ++at) {
      how.stops = {stop{at, false}};
      if (!by.good(how)) return;
    }
  }
}

void faults(exploring& by, std::string_view bytes) {
  for (plan how : {plan::cut(bytes, {}), plan::byte_by_byte(bytes)}) {
    for (std::uint64_t at = 0; at <= bytes.size(); ++at) {
      how.end_after = at;
      if (!by.good(how)) return;
      how.end_after = plan::not_at_all;
      how.reset_after = at;
      if (!by.good(how)) return;
      how.reset_after = plan::not_at_all;
    }
    for (std::uint64_t plan::* error : {&plan::receive_error_at, &plan::send_error_at}) {
      for (how.*error = 0;; ++(how.*error)) {
        if (!by.good(how)) return;
        if (by.seen(how).lost != std::errc::io_error) break;  // there was no such operation
      }
      how.*error = plan::not_at_all;
    }
  }
}

void flood(exploring& by, std::string_view bytes, const handler_options& options) {
  plan how = plan::cut(bytes, {});
  how.flood = 4 * options.most_held;
  if (!by.good(how)) return;
  how.flood_tail = 1;
  by.good(how);
}

}  // namespace

findings explore_chunks(const handler& what, std::string_view bytes, const handler_options& options) {
  exploring by(what, options);
  chunks(by, bytes);
  return by.found();
}

findings explore_cancellation(const handler& what, std::string_view bytes, const handler_options& options) {
  exploring by(what, options);
  cancellation(by, bytes);
  return by.found();
}

findings explore_faults(const handler& what, std::string_view bytes, const handler_options& options) {
  exploring by(what, options);
  faults(by, bytes);
  return by.found();
}

findings explore_flood(const handler& what, std::string_view bytes, const handler_options& options) {
  exploring by(what, options);
  flood(by, bytes, options);
  return by.found();
}

}}}  // namespace penstock::v0::testing
