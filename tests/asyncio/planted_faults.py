# SPDX-License-Identifier: BSL-1.0
"""Plants faults in a copy of the core, one at a time; the differential run has to find each.

A fault is one or more replacements of exact text; text that is not found exactly once is an error,
so that a change of the core that touches one has to bring its row here along. Only the sources that
include the changed file are compiled again.
"""
from __future__ import annotations

import argparse
import re
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

SOURCES = ("read_*.cpp", "receive_*.cpp", "search*.cpp", "separators.cpp", "block_source.cpp", "contract.cpp",
           "error.cpp")  # what the peer needs of core/src
STEPS = 20_000  # within which each fault must be found

HALF = "include/penstock/read_half.hpp"
ASKS = "include/penstock/read_operations.hpp"
HALF_RARE = "src/read_half.cpp"
ASKS_RARE = "src/read_operations.cpp"
BUFFER = "src/receive_buffer.cpp"
SEARCH = "src/search.cpp"


class Edit(NamedTuple):
    file: str
    old: str
    new: str


# The name says what the faulty core does.
FAULTS: dict[str, list[Edit]] = {
    "R33: consumed of an overrun is one byte short": [
        Edit(ASKS_RARE, "limit_overrun(size - longest + 1)", "limit_overrun(size - longest)")],
    "R33: an overrun without a match is seen one byte late": [
        Edit(ASKS_RARE, "bytes.size() - longest >= limit(in)",
             "bytes.size() - longest > limit(in)")],
    "R34: a match that begins at the limit is refused": [
        Edit(ASKS, "begin_ > limit(in)", "begin_ >= limit(in)")],
    "R34: a match beyond the limit is delivered": [
        Edit(ASKS, "end_ == 0 || begin_ > limit(in)", "end_ == 0")],
    "R34: an overrun takes the bytes before the match": [
        Edit(ASKS_RARE, "return read_outcome::limit_overrun(begin_, true);",
             "return in.consume(begin_), read_outcome::limit_overrun(begin_, true);")],
    "R41: readline counts the newline into the limit": [
        Edit(ASKS_RARE, "end - 1 <= limit(in)", "end <= limit(in)")],
    "R2: taking bytes does not resume": [
        Edit(HALF_RARE, "(std::size_t n) noexcept {\n  if (buffer_.size() <= limit_)",
             "(std::size_t n) noexcept {\n  if (false)")],
    "R2: resumes only below the limit": [
        Edit(HALF_RARE, "(std::size_t n) noexcept {\n  if (buffer_.size() <= limit_)",
             "(std::size_t n) noexcept {\n  if (buffer_.size() < limit_)")],
    "R15: does not pause": [
        Edit(HALF, "if (buffer_.size() >= plain_room()) paused_ = true;", "")],
    "R15: pauses at twice the limit": [
        Edit(HALF, "if (buffer_.size() >= plain_room()) paused_ = true;",
             "if (buffer_.size() + 1 >= plain_room()) paused_ = true;")],
    "R22: waiting does not resume": [
        Edit(HALF, "asked_ = asked != 0 ? asked : 1;\n    paused_ = false;",
             "asked_ = asked != 0 ? asked : 1;")],
    "R22: a waiting operation gets no room": [
        Edit(HALF, "asked_ > plain_room()", "asked_ < 1")],
    "R32: a separator that is cut by two arrivals is missed": [
        Edit(SEARCH, "return from >= size ? from - size + 1 : 0;", "return from + 0 * size;")],
    "R32: the same, by an operation that has found a match before": [
        Edit(ASKS_RARE, "from >= wanted.size() ? from - (wanted.size() - 1) : 0", "from")],
    "R32: a candidate is taken for a match": [
        Edit(ASKS, "wanted.size() == 2", "!wanted.empty()")],
    "R32: the place of one search is taken for that of another separator": [
        Edit(HALF, "known->key == key && ", "")],
    "R32: the place of a search does not move with the bytes taken": [
        Edit(HALF, "    buffer_.consume(n);\n", "    buffer_.consume(n);\n    end_position_ -= n;\n")],
    "R31: of several matches the last separator's wins": [
        Edit(SEARCH, "best.end == 0 ? to : best.end - 1", "to")],
    "R35: what is incomplete stays buffered": [
        Edit(HALF_RARE, "read_outcome::incomplete(take(buffer_.size()), expected)",
             "read_outcome::incomplete(buffer_.view(), expected)")],
    "R29: expected is what is missing, not what was asked for": [
        Edit(ASKS, "in.cut_short(n_)", "in.cut_short(n_ - in.buffered().size())")],
    "R29: readexactly returns one byte less": [
        Edit(ASKS, "in.consume(n_)", "in.consume(n_ - (n_ != 0))")],
    "R29: readexactly returns one byte more": [
        Edit(ASKS, "in.consume(n_)", "in.consume(n_ + (n_ < in.buffered().size()))")],
    "R26: read ignores n": [
        Edit(ASKS_RARE, "in.consume(std::min(n_, in.buffered().size()))",
             "in.consume(in.buffered().size())")],
    "R26: the end goes before the data": [
        Edit(ASKS_RARE, "  if (in.buffered().empty()) {\n    if (const std::error_code ec",
             "  if (in.ended()) {\n    if (const std::error_code ec")],
    "R20: a stored error goes before the data": [
        Edit(ASKS, "(in.buffered().empty() && in.error())", "in.error()")],
    "R18: a later error replaces the first": [
        Edit(HALF_RARE, "if (category_ != nullptr) return;", "")],
    "R18: an error is told once": [
        Edit(HALF_RARE, "  if (category_ != nullptr) return read_outcome::failed(error());\n  skipping_line_",
             "  if (category_ != nullptr) {\n    const std::error_code once = error();\n"
             "    category_ = nullptr;\n    return read_outcome::failed(once);\n  }\n  skipping_line_")],
    "R17: at_eof with bytes buffered": [
        Edit(HALF, "return eof_ && buffer_.size() == 0;", "return eof_;")],
    "R23: a cancelled read drops what is buffered": [
        Edit(HALF, "void stop_awaiting() noexcept {",
             "void stop_awaiting() noexcept {\n    if (asked_ != 0) buffer_.consume(buffer_.size());")],
    "R39: an over-long line stays buffered": [
        Edit(ASKS_RARE, "    in.consume(size);\n    in.skip_line();\n    return",
             "    in.skip_line();\n    return")],
    "R40: the rest of an over-long line is a line": [
        Edit(ASKS_RARE, "    in.consume(size);\n    in.skip_line();\n    return",
             "    in.consume(size);\n    return")],
    "R40: a read of raw bytes does not end the skipping": [
        Edit(HALF_RARE, "if (n != 0) skipping_line_ = false;", "")],
    "lend: the rest before the lent bytes is not copied in front": [
        Edit(BUFFER, "if (rest != 0) std::memmove(front, first_, rest);", "")],
    "settle: one byte of what was lent is lost": [
        Edit(BUFFER, "if (move_to_block(std::max(unread, smallest_block), 0)) return true;",
             "if (move_to_block(std::max(unread, smallest_block), 0)) return --last_, true;")],
}
NEEDS_SEPARATOR_SETS = ("R31",)


