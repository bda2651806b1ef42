// SPDX-License-Identifier: BSL-1.0
// What a plan must not change.
#include "trial.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <penstock/describe.hpp>
#include <penstock/testing/failure.hpp>

#include "session.hpp"

namespace penstock { inline namespace v0 { namespace testing {
std::string where_they_part(std::string_view what, std::string_view seen, std::string_view wanted) {
  if (seen == wanted) return {};
  const auto [at, other] = std::mismatch(seen.begin(), seen.end(), wanted.begin(), wanted.end());
  const auto place = static_cast<std::size_t>(std::distance(seen.begin(), at));
  const std::size_t from = place < 10 ? 0 : place - 10;
  const std::string where = from == 0 ? "" : "from byte " + std::to_string(from) + " on ";
  return std::string(what) + ' ' + where + shown(seen.substr(from)) + " instead of " + shown(wanted.substr(from));
}

namespace {

bool has_pauses(const plan& p) noexcept {
  return std::any_of(p.pieces.begin(), p.pieces.end(), [](const piece& one) { return one.before != duration(); });
}

bool is_for_good(const stop& one) noexcept { return one.for_good; }

// What the handler's own clocks cannot change, and nothing cuts short.
bool must_agree(const plan& p, const handler_options& options) noexcept {
  return p.end_after == plan::not_at_all && p.reset_after == plan::not_at_all && p.stall_after == plan::not_at_all &&
         p.receive_error_at == plan::not_at_all && p.send_error_at == plan::not_at_all && p.flood == 0 &&
         !has_pauses(p) && (p.stops.empty() || options.goes_on_after_stop) &&
         std::none_of(p.stops.begin(), p.stops.end(), is_for_good);
}

// Cut short by what the handler cannot answer.
bool must_be_a_beginning(const plan& p, const handler_options& options) noexcept {
  return p.end_after == plan::not_at_all && p.stall_after == plan::not_at_all && p.flood == 0 && !has_pauses(p) &&
         (p.stops.empty() || options.goes_on_after_stop || p.stops.size() == 1);
}

std::string difference(const conduct& seen, const conduct& wanted) {
  const bool cut_short = seen.aborted && wanted.aborted;  // what was unsent is dropped, however much it is
  if (seen.written != wanted.written &&
      !(cut_short && (wanted.written.starts_with(seen.written) || seen.written.starts_with(wanted.written))))
    return where_they_part("the handler wrote", seen.written, wanted.written);
  if (!cut_short && seen.written_to_second != wanted.written_to_second)
    return where_they_part("the handler wrote to the second connection", seen.written_to_second,
                           wanted.written_to_second);
  if (seen.result != wanted.result) return where_they_part("the handler ended with", seen.result, wanted.result);
  if (seen.left != wanted.left) return where_they_part("the handler left", seen.left, wanted.left);
  return {};
}

}  // namespace

const conduct& trial::undisturbed(const plan& like) {
  if (!undisturbed_ || bytes_ != like.bytes || second_ != like.second) {
    plan whole;
    whole.bytes = bytes_ = like.bytes;
    whole.second = second_ = like.second;
    undisturbed_ = play_silently(what_, whole, options_);
  }
  return *undisturbed_;
}

std::string trial::problem_of(const plan& how) {
  const bool agrees = must_agree(how, options_);
  const bool begins = must_be_a_beginning(how, options_);
  if ((agrees || begins) && !undisturbed(how).problem.empty()) return undisturbed(how).problem;
  const conduct seen = play_silently(what_, how, options_);
  if (!seen.problem.empty()) return seen.problem;
  if (agrees) return difference(seen, undisturbed(how));
  if (begins && !undisturbed(how).aborted && !undisturbed(how).written.starts_with(seen.written))
    return where_they_part("cut short the handler wrote", seen.written, undisturbed(how).written);
  return {};
}

finding trial::reduced(const plan& how, const std::string& seen, unsigned attempts) {
  plan least = smallest(how, [this](const plan& less) { return !problem_of(less).empty(); }, attempts);
  // By another trial: this one may remember a run undisturbed that was unlike the others.
  std::string problem = trial(what_, options_).problem_of(least);
  if (problem.empty()) {
    least = how;
    problem = "seen once and not again; the handler keeps something between runs: " + seen;
  }
  std::string text = testing::report(what_, least, options_, problem);
  return {std::move(least), std::move(text)};
}

std::string problem_of(const handler& what, const plan& how, const handler_options& options) {
  return trial(what, options).problem_of(how);
}

std::string report(const handler& what, const plan& how, const handler_options& options, const std::string& problem) {
  const std::string text = how.text();
  const conduct seen = play(what, how, options);
  return problem + "\nThe plan:\n" + text + "What happened:\n" + seen.log +
         "Once more: penstock::testing::replay(handler, " + quoted(text) + ")\n";
}

std::string replay(const handler& what, std::string_view encoded, const handler_options& options) {
  std::string problem;
  const plan how(encoded, problem);
  if (!problem.empty()) return problem;
  problem = problem_of(what, how, options);
  return problem.empty() ? problem : report(what, how, options, problem);
}

}}}  // namespace penstock::v0::testing
