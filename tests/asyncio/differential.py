# SPDX-License-Identifier: BSL-1.0
"""Compares penstock's read_half with CPython's asyncio.StreamReader, step by step.

Random scripts of feeds and reads run on both; after each step outcome, fields, bytes left, paused,
at_eof and the stored error must agree, but for the rows of `mended.LISTED`. The first difference
is printed as a minimal script with both transcripts. README.md says how to run and repeat it.
"""
from __future__ import annotations

import argparse
import platform
import secrets
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from itertools import takewhile

sys.dont_write_bytecode = True
from mended import LISTED  # noqa: E402
from reference import READS, Session, Step  # noqa: E402
from scripts import Script, draw, replay, smaller, written  # noqa: E402

OPERATIONS = ("feed", "feed_eof", "set_exception", "cancel", "at_eof", *READS)
OUTCOMES = ("-", "wait", "data", "eof", "incomplete", "limit_overrun", "failed", "canceled")
SMALLEST_SHARE = 0.05
BATCH = 250           # scripts a run of the peer
TIMEOUT_S = 60        # of a run of the peer


class Peer:
    def __init__(self, path: str) -> None:
        self.path = path

    def answers(self, scripts: Sequence[Script]) -> list[list[str]]:
        """The lines for each script; where the peer died the last list ends in what it said."""
        try:
            run = subprocess.run([self.path], input="".join(map(written, scripts)), text=True,
                                 capture_output=True, timeout=TIMEOUT_S, check=False)
            output, last_words = run.stdout, f"exit {run.returncode}: {run.stderr.strip()}"
        except subprocess.TimeoutExpired as late:
            output, last_words = (late.stdout or b"").decode(), f"no answer in {TIMEOUT_S} s"
        *whole, rest = output.split("end\n")
        answers = [lines.splitlines() for lines in whole]
        if len(answers) < len(scripts):
            answers.append([*rest.splitlines(), last_words])
        return answers


def minimal(script: Script, peer: Peer) -> Script:
    """The smallest script found on which both still differ."""
    def differs(candidate: Script) -> bool:
        candidate, lines = replay(candidate, Session(candidate.limit, Counter()))
        return peer.answers([candidate]) != [lines]

    tries = 3000
    found = True
    while found:
        found = False
        for candidate in smaller(script):
            tries -= 1
            if tries and differs(candidate):
                script, found = candidate, True
                break
    return replay(script, Session(script.limit, Counter()))[0]


def described(step: Step) -> str:
    arguments = [repr(separator)[1:] for separator in step.separators]
    if step.op == "feed":
        data = step.data if len(step.data) <= 80 else step.data[:80] + b"..."
        arguments = [repr(data)[1:], f"{len(step.data)} bytes", step.way]
    elif step.op in ("read", "readexactly", "set_exception"):
        arguments = [str(step.n)]
    return f"{step.op}({', '.join(arguments)}){'' if step.turn else '  no turn'}"


def report(script: Script, peer: Peer) -> None:
    _, expected = replay(script, Session(script.limit, Counter()))
    answers = peer.answers([script])[0]
    print(f"  limit {script.limit}{', equal reads by the same object' if script.again else ''}")
    print("  a line is: OUTCOME | BYTES LEFT:CRC paused|reading at_eof|- ERROR, values in hex")
    for at in range(max(len(expected), len(answers))):
        wanted = expected[at] if at < len(expected) else "(nothing)"
        got = answers[at] if at < len(answers) else "(nothing)"
        print("  " + (described(script.steps[at]) if at < len(script.steps) else "after the end"))
        print(f"      asyncio   {wanted}")
        print(f"      penstock  {got}{'' if wanted == got else '    <-- differs'}")
    print("  the script for the peer's standard input:")
    print("    " + written(script).replace("\n", "\n    ").rstrip())


def table(title: str, counts: Counter[str], names: Sequence[str], total: int) -> None:
    print(f"  {title}: " + ", ".join(f"{name} {counts[name]} ({100 * counts[name] / total:.1f} %)"
                                     for name in names))


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--peer", required=True, help="the program built from reader_peer.cpp")
    parser.add_argument("--seed", type=int, help="repeats a run; fresh unless given")
    parser.add_argument("--steps", type=int, default=60_000)
    parser.add_argument("--only", type=int, help="the one script of this number")
    parser.add_argument("--as-found", action="store_true", help="do not make the script smaller")
    options = parser.parse_args()
    seed = secrets.randbits(32) if options.seed is None else options.seed
    version = platform.python_version()
    print(f"asyncio of Python {version}, seed {seed}, {options.steps} steps", flush=True)

    peer = Peer(options.peer)
    applied: Counter[str] = Counter()
    operations: Counter[str] = Counter()
    outcomes: Counter[str] = Counter()
    began = time.monotonic()
    number = 0 if options.only is None else options.only
    total = 0
    while total < options.steps:
        batch = BATCH if options.only is None else 1
        drawn = [draw(f"{seed}/{number + i}", lambda limit: Session(limit, applied))
                 for i in range(batch)]
        answers = peer.answers([script for script, _ in drawn])
        for (script, lines), got in zip(drawn, answers):
            if got != lines:
                agreed = takewhile(lambda pair: pair[0] == pair[1], zip(lines, got))
                total += len(list(agreed)) + 1
                print(f"DIFFERENT after {total} steps, in script {number}")
                report(script if options.as_found else minimal(script, peer), peer)
                print(f"repeat: {sys.executable} {sys.argv[0]} --peer {options.peer}"
                      f" --seed {seed} --only {number}")
                return 1
            total += len(lines)
            number += 1
            operations.update(step.op for step in script.steps)
            outcomes.update(line.partition(" ")[0] for line in lines)
        if options.only is not None:
            report(drawn[0][0], peer)
            return 0

    seconds = time.monotonic() - began
    print(f"{total} steps in {number} scripts agree: {seconds:.1f} s, {total / seconds:.0f} /s")
    table("operations", operations, OPERATIONS, total)
    table("outcomes", outcomes, OUTCOMES, total)
    print("  listed differences that applied:")
    for rule, text in LISTED.items():
        print(f"    {rule} {applied[rule]:6}  {text}")
    rare = [name for name in OPERATIONS if operations[name] < SMALLEST_SHARE * total]
    unseen = [name for name in OUTCOMES if not outcomes[name]]
    unseen += [rule for rule in LISTED if not applied[rule]]
    if total >= 20_000 and rare + unseen:
        print(f"TOO FEW of {', '.join(rare + unseen)}: the generator does not do its work")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
