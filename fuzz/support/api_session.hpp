// SPDX-License-Identifier: BSL-1.0
// Two ends in memory, the calls that a script makes on them, and what their answers may be.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>

#include <penstock/memory.hpp>

#include "check.hpp"
#include "giving_up.hpp"
#include "script.hpp"

namespace penstock::fuzz {

class api_session {
 public:
  explicit api_session(const script& input) : input_(input) {}
  api_session(const api_session&) = delete;
  api_session& operator=(const api_session&) = delete;
  ~api_session() { let_go_of_all(); }

  // False if the step is none of a face, or not possible here.
  bool run(const step& one);
  void finish();
  const std::string& outcome() const noexcept { return outcome_; }

 private:
  // One wait under way.
  struct waiting {
    waiting(const step& asked, bool has_limit) : what(asked), limited(has_limit) {}
    step what;
    bool limited;
    bool refused = false;  // another one read when it began
    bool done = false;
    std::optional<wait_limit> limit;
    std::optional<stop_after_rounds> stop;
    task<> work;
  };
  // One end, as it is and as the model sees it.
  struct side {
    stream_options options;
    memory::fault_plan way;  // to it
    std::optional<stream_reader> in;
    std::optional<stream_writer> out;
    std::list<waiting> waits;
    std::string accepted;   // of its writes
    std::string put_back;   // by unread, in front of what comes
    std::size_t taken = 0;  // of what the other one's writes accepted
    bool loose = false;     // a part of a line was dropped: positions are not known
    bool paused = false;
    bool eof = false;     // write_eof was called
    bool closed = false;  // or let go
    bool torn = false;    // what comes to it may be cut short
  };

  void begin();
  bool prepare(const step& one);
  bool wait(const step& one);
  bool write(const step& one);
  bool call(const step& one);
  void set_limits(const step& one);
  void close(side& s);
  void tear() noexcept { sides_[0].torn = sides_[1].torn = true; }
  void end_loop();
  void let_go_of_all() noexcept;
  void settle();
  bool drop_ended();  // true: there was one
  void compare_faces();
  void compare_calm();

  task<> reading(side& s, waiting& w, stream_reader in);
  task<answer_bytes> ask(const step& one, const stream_reader& in, const std::optional<wait_limit>& limit);
  task<answer_bytes> ask_face(const step& one, const stream_reader& in);
  task<> for_level(side& s, waiting& w, stream_writer out);
  task<> probe();
  void record_read(side& s, const waiting& w, const answer_bytes& got);

  side& other(const side& s) noexcept { return &s == &sides_[0] ? sides_[1] : sides_[0]; }
  std::string coming(side& s);  // what s has not read yet
  void take(side& s, std::string_view bytes);
  bool cut(side& s);
  static bool is_read(opcode op) noexcept { return op >= opcode::read_some && op <= opcode::skip_until; }
  static bool skips(const waiting& w) noexcept { return !w.done && w.what.op == opcode::skip_until; }
  bool could_answer(side& s, const waiting& w);
  separators separators_of(const step& one) const { return separators(input_.words(one)); }

  const script& input_;
  std::string outcome_;
  std::optional<memory::event_loop> loop_;
  side sides_[2];
  std::size_t chosen_ = 0;
  std::optional<strike> limit_;  // of the next wait
  std::size_t frames_ = 0;
  bool begun_ = false;
  bool faces_ = false;  // reads that throw
};

}  // namespace penstock::fuzz