class Build:
    """A copy of the core, its objects, and the peer linked from them."""

    def __init__(self, core: Path, folder: Path, compiler: str, flags: list[str]) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(core, folder / "core")
        self.folder, self.core = folder, folder / "core"
        self.command = [compiler, "-std=c++20", "-O0", f"-I{self.core / 'include'}", *flags]
        self.sources = [path for name in SOURCES for path in (self.core / "src").glob(name)]
        self.sources.append(Path(__file__).with_name("reader_peer.cpp"))
        self.include_parsed_standard_headers()
        self.sound = [self.compile(source, "sound") for source in self.sources]
        self.includes = [object_.with_suffix(".d").read_text() for object_ in self.sound]

    def include_parsed_standard_headers(self) -> None:
        """They are most of what the sources consist of: parsed once, not for each fault."""
        texts = [path.read_text() for path in (*self.core.rglob("*.?pp"), *self.sources)]
        names = sorted({name for text in texts for name in re.findall(r"^#include <([a-z_]+)>$", text, re.M)})
        header = self.folder / "standard.hpp"
        header.write_text("".join(f"#include <{name}>\n" for name in names))
        subprocess.run([*self.command, "-x", "c++-header", str(header), "-o", f"{header}.gch"], check=True)
        self.command += ["-include", str(header)]

    def compile(self, source: Path, kind: str) -> Path:
        target = self.folder / f"{source.stem}.{kind}.o"
        subprocess.run([*self.command, "-MMD", "-c", str(source), "-o", str(target)], check=True)
        return target

    def linked(self, objects: list[Path], kind: str) -> Path:
        peer = self.folder / f"peer.{kind}"
        subprocess.run([*self.command, *map(str, objects), "-o", str(peer)], check=True)
        return peer

    def faulty_peer(self, edits: list[Edit]) -> Path:
        """Raises ValueError if the text to replace is not there exactly once."""
        before = {edit.file: (self.core / edit.file).read_text() for edit in edits}
        try:
            for file, old, new in edits:
                path = self.core / file
                text = path.read_text()
                if text.count(old) != 1:
                    raise ValueError(f"{text.count(old)} times in core/{file}: {old!r}")
                path.write_text(text.replace(old, new))
            changed = [str(self.core / file) for file in before]
            objects = [
                self.compile(source, "faulty") if any(file in seen for file in changed) else sound
                for source, sound, seen in zip(self.sources, self.sound, self.includes)]
            return self.linked(objects, "faulty")
        finally:
            for file, text in before.items():
                (self.core / file).write_text(text)


