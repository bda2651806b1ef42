// SPDX-License-Identifier: BSL-1.0
// One run of a handler: its loop, its connections, the peers at their other ends.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/memory/duplex.hpp>
#include <penstock/memory/event_loop.hpp>
#include <penstock/testing/handler.hpp>
#include <penstock/testing/started.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// Whether a handler turns in a circle: the loop works, and neither bytes nor the clock move.
class standstill {
 public:
  // `most`: rounds in which nothing has to move.
  standstill(const memory::event_loop& loop, std::uint64_t most) noexcept : loop_(loop), most_(most) {}

  // Contract: both live as long as this does.
  void watch(const stream& handled, const stream& peer);
  // After a round: the sentence, once it has lasted too long.
  std::string_view problem();
  void begin_anew() noexcept { rounds_ = 0; }  // another frame runs

 private:
  struct place {
    std::uint64_t sent = 0;
    std::uint64_t sent_by_peer = 0;
    std::size_t unread = 0;
    std::size_t unsent = 0;
    bool operator==(const place&) const = default;
  };
  struct watched {
    const stream& handled;
    const stream& peer;
    place last;
  };

  const memory::event_loop& loop_;
  const std::uint64_t most_;
  std::vector<watched> all_;
  time_point last_time_;
  std::uint64_t rounds_ = 0;
};

class session {
 public:
  session(const handler& what, const plan& how, const handler_options& options, bool logs);
  session(const session&) = delete;
  session& operator=(const session&) = delete;

  conduct run();

 private:
  // A connection of the handler's and who is at its other end.
  struct line {
    line(memory::duplex_pair pair, std::string_view bytes, std::string& into, std::string_view arrow) noexcept
        : near(std::move(pair.first)), far(std::move(pair.second)), sends(bytes), received(into), name(arrow) {}
    memory::duplex_end near;
    memory::duplex_end far;
    std::string_view sends;
    std::string& received;
    std::string_view name;
  };

  line connect(std::string_view bytes, std::string& into, std::string_view name, bool disturbed);
  task<> begin();
  task<> end();
  task<> take_rest();
  task<> take_over();
  task<> speak(line& on, bool as_planned);
  task<> listen(line& on);
  task<> flood(line& on);
  bool send(line& on, std::string_view bytes);

  void stop_if_due();
  void drive();
  void finish();
  void look_at_bounds();
  std::string who_waits() const;
  std::uint64_t bytes_of_peers() const noexcept;
  std::uint64_t most_rounds(std::uint64_t sent) const noexcept;
  std::size_t heap() const noexcept;
  void note(std::string_view from, std::string_view what = {}, std::string_view bytes = {});

  const handler what_;
  const plan& how_;
  const handler_options& options_;
  const bool logs_;
  conduct seen_;
  memory::event_loop loop_;
  standstill still_;
  line first_;
  std::optional<line> second_;
  std::optional<started<>> work_;
  std::size_t next_stop_ = 0;
  std::uint64_t called_at_ = 0;  // in rounds
  std::size_t heap_before_ = 0;
  std::size_t pieces_sent_ = 0;
  bool over_ = false;  // the peers send no more
};

// How a handler that is done ended, and what is wrong with that.
void note_ending(started<>& work, const handler_options& options, std::string& result, std::string& problem);

// As play(), without a log: that costs as much as all the rest.
conduct play_silently(const handler& what, const plan& how, const handler_options& options);

}}}  // namespace penstock::v0::testing
