// SPDX-License-Identifier: BSL-1.0
// Playing a plan to a handler, in memory and on a virtual clock: what it did, and what is wrong with that.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <penstock/contract.hpp>
#include <penstock/coro/stream.hpp>
#include <penstock/coro/stream_reader.hpp>
#include <penstock/coro/stream_writer.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/testing/plan.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// What serves a connection: a function, or an object, which is copied for each run and keeps what it
// knows when it is stopped and called again. One that takes two readers and two writers has a second
// connection: that of a proxy to its server.
class handler {
 public:
  using on_one = std::function<task<>(stream_reader, stream_writer)>;
  using on_two = std::function<task<>(stream_reader, stream_writer, stream_reader, stream_writer)>;

  template <class F>
    requires std::convertible_to<F, on_one>
  handler(F f) : one_(std::move(f)) {}  // NOLINT: whatever serves a connection is a handler
  template <class F>
    requires std::convertible_to<F, on_two>
  handler(F f) : two_(std::move(f)) {}  // NOLINT

  bool has_second() const noexcept { return two_ != nullptr; }
  task<> serve(stream& first, stream* second) const {
    if (second != nullptr)
      return two_(stream_reader(first), stream_writer(first), stream_reader(*second), stream_writer(*second));
    return one_(stream_reader(first), stream_writer(first));
  }

 private:
  on_one one_;
  on_two two_;
};

// What is asked of a handler.
struct handler_options {
  stream_options stream = {};  // of its end of the connection
  stream_options peer = {};    // of the peer's: where the handler is behind a filter, so is the peer
  // Bytes that its connection may hold, unread and unsent, at any time; during a flood also what the
  // heap may grow by, where that is known, and half as much again.
  std::size_t most_held = 384 * 1024;
  // Rounds of the loop, 20 more for each byte and each piece that has moved; and rounds in which no byte comes or
  // goes and no time passes, where a scripted peer looks, too. Some count for more: all reads of a turn were answered.
  std::uint64_t most_rounds = 1000;
  // False: nobody stops it and calls it again, a stop is the end.
  bool goes_on_after_stop = true;
  // True: any exception ends it as well as another. Else none but std::system_error may leave it: what
  // a peer's bytes can throw, they can throw in production.
  bool may_throw = false;
  // Bytes of the heap in use; as it is: what AddressSanitizer says, if it is there.
  std::size_t (*heap_in_use)() = nullptr;
};

// What a handler did, in a form that does not depend on how its bytes were cut.
struct conduct {
  std::string written;  // bytes that came to the peer
  std::string written_to_second;
  std::string result;        // how it ended: nothing, or what it threw; for an error_code only which
  std::string left;          // of the peer's bytes: not taken, where it left the connection open
  bool ended = false;        // by itself
  bool aborted = false;      // the connection, by it
  std::uint64_t rounds = 0;  // of the loop, up to its end
  std::error_code lost;      // what took the connection
  std::string problem;       // what no handler may do, or nothing
  std::string log;           // a line for whatever went over the connection
};

PENSTOCK_API conduct play(const handler& what, const plan& how, const handler_options& options = {});

// What is wrong, or nothing: what play() says; or, under a plan that cuts or stops alone, any
// difference from its conduct undisturbed; or, under errors, resets and stops for good, bytes that it
// does not write undisturbed.
PENSTOCK_API std::string problem_of(const handler& what, const plan& how, const handler_options& options = {});

// The same for a plan in any form (text is one), with the plan and what happened behind the sentence. A script that is
// none is said, too, and nothing is played.
PENSTOCK_API std::string replay(const handler& what, std::string_view encoded, const handler_options& options = {});

}}}  // namespace penstock::v0::testing
