// SPDX-License-Identifier: BSL-1.0
// Two streams in memory that are upgraded, the calls that a script makes on them, and what may be heard.
#pragma once

#include <cstddef>
#include <list>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <penstock/memory.hpp>

#include "check.hpp"
#include "giving_up.hpp"
#include "script.hpp"

namespace penstock::fuzz {

class upgrade_session {
 public:
  explicit upgrade_session(const script& input);
  upgrade_session(const upgrade_session&) = delete;
  upgrade_session& operator=(const upgrade_session&) = delete;
  ~upgrade_session() { let_go_of_all(); }

  bool run(const step& one);  // false: left out
  void finish();
  std::string outcome() const;

 private:
  struct reading {
    task<> work;
    bool done = false;
  };
  struct upgrading {
    upgrading() {}  // NOLINT: clang 14 to 19 take it for none within the class otherwise
    task<> work;
    std::optional<stop_after_rounds> stop;
    std::optional<wait_limit> limit;
    bool done = false;
    bool misused = false;  // it threw std::logic_error
    std::error_code error;
  };
  struct side {
    bool server = false;
    memory::fault_plan way;  // to it
    std::optional<stream_reader> in;
    std::optional<stream_writer> out;
    std::list<reading> reads;
    std::optional<upgrading> upgrade;  // the last one
    std::string plain;                 // accepted before its upgrade began
    std::string secret;                // and from then on
    std::string heard;                 // before
    std::string heard_behind;
    bool begun = false;                  // an upgrade was accepted
    bool up = false;                     // and has succeeded
    bool failed = false;                 // or not
    bool upgrades_at_an_answer = false;  // of the next read, within the turn, and writes before and behind
  };

  void begin();
  bool prepare(const step& one);
  bool write(side& s, const step& one);
  bool read(side& s, std::size_t n);
  bool upgrade(side& s);
  bool cancel(side& s);
  bool call(side& s, const step& one);
  void let_go_of_all() noexcept;

  task<> reads(side& s, reading& mine, std::size_t n);
  task<> upgrades(side& s, upgrading& mine, const filter& by, bool rejects);
  task<> probe();

  // What an upgrade that is asked for now has to answer, or success where it begins.
  std::error_code refusal(const side& s, bool rejects) const;
  side& other(const side& s) noexcept { return &s == &sides_[0] ? sides_[1] : sides_[0]; }
  const side& other(const side& s) const noexcept { return &s == &sides_[0] ? sides_[1] : sides_[0]; }
  const filter& layer(const side& s) const;
  bool is_late() const;
  void look();
  void compare(const side& s) const;
  void expect_all_heard();

  side sides_[2];
  std::size_t chosen_ = 0;
  std::optional<strike> limit_;  // of the next upgrade
  std::optional<memory::event_loop> loop_;
  std::size_t frames_ = 0;
  std::optional<mismatch> in_turn_;
  bool flips_ = false;
  bool honest_ = true;  // nobody did what an upgrade need not survive
  time_point start_;
};

}  // namespace penstock::fuzz
