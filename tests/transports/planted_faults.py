#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Writes a copy of the memory transport that has faults in it, each asleep until it is asked for by name.

  planted_faults.py SOURCE_DIR FOLDER    writes endpoint.cpp, pipe.cpp, stream.cpp and faults.hpp to FOLDER

A fault is exact text and what stands there instead; PLANTED in it is true while the fault is awake. Text
that is not found exactly once is an error, so that a change that touches one has to bring its row here
along. planted_faults_test.cpp wakes each and holds that the check named beside it is broken then.
"""
from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

PIPE = "adapters/memory/src/pipe.cpp"
ENDPOINT = "adapters/memory/src/endpoint.cpp"
STREAM = "adapters/coro/src/stream.cpp"


class Fault(NamedTuple):
    what: str
    check: str  # that catches it
    file: str
    old: str
    new: str


def before(file: str, old: str, statement: str) -> tuple[str, str, str]:
    return file, old, f"if (PLANTED) {{ {statement} }}\n  {old}"


FAULTS = [
    # --- the order of bytes ------------------------------------------------------------------
    Fault("reorders two sends", "WritesKeepTheirOrder", PIPE,
          "if (count != 0) under_way_.push_back({arrival(now), std::move(bytes)});",
          "if (PLANTED && count != 0 && !under_way_.empty())\n"
          "      under_way_.push_front({arrival(now), std::move(bytes)});\n"
          "    else if (count != 0)\n"
          "      under_way_.push_back({arrival(now), std::move(bytes)});"),
    Fault("sends the wrong end of what it has no room for", "ReadToTheEndTakesAll", PIPE,
          "const std::string_view now_sent = part.substr(0, left);",
          "const std::string_view now_sent =\n"
          "        PLANTED && left < part.size() ? part.substr(part.size() - left) : part.substr(0, left);"),
    Fault("sends a byte twice", "WritelinesIsOneWrite", PIPE,
          "return {.count = count, .blocked",
          "return {.count = PLANTED && count > 1 ? count - 1 : count, .blocked"),
    Fault("spoils a byte at the seam of two segments", "WritesKeepTheirOrder", PIPE,
          "bytes += now_sent;",
          "bytes += PLANTED && !bytes.empty() && !now_sent.empty() ? std::string(\"?\").append(now_sent.substr(1))\n"
          "                                                            : std::string(now_sent);"),
    Fault("drops what a receive has no room for", "AnOverrunKeepsTheBytes",
          *before(PIPE, "first.erase(0, n);", "held_ -= first.size() - n, first.resize(n);")),
    Fault("receives a byte twice where the reader's room ends", "TheEndBehindAFullBuffer", PIPE,
          "arrived_ += n;",
          "if (PLANTED && n == into.size() && !under_way_.empty() && !under_way_.front().bytes.empty())\n"
          "    under_way_.front().bytes.insert(0, 1, into[n - 1]), ++held_;\n  arrived_ += n;"),
    # --- ends ----------------------------------------------------------------------------------
    Fault("tells the end before the data", "TheEndComesBehindTheQueue", PIPE,
          "if (arrived_ >= plan_.end_after || under_way_.empty()) {",
          "if (arrived_ >= plan_.end_after || under_way_.empty() || (PLANTED && ended_)) {"),
    Fault("delivers a byte more behind a close", "ReadsWhatArrivedThenTheEnd", ENDPOINT,
          "out_->end(loop().now());\n    in_->refuse();",
          "if (const std::string_view more[] = {\"?\"}; PLANTED) out_->send(more, loop().now());\n"
          "    out_->end(loop().now());\n    in_->refuse();"),
    Fault("forgets write_eof with a queue", "TheEndComesBehindTheQueue",
          *before(PIPE, "if (ended_ || reset_) return;", "if (held_ != 0) return;")),
    Fault("tells nobody of write_eof", "TheEndAlone", ENDPOINT,
          "out_->end(loop().now());\n  tell_peer();",
          "if (PLANTED) return out_->end(loop().now()), std::error_code();\n"
          "  out_->end(loop().now());\n  tell_peer();"),
    Fault("ends both ways by write_eof", "AnAnswerAfterThePeersEnd", ENDPOINT,
          "out_->end(loop().now());\n  tell_peer();",
          "if (PLANTED) in_->refuse();\n  out_->end(loop().now());\n  tell_peer();"),
    Fault("closes when the peer has ended", "TheEndAlone", ENDPOINT,
          "if (done.count != 0 || done.error) tell_peer();\n  return done;\n}\n\ntransfer endpoint::send",
          "if (PLANTED && done.ended) close();\n"
          "  if (done.count != 0 || done.error) tell_peer();\n  return done;\n}\n\ntransfer endpoint::send"),
    # --- closing and losing --------------------------------------------------------------------
    Fault("closes by a reset", "CloseFlushes", *before(ENDPOINT, "if (reset) {", "reset = true;")),
    Fault("aborts by an end", "AbortOfNothingResetsToo", *before(ENDPOINT, "if (reset) {", "reset = false;")),
    Fault("tells nobody that it has closed", "AViewShowsAnOutcome", ENDPOINT,
          "    in_->refuse();\n  }\n", "    in_->refuse();\n  }\n  if (PLANTED) return;\n"),
    Fault("closes again when it is destroyed", "TheLastHandleCloses",
          *before(ENDPOINT, "if (peer_ != nullptr) peer_->peer_ = nullptr;", "if (out_) out_->reset();")),
    Fault("takes a reset for the end", "ResetWhileReading", PIPE,
          "if (reset_) return failed(std::errc::connection_reset);\n  if (!readable(now))",
          "if (reset_ && PLANTED) return {.ended = true};\n"
          "  if (reset_) return failed(std::errc::connection_reset);\n  if (!readable(now))"),
    Fault("takes what a peer that has closed cannot", "AWriteToAPeerThatHasClosedFails",
          *before(PIPE, "if (refused_) return", "if (refused_) return {.count = parts[0].size()};")),
    Fault("aborts when the last handle goes", "TheLastHandleCloses", STREAM,
          "  close();\n  free_if_unheld();", "  if (PLANTED) abort();\n  close();\n  free_if_unheld();"),
    Fault("closes when one of two handles goes", "OneHandleKeepsItOpen",
          *before(STREAM, "if (--handles_ != 0) return;", "if (handles_ == 2) close();")),
    Fault("forgets its names when it has closed", "NamesOutliveTheConnection",
          *before(ENDPOINT, 'if (key == "sockname") return name_;', "if (!open_) return {};")),
    # --- waking --------------------------------------------------------------------------------
    Fault("wakes inside close", "WaitClosedByMany", STREAM,
          "    else\n      connection_.abort();\n  }",
          "    else\n      connection_.abort();\n  }\n"
          "  if (PLANTED && loop_ != nullptr && !in_turn_ && handles_ != 0) runnable::unlink(), run_turn();"),
    Fault("loses the wake-up at the low mark", "DrainWaitsForTheLowMark",
          *before(STREAM, "(holds(waiter.level) ? ready : writers_).push_back(waiter);",
                  "if (waiter.level == write_level::drained) { writers_.push_back(waiter); continue; }")),
    Fault("wakes drains when nothing is queued any more", "DrainEndsAtTheLowMark",
          *before(STREAM, "(holds(waiter.level) ? ready : writers_).push_back(waiter);",
                  "if (waiter.level == write_level::drained && !holds(write_level::flushed)) "
                  "{ writers_.push_back(waiter); continue; }")),
    Fault("wakes the first of several drains alone", "ManyDrainsEndTogether", STREAM,
          "waiter.go_on(waiter);\n  }\n  return woke;",
          "waiter.go_on(waiter);\n    static list<write_waiter> forgotten;\n"
          "    if (PLANTED) forgotten.append(ready);\n  }\n  return woke;"),
    Fault("tells nobody that bytes were sent", "AWaitEndsWhenBytesArrive", ENDPOINT,
          "count_sent(done.count);", "count_sent(done.count);\n  if (PLANTED) return done;"),
    Fault("tells nobody that there is room again", "ReadToTheEndTakesAll", ENDPOINT,
          "const transfer done = in_->receive(into, loop().now());",
          "const transfer done = in_->receive(into, loop().now());\n  if (PLANTED) return done;"),
    Fault("has no second turn where it owes one", "AFullRoomAndTheEndInOneEdge", STREAM,
          "if (again) return update();",
          "if (again && !(PLANTED && connection_.in().buffered().size() > 1000)) return update();"),
    Fault("drops bytes on cancel", "AStoppedReadKeepsItsBytes",
          *before(STREAM, "connection_.in().stop_awaiting();",
                  "connection_.in().consume(connection_.in().buffered().size());")),
    Fault("leaves the room of a wait that was given up", "AReadGivenUpLeavesRoomAsItWas", STREAM,
          "connection_.in().stop_awaiting();", "if (!PLANTED) connection_.in().stop_awaiting();"),
    # --- pausing, marks, time ------------------------------------------------------------------
    Fault("reads while it is paused", "NothingComesWhilePaused", ENDPOINT,
          "return open_ && !reading_paused() && in_->readable(loop().now());",
          "return open_ && (!reading_paused() || PLANTED) && in_->readable(loop().now());"),
    Fault("does not look when reading is resumed", "AnEndAloneWhilePaused", STREAM,
          "reading_paused_ = false;\n  update();", "reading_paused_ = false;\n  if (!PLANTED) update();"),
    Fault("has marks of its own", "TheMarksCanChange", STREAM,
          "options.high = *high, options.low = *high / 4;",
          "options.high = *high, options.low = PLANTED ? *high : *high / 4;"),
    Fault("rings for no deadline", "AFlushHasADeadline",
          *before(STREAM, "if (!clock_->armed() || next < clock_->when())", "return;")),
]


def main() -> int:
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    copies = {name: (source / name).read_text() for name in (PIPE, ENDPOINT, STREAM)}
    for fault in FAULTS:
        text = copies[fault.file]
        if (found := text.count(fault.old)) != 1:
            sys.exit(f"'{fault.what}': its text is in {fault.file} {found} times")
        planted = fault.new.replace("PLANTED", f'penstock_test::planted("{fault.what}")')
        copies[fault.file] = text.replace(fault.old, planted)
    for name, text in copies.items():
        (folder / Path(name).name).write_text('#include "transports/planted.hpp"\n' + text)
    rows = "".join(f'    {{"{fault.what}", "{fault.check}"}},\n' for fault in FAULTS)
    (folder / "faults.hpp").write_text(
        f"inline constexpr penstock_test::planted_fault planted_faults[] = {{\n{rows}}};\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