def run(peer: Path, seed: int) -> str:
    script = Path(__file__).with_name("differential.py")
    done = subprocess.run(
        [sys.executable, str(script), "--peer", str(peer), "--seed", str(seed),
         "--steps", str(STEPS), "--as-found"], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--core", type=Path, required=True, help="holds include and src")
    parser.add_argument("--build", type=Path, required=True, help="to work in; emptied first")
    parser.add_argument("--compiler", default="c++")
    parser.add_argument("--flag", action="append", default=[], help="one more for the compiler")
    parser.add_argument("--seed", type=int, help="repeats a run; fresh unless given")
    parser.add_argument("--only", default="", help="the faults whose name contains this")
    options = parser.parse_args()
    seed = secrets.randbits(32) if options.seed is None else options.seed
    print(f"seed {seed}; a fault must be found within {STEPS} steps", flush=True)

    began = time.monotonic()
    build = Build(options.core.resolve(), options.build.resolve(), options.compiler, options.flag)
    said = run(build.linked(build.sound, "sound"), seed)
    if "agree" not in said:
        print(said + "the core without a fault does not agree: nothing can be said about faults")
        return 1
    missed = 0
    tried = 0
    for name, edits in FAULTS.items():
        cannot = name.startswith(NEEDS_SEPARATOR_SETS) and sys.version_info < (3, 13)
        if cannot or options.only not in name:
            continue
        tried += 1
        try:
            said = run(build.faulty_peer(edits), seed)
            found = re.search(r"DIFFERENT after (\d+) steps", said)
            result = f"found after {found[1]:>6}" if found else "MISSED            "
            print(f"  {result}  {name}", flush=True)
        except (ValueError, subprocess.CalledProcessError) as error:
            found = None
            print(f"  NOT PLANTED  {name}: {error}", flush=True)
        missed += found is None
    print(f"{tried - missed} of {tried} planted faults found, {time.monotonic() - began:.0f} s")
    return 1 if missed or not tried else 0


if __name__ == "__main__":
    sys.exit(main())
