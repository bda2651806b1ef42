// SPDX-License-Identifier: BSL-1.0
// The one function in which a transport works: receive, wake, send, settle.
#pragma once

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <system_error>

#include <penstock/coro/receive_arena.hpp>
#include <penstock/error.hpp>
#include <penstock/receive_buffer.hpp>
#include <penstock/time.hpp>
#include <penstock/wire.hpp>
#include <penstock/write_half.hpp>

namespace penstock { inline namespace v0 {

// What a receive or a send did.
struct transfer {
  std::size_t count = 0;  // bytes
  bool blocked = false;   // no more for now
  bool ended = false;     // of a receive: the peer's FIN
  // Success in our own category: system_category(), the usual one, is a call into another library.
  std::error_code error{0, category()};
};

// What a turn needs of a transport. The memory to receive into is the loop's.
template <class T>
concept turning = requires(T t, std::span<char> into, std::span<const std::string_view> from, bool reset) {
  { t.readable() } -> std::same_as<bool>;  // a receive may bring something
  { t.arena() } -> std::same_as<receive_arena>;
  { t.receive(into) } -> std::same_as<transfer>;
  { t.send(from) } -> std::same_as<transfer>;
  { t.shut_down() } -> std::same_as<std::error_code>;
  t.hang_up(reset);  // closes; with a reset where it says so
};

// Who is woken in a turn: a stream, or the user of a driver without a loop. Both functions run any
// code of the application's and answer whether anybody went on.
template <class W>
concept woken = requires(W w) {
  { w.wake_reader() } -> std::same_as<bool>;
  { w.wake_writers() } -> std::same_as<bool>;
  { w.owes_answer() } -> std::same_as<bool>;  // more answers than one turn gives
};

namespace detail {

// Receives once, up to the room that there is and at most an arena (R5): a read to the end of the
// stream has room for all that may be buffered. Behind a large rest it receives in place, and where the
// arena is taken: without memory for that, nothing.
template <turning T, std::derived_from<wire> W>
transfer receive_bytes(T& t, W& w, std::size_t room, std::size_t buffered, bool taken) {
  const receive_arena arena = t.arena();
  const std::span<char> lent = arena.room();
  if (room > lent.size()) room = lent.size();
  const std::span<char> own = taken || buffered > receive_buffer::slack ? w.prepare_input(room) : std::span<char>();
  const bool nowhere = own.empty() && taken;
  if (own.empty() && !taken) unpoison(arena.memory.data(), arena.memory.size());
  // One named result: it is built where the caller wants it and never copied.
  const transfer in = nowhere ? transfer() : t.receive(own.empty() ? lent.first(room) : own);
  if (!own.empty())
    w.commit_input(in.count);
  else if (in.count != 0)
    w.lend_input(lent.first(in.count), arena.headroom);
  return in;
}

// The same, and tells how it ended.
template <turning T, std::derived_from<wire> W>
PENSTOCK_HOT void receive_once(T& t, W& w, std::size_t room, std::size_t buffered, bool taken) {
  const transfer in = receive_bytes(t, w, room, buffered, taken);
  if (in.ended) w.input_ended();
  if (in.error) {
    t.hang_up(false);
    w.lost(in.error);
  }
}

// A send failed: what the peer sent before that is received first, as far as there is room. An error there
// tells more; an end does not, for the failed send has taken the error that stood before it.
template <turning T>
[[gnu::noinline]] void end_by_broken_send(T& t, wire& w, std::error_code why, bool taken) {
  for (bool more = t.readable(); more;) {
    w.settle_input();
    const std::size_t room = w.input_room();
    if (room == 0) break;
    const transfer in = receive_bytes(t, w, room, 0, taken);
    if (in.error) why = in.error;
    more = in.count != 0 && !in.ended && !in.error && t.readable();
  }
  t.hang_up(false);
  w.lost(why);
}

// What next_output has, asked again with room for all that is of use in one send.
template <turning T>
[[gnu::noinline]] transfer send_many(T& t, wire& w) {
  std::string_view segments[write_half::useful_segments];
  std::size_t count = 0;
  w.next_output(segments, count);
  return t.send(std::span<const std::string_view>(segments, count));
}

// Sends until there is nothing to send or the transport blocks: a close behind data must not wait
// for another event. True: whoever waited for bytes to leave has to be told before it goes on (R56).
template <turning T, std::derived_from<wire> W>
PENSTOCK_HOT bool send_all(T& t, W& w, bool taken) {
  constexpr std::size_t usual = 4;
  bool sent = false;
  for (;;) {
    std::string_view segments[usual];
    std::size_t count = 0;
    switch (w.next_output(segments, count)) {
      case wire_step::idle: return false;
      case wire_step::send: {
        const transfer out =
            count < usual ? t.send(std::span<const std::string_view>(segments, count)) : send_many(t, w);
        w.consume_output(out.count);
        sent = sent || out.count != 0;
        if (out.error) {
          end_by_broken_send(t, w, out.error, taken);
          return false;
        }
        if (out.blocked) return false;
        break;
      }
      case wire_step::shutdown:
        sent = true;
        w.output_shut_down();
        if (const std::error_code ec = t.shut_down()) {
          t.hang_up(false);
          w.lost(ec);
          return false;
        }
        break;
      case wire_step::close:
        if (sent && !w.aborted()) return true;
        t.hang_up(w.aborted());
        w.lost({});
        return false;
    }
  }
}

// The end of a turn, also where the application throws: what is unread moves out of the arena, which is the next
// connection's.
template <turning T, std::derived_from<wire> W>
struct settling {
  ~settling() {
    w.settle_input();
    if (use.taken()) return;
    const std::span<char> lent = t.arena().memory;
    poison(lent.data(), lent.size());
  }
  T& t;
  W& w;
  const arena_use& use;
};

}  // namespace detail

// One turn; `buffered` is how many bytes the reader had not taken before it. True: another one is
// wanted at once, for it ended by its share and not for want of events. Settling comes after the
// sends: a handler suspended in drain would otherwise have its unread input copied just before the
// send that lets it go on.
template <turning T, std::derived_from<wire> W, woken Who>
PENSTOCK_HOT bool turn(T& t, W& w, Who& who, std::size_t buffered, time_point now) {
  constexpr int most_rounds = 8;
  const detail::arena_use use;
  bool moving = true;
  {
    const detail::settling<T, W> at_the_end{t, w, use};
    if (t.readable())
      if (const std::size_t room = w.input_room()) detail::receive_once(t, w, room, buffered, use.taken());
    who.wake_reader();
    w.on_time(now);
    for (int round = 0; moving && round != most_rounds; ++round) {
      const bool not_yet = detail::send_all(t, w, use.taken());
      moving = who.wake_writers() || not_yet;
    }
  }
  return moving || who.owes_answer() || (t.readable() && w.input_room() != 0);
}

// One turn of a stream, whose transport and whom it wakes are one. Without a filter nothing is asked through a table of
// functions.
template <turning T>
  requires woken<T>
PENSTOCK_HOT bool turn(T& s, time_point now) {
  const std::size_t buffered = s.inner().in().buffered().size();
  return s.layered() ? turn(s, s.outer(), s, buffered, now) : turn(s, s.inner(), s, buffered, now);
}

}}  // namespace penstock::v0
