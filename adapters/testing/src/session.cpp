// SPDX-License-Identifier: BSL-1.0
// The course of a run, and the bounds that hold at each of its rounds.
#include "session.hpp"

#include <algorithm>
#include <cstdio>
#include <exception>

#include <penstock/coro/timeout.hpp>
#include <penstock/describe.hpp>
#include <penstock/testing/failure.hpp>

// Of AddressSanitizer; null without it.
extern "C" [[gnu::weak]] std::size_t __sanitizer_get_current_allocated_bytes();

namespace penstock { inline namespace v0 { namespace testing {
namespace {

constexpr duration moment = duration::nanoseconds(1);
constexpr std::uint64_t rounds_a_byte = 20;

}  // namespace

session::session(const handler& what, const plan& how, const handler_options& options, bool logs)
    : what_(what),
      how_(how),
      options_(options),
      logs_(logs),
      still_(loop_, options.most_rounds),
      first_(connect(how.bytes, seen_.written, "", true)) {
  still_.watch(first_.near.out.underlying(), first_.far.out.underlying());
  if (!what_.has_second()) return;
  second_.emplace(connect(how.second, seen_.written_to_second, "second ", false));
  still_.watch(second_->near.out.underlying(), second_->far.out.underlying());
}

session::line session::connect(std::string_view bytes, std::string& into, std::string_view name, bool disturbed) {
  memory::duplex_options options;
  options.first = options_.stream;
  options.second = options_.peer;
  if (how_.flood == 0) options.to_first.capacity = ~std::size_t{0};
  if (disturbed && how_.flood != 0) options.second.reading.limit = 1;
  if (disturbed) {
    options.to_first.end_after = how_.end_after;
    options.to_first.reset_after = how_.reset_after;
    options.to_first.stall_after = how_.stall_after;
    options.to_first.receive_error_at = how_.receive_error_at;
    options.to_second.send_error_at = how_.send_error_at;
  }
  if (disturbed && how_.flood == 0 && how_.way_back < plan::wide) {
    options.to_second.capacity = how_.way_back;
    options.first.writing.high = std::min(options.first.writing.high, how_.way_back);
    options.first.writing.low = std::min(options.first.writing.low, options.first.writing.high);
  }
  return line(memory::duplex(loop_, options), bytes, into, name);
}

void session::note(std::string_view from, std::string_view what, std::string_view bytes) {
  constexpr std::size_t longest_log = 64 * 1024;
  if (!logs_ || seen_.log.size() > longest_log) return;
  char time[40];
  std::snprintf(time, sizeof time, "%12.9f ",
                static_cast<double>(loop_.now().time_since_epoch().count() - 1'000'000'000) / 1e9);
  seen_.log.append(time).append(from).append(what);
  if (!bytes.empty()) seen_.log.append(" ").append(bytes.size() <= 200 ? quoted(bytes) : shown(bytes));
  seen_.log += '\n';
}

// --- the peers -------------------------------------------------------------------------------

bool session::send(line& on, std::string_view bytes) {
  if (over_) return false;
  note(on.name, "->", bytes);
  return !on.far.out.write(bytes);
}

task<> session::speak(line& on, bool as_planned) {
  std::string_view left = on.sends;
  for (const piece& one : as_planned ? how_.pieces : std::vector<piece>()) {
    co_await sleep(std::max(one.before, moment));
    const std::string_view now = left.substr(0, one.size);
    ++pieces_sent_;
    if (!now.empty() && !send(on, now)) co_return;
    left.remove_prefix(now.size());
  }
  co_await sleep(moment);
  if (!left.empty() && !send(on, left)) co_return;
  if (as_planned && how_.flood != 0) co_await flood(on);
  co_await sleep(moment);
  if (over_) co_return;
  note(on.name, "-> the end");
  on.far.out.underlying().write_eof();
}

// The bytes again and again, as long as they are taken within a millisecond.
task<> session::flood(line& on) {
  constexpr std::size_t at_once = 4096;
  std::string some(on.sends.empty() ? std::string_view("x") : on.sends);
  if (how_.flood_tail != 0 && how_.flood_tail < some.size())
    some.erase(0, some.size() - static_cast<std::size_t>(how_.flood_tail));
  while (some.size() < at_once) some += std::string(some);
  std::uint64_t sent = 0;
  const time_point long_enough = loop_.now() + moment * 10'000'000'000;
  note("-> the same again and again, by a peer that reads nothing");
  while (sent < how_.flood && !over_ && loop_.now() < long_enough) {
    if (on.far.out.write(some)) break;
    sent += some.size();
    if (co_await error_of(on.far.out.drain(moment * 1'000'000))) break;
    co_await sleep(moment);
  }
  note("-> so many bytes more: ", std::to_string(sent));
  on.far.in.set_limit(plan::wide);
  spawn(loop_, listen(on));
}

task<> session::listen(line& on) {
  for (;;) {
    const read_outcome some = co_await on.far.in.view(read_some(plan::wide));
    if (some.status() != read_status::data) co_return;
    note(on.name, "<-", some.text());
    on.received += some.text();
  }
}

// --- the handler -----------------------------------------------------------------------------

task<> session::begin() {
  work_.emplace(what_.serve(first_.near.out.underlying(), second_ ? &second_->near.out.underlying() : nullptr));
  called_at_ = seen_.rounds;
  still_.begin_anew();
  co_return;
}

task<> session::end() {
  work_.reset();
  still_.begin_anew();
  co_return;
}

void session::stop_if_due() {
  if (next_stop_ == how_.stops.size() || seen_.rounds - called_at_ < how_.stops[next_stop_].after) return;
  const bool for_good = how_.stops[next_stop_++].for_good || !options_.goes_on_after_stop;
  note(for_good ? "stopped" : "stopped, and called again");
  loop_.run_until(end());
  if (!for_good) loop_.run_until(begin());
}

void note_ending(started<>& work, const handler_options& options, std::string& result, std::string& problem) {
  try {
    work.result();
  } catch (const failure& e) {
    result = problem = e.what();
  } catch (const std::system_error& e) {
    result = shown(e.code());
  } catch (const std::exception& e) {
    result = e.what();
    if (!options.may_throw) problem = "the handler threw what is no std::system_error: " + result;
  } catch (...) {
    result = "no std::exception";
    if (!options.may_throw) problem = "the handler threw what is no std::exception";
  }
}

// --- bounds ----------------------------------------------------------------------------------

void standstill::watch(const stream& handled, const stream& peer) { all_.push_back({handled, peer, {}}); }

std::string_view standstill::problem() {
  // A round in which all reads that a turn grants were answered counts for more: each may throw, which is slow.
  constexpr std::uint64_t weight_of_many_reads = 50;
  bool moved = std::exchange(last_time_, loop_.now()) != loop_.now();
  std::uint64_t weight = 1;
  for (watched& one : all_) {
    const connection& inner = one.handled.inner();
    const place now{one.handled.counters().sent, one.peer.counters().sent, inner.in().buffered().size(),
                    inner.out().pending()};
    moved = std::exchange(one.last, now) != now || moved;
    if (one.handled.owes_answer()) weight = weight_of_many_reads;
  }
  rounds_ = moved ? 0 : rounds_ + weight;
  if (rounds_ <= most_) return {};
  return "the handler turns in a circle: the loop works, but no byte comes or goes and no time passes";
}

// Of those that they have sent by now; what a flood adds counts less.
std::uint64_t session::bytes_of_peers() const noexcept {
  const std::uint64_t planned = how_.bytes.size() + how_.second.size();
  std::uint64_t sent = first_.far.out.underlying().counters().sent;
  if (second_) sent += second_->far.out.underlying().counters().sent;
  return std::min(sent, planned) + (sent > planned ? (sent - planned) / 64 : 0) + pieces_sent_;
}

std::uint64_t session::most_rounds(std::uint64_t sent) const noexcept {
  const std::uint64_t written = std::min<std::uint64_t>(seen_.written.size(), 4096 + 64 * sent);
  return options_.most_rounds * (1 + how_.stops.size()) +
         rounds_a_byte * (sent + written / std::min<std::size_t>(how_.way_back, 64));
}

std::size_t session::heap() const noexcept {
  if (options_.heap_in_use != nullptr) return options_.heap_in_use();
  return __sanitizer_get_current_allocated_bytes != nullptr ? __sanitizer_get_current_allocated_bytes() : 0;
}

void session::look_at_bounds() {
  const connection& inner = first_.near.out.underlying().inner();
  const std::size_t unread = inner.in().buffered().size();
  const std::size_t unsent = inner.out().pending();
  if (unread + unsent > options_.most_held)
    seen_.problem = "the connection holds " + std::to_string(unread) + " bytes unread and " + std::to_string(unsent) +
                    " unsent, more than " + std::to_string(options_.most_held);
  if (how_.flood != 0) {
    const std::size_t under_way = 4 * plan::wide * (second_ ? 2 : 1);  // of each connection, the arena included
    const std::size_t ours = heap_before_ + seen_.written.capacity() + seen_.written_to_second.capacity() +
                             seen_.log.capacity() + loop_.blocks().kept() + loop_.blocks().in_use() + under_way;
    const std::size_t now = heap();
    if (now > ours && now - ours > options_.most_held / 2 * 3)
      seen_.problem = "the heap has grown by " + std::to_string(now - ours) +
                      " bytes while the peer sent the same again "
                      "and again, more than " +
                      std::to_string(options_.most_held / 2 * 3);
  }
  const std::uint64_t most = most_rounds(bytes_of_peers());
  if (seen_.rounds > most)
    seen_.problem =
        "the loop has worked for " + std::to_string(seen_.rounds) + " rounds, more than " + std::to_string(most);
  if (const std::string_view circle = still_.problem(); !circle.empty()) seen_.problem = circle;
}

std::string session::who_waits() const {
  const std::string streams = loop_.explain();
  return streams.empty() ? "it waits for none of its connections" : '\n' + streams;
}

// --- the course ------------------------------------------------------------------------------

void session::drive() {
  for (; work_ && !work_->done() && seen_.problem.empty(); ++seen_.rounds) {
    stop_if_due();
    if (!work_ || work_->done()) break;
    if (!loop_.step()) {
      if (how_.stall_after == plan::not_at_all)
        seen_.problem = "the handler waits, and nothing can happen any more; " + who_waits();
      break;
    }
    look_at_bounds();
  }
}

// What is there for whoever takes the connection over.
task<> session::take_rest() {
  for (;;) {
    const read_outcome some = co_await first_.near.in.view(read_some(plan::wide));
    if (some.error() == errc::read_in_progress && seen_.problem.empty())
      seen_.problem = "the handler ended, and a task that it left reads from its connection; " + who_waits();
    if (some.status() != read_status::data) co_return;
    seen_.left += some.text();
  }
}

task<> session::take_over() {
  work_.emplace(take_rest());
  co_return;
}

void session::finish() {
  stream& first = first_.near.out.underlying();
  const std::uint64_t planned = how_.bytes.size() + how_.second.size() + how_.pieces.size() + how_.flood / 64;
  std::uint64_t rounds = most_rounds(planned) + seen_.rounds;
  // What the handler spawned may turn in a circle, too.
  const auto step = [&] {
    if (rounds == 0 || !still_.problem().empty()) return false;
    --rounds;
    return loop_.step();
  };
  seen_.ended = work_ && work_->done();
  if (seen_.ended) {
    note_ending(*work_, options_, seen_.result, seen_.problem);
    note("ended ", seen_.result);
  }
  loop_.run_until(end());
  if (seen_.ended && !first.is_closing() && how_.flood == 0 && how_.stall_after == plan::not_at_all) {
    if (first.has_reader()) step();  // whose answer may have come with the handler's end
    loop_.run_until(take_over());
    while (!work_->done() && step()) {
    }
    loop_.run_until(end());
  }
  over_ = true;
  seen_.aborted = first.inner().state() == connection_state::aborting;
  const auto close = [&](line& one) {
    seen_.ended ? one.near.out.close() : one.near.out.abort();
    one.far.out.underlying().write_eof();
  };
  close(first_);
  if (second_) close(*second_);
  while (step()) {
  }
  seen_.lost = first.inner().close_reason();
}

conduct session::run() {
  heap_before_ = heap();
  loop_.run_until(begin());
  spawn(loop_, speak(first_, true));
  if (how_.flood == 0) spawn(loop_, listen(first_));
  if (second_) {
    spawn(loop_, speak(*second_, false));
    spawn(loop_, listen(*second_));
  }
  drive();
  finish();
  return std::move(seen_);
}

conduct play(const handler& what, const plan& how, const handler_options& options) {
  return session(what, how, options, true).run();
}

conduct play_silently(const handler& what, const plan& how, const handler_options& options) {
  return session(what, how, options, false).run();
}

}}}  // namespace penstock::v0::testing
