// SPDX-License-Identifier: BSL-1.0
// A talk: the handler and the deeds of its peer in one loop.
#include <penstock/testing/scripted_peer.hpp>

#include <optional>
#include <utility>

#include <penstock/coro/timeout.hpp>
#include <penstock/describe.hpp>
#include <penstock/memory/duplex.hpp>
#include <penstock/testing/failure.hpp>

#include "session.hpp"

namespace penstock { inline namespace v0 { namespace testing {

class scripted_talk {
 public:
  scripted_talk(const scripted_peer& peer, const handler& what, const handler_options& options)
      : peer_(peer), what_(what), options_(options), pair_(memory::duplex(loop_, {.first = options.stream})) {
    still_.watch(pair_.first.out.underlying(), pair_.second.out.underlying());
  }

  std::string run() {
    if (what_.has_second()) return "a scripted peer has one connection, this handler wants two";
    loop_.run_until(begin());
    std::uint64_t rounds = 0;
    for (close_if_done(); !both_done() && problem_.empty(); close_if_done()) {
      if (++rounds > most_rounds)
        problem_ = "the handler has not ended after " + std::to_string(most_rounds) + " rounds of the loop";
      if (!loop_.step() && !both_done()) problem_ = "nothing can happen any more\n" + loop_.explain();
      if (problem_.empty()) problem_ = still_.problem();
    }
    if (!problem_.empty()) problem_ = where() + problem_;
    loop_.run_until(end());
    return problem_;
  }

 private:
  using kind = scripted_peer::kind;
  static constexpr std::uint64_t most_rounds = 1'000'000;

  bool both_done() const noexcept { return handling_->done() && acting_->done(); }

  task<> begin() {
    stream& near = pair_.first.out.underlying();
    handling_.emplace(what_.serve(near, nullptr));
    acting_.emplace(act());
    co_return;
  }
  task<> end() {
    handling_.reset();
    acting_.reset();
    co_return;
  }

  // The connection is the handler's alone: it ends when the handler does. What went wrong before is said first.
  void close_if_done() {
    stream& near = pair_.first.out.underlying();
    if (!problem_.empty() || !handling_->done() || std::exchange(handler_ended_, true)) return;
    std::string result;
    note_ending(*handling_, options_, result, problem_);
    near.close();
  }

  task<> act() {
    for (; at_ != peer_.deeds_.size() && problem_.empty(); ++at_) {
      const scripted_peer::deed& one = peer_.deeds_[at_];
      switch (one.what) {
        case kind::give: static_cast<void>(pair_.second.out.write(one.bytes)); break;
        case kind::expect_send: co_await expect_bytes(one.bytes); break;
        case kind::stall: co_await penstock::sleep(one.time); break;
        case kind::expect_shutdown: co_await expect_end(); break;
        case kind::expect_reset: co_await expect_loss(); co_return;
        case kind::finish: static_cast<void>(pair_.second.out.underlying().write_eof()); break;
        case kind::reset: pair_.second.out.abort(); co_return;
      }
      // What follows comes later, and on its own.
      co_await penstock::sleep(duration::nanoseconds(1));
    }
    if (!problem_.empty()) co_return;
    pair_.second.out.underlying().write_eof();
    co_await expect_end();
  }

  task<> expect_bytes(std::string_view wanted) {
    std::string seen;
    while (seen.size() != wanted.size()) {
      const read_outcome some = co_await pair_.second.in.view(read_some(wanted.size() - seen.size()));
      seen += some.text();
      if (some.status() == read_status::data && wanted.starts_with(seen)) continue;
      problem_ = "it sent " + quoted(seen) + (some.status() == read_status::data ? "" : ", and then no more");
      co_return;
    }
  }

  task<> expect_end() {
    const read_outcome some = co_await pair_.second.in.view(read_some(plan::wide));
    if (some.status() == read_status::data)
      problem_ = "it sent " + quoted(some.text());
    else if (some.status() != read_status::eof)
      problem_ = "it reset the connection";
  }

  task<> expect_loss() {
    const read_outcome some = co_await pair_.second.in.view(read_some(plan::wide));
    if (some.status() == read_status::data) problem_ = "it sent " + quoted(some.text());
    if (some.status() == read_status::eof) problem_ = "it ended its direction";
  }

  std::string where() const {
    if (at_ == peer_.deeds_.size()) return "behind the last step the handler was to end: ";
    const scripted_peer::deed& one = peer_.deeds_[at_];
    const std::string step = "step " + std::to_string(at_ + 1) + ": ";
    switch (one.what) {
      case kind::expect_send: return step + "the handler was to send " + quoted(one.bytes) + ": ";
      case kind::expect_shutdown: return step + "the handler was to end its direction: ";
      case kind::expect_reset: return step + "the handler was to reset the connection: ";
      case kind::give: return step + "give " + quoted(one.bytes) + ": ";
      case kind::stall:
      case kind::finish:
      case kind::reset: break;
    }
    return step;
  }

  const scripted_peer& peer_;
  const handler what_;
  const handler_options& options_;
  std::string problem_;
  memory::event_loop loop_;
  standstill still_{loop_, options_.most_rounds};
  memory::duplex_pair pair_;
  std::optional<started<>> handling_;
  std::optional<started<>> acting_;
  bool handler_ended_ = false;
  std::size_t at_ = 0;
};

std::string scripted_peer::talk_to(const handler& what, const handler_options& options) const {
  return scripted_talk(*this, what, options).run();
}

}}}  // namespace penstock::v0::testing
