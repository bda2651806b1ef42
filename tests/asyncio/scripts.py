# SPDX-License-Identifier: BSL-1.0
"""Scripts of steps: how they are drawn, written down for the peer, and made small.

A script is drawn against a live `Session`, so that sizes aim at where behaviour changes (the limit,
twice the limit, what is buffered) and every step is one that the session allows.
"""
from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from reference import HAS_SEPARATOR_SETS, READS, Session, Step

ALPHABETS = (b"ab", b"\n\r", b"a\n", b"\n\0", b"\xff\n", b"\0\x80")
STEPS_A_SCRIPT = 60  # at most


class Script(NamedTuple):
    limit: int
    steps: tuple[Step, ...]
    again: bool = False  # the peer asks equal reads by the same operation object


class Draw:
    """One script's choices. Each script has its own alphabet, separators and inclinations."""

    def __init__(self, chance: random.Random, session: Session, limit: int) -> None:
        self.chance, self.session, self.limit = chance, session, limit
        self.letters = chance.choice(ALPHABETS)
        count = chance.randint(1, 8) if HAS_SEPARATOR_SETS and chance.random() < 0.5 else 1
        self.separators = tuple(self.word(chance.choice((1, 1, 2, 2, 3, 4, 8, 16)))
                                for _ in range(count))
        self.sparse = chance.random()          # how often a record is filler up to about the limit
        self.small = chance.random() < 0.3     # feeds of a few bytes
        self.huge = chance.random() < 0.3      # sizes as large as the limit, however large that is
        self.again = chance.random() < 0.5
        self.quiet = chance.choice((0.0, 0.0, 0.1, 0.4))
        both = ("feed_eof", "set_exception")
        self.endings = chance.choice((both[:1], both[1:], both))
        self.ends_at = chance.randint(3, STEPS_A_SCRIPT)
        self.done = 0
        self.stream = b""                      # what the peer will send next
        self.reads = chance.sample(READS, chance.choice((1, 2, 3, len(READS))))

    def word(self, n: int) -> bytes:
        return bytes(self.chance.choices(self.letters, k=n))

    def near(self, *marks: int) -> int:
        mark = self.chance.choice(marks)
        if mark > 1000 and not self.huge:
            return self.chance.randint(0, 200)
        return max(0, mark + self.chance.choice((-1, 0, 0, 1)))

    def look_ahead(self, n: int) -> None:
        """Makes sure that n bytes of the stream are drawn; records do not know of the cuts."""
        while len(self.stream) < n:
            if self.chance.random() < self.sparse:
                filler = self.chance.choice((b"x", self.letters[:1], self.letters[1:]))
                self.stream += filler * self.near(0, self.limit, self.limit // 2)
                self.stream += self.chance.choice(self.separators)
            else:
                self.stream += self.word(self.chance.randint(1, 12))

    def into_separator(self) -> int:
        """Up to some byte of the next separator, so that this arrival and the next one cut it."""
        separator = self.chance.choice(self.separators)
        self.look_ahead(100)
        return max(0, self.stream.find(separator)) + self.chance.randint(1, len(separator))

    def feed(self) -> Step:
        chance, buffered = self.chance, self.session.buffered
        if self.small and chance.random() < 0.8:
            n = chance.randint(0, 4)
        elif chance.random() < 0.3:
            n = self.into_separator()
        elif chance.random() < 0.4:
            longest = max(map(len, self.separators))
            n = self.near(self.limit - buffered, self.limit + longest - buffered,
                          2 * self.limit - buffered)
        else:
            n = chance.randint(0, min(200, 3 * self.limit))
        self.look_ahead(n)
        data, self.stream = self.stream[:n], self.stream[n:]
        way = chance.choice(("feed", "commit", "lend"))
        return Step("feed", data=data, way=way, turn=chance.random() >= self.quiet)

    def read(self) -> Step:
        chance, buffered = self.chance, self.session.buffered
        op = chance.choice(self.reads)
        if op in ("read", "readexactly"):
            return Step(op, n=chance.choice((
                0, 1, chance.randint(1, 8), self.near(buffered), self.near(buffered - self.limit),
                self.near(self.limit, 2 * self.limit))))
        if op == "readuntil":
            if chance.random() < 0.02:
                return Step(op, separators=(b"",))
            separators = self.separators
            if chance.random() < 0.3:
                separators = tuple(chance.sample(separators, chance.randint(1, len(separators))))
            return Step(op, separators=separators)
        return Step(op)

    def event(self, op: str) -> Step:
        return Step(op, n=self.chance.randint(1, 9) if op == "set_exception" else 0,
                    turn=self.chance.random() >= self.quiet)

    def next(self) -> Step:
        """One more step. The last third of a script is behind an end or an error."""
        chance, session = self.chance, self.session
        self.done += 1
        dice = chance.random()
        if 3 * self.done > 2 * self.ends_at and (dice < 0.28 or not session.ended):
            return self.event(chance.choice(self.endings))
        if session.waiting:
            if dice < 0.38:
                return Step("cancel")
            if dice < (0.64 if session.woken else 0.41):
                return self.event(chance.choice(self.endings))
            return Step("at_eof") if dice > 0.94 or session.fed_all else self.feed()
        if dice < 0.35 and not session.fed_all:
            return self.feed()
        return Step("at_eof") if dice > 0.92 else self.read()


def draw(seed: str, session_for: Callable[[int], Session]) -> tuple[Script, list[str]]:
    """The script that belongs to the seed, and the lines that the reference answers."""
    chance = random.Random(seed)
    limit = chance.choice((1, 2, 3, 7, 8, 64, *(chance.randint(1, 64) for _ in range(4)), 65536))
    session = session_for(limit)
    choices = Draw(chance, session, limit)
    steps: list[Step] = []
    lines: list[str] = []
    for _ in range(choices.ends_at):
        step = choices.next()
        steps.append(step)
        lines.append(session.run(step))
    return Script(limit, tuple(steps), choices.again), lines


def replay(script: Script, session: Session) -> tuple[Script, list[str]]:
    """Runs a script of which steps may be missing: steps that are not allowed any more fall out."""
    steps = []
    lines = []
    for step in script.steps:
        if session.allows(step):
            steps.append(step)
            lines.append(session.run(step))
    return script._replace(steps=tuple(steps)), lines


def written(script: Script) -> str:
    """The text that the peer reads."""
    lines = [f"script {script.limit} {'again' if script.again else 'once'}"]
    for step in script.steps:
        words = [step.op if step.turn else step.op + "&"]
        if step.op == "feed":
            words += [step.way, step.data.hex() or "-"]
        elif step.op in ("read", "readexactly", "set_exception"):
            words.append(str(step.n))
        elif step.op == "readuntil":
            words += [separator.hex() or "-" for separator in step.separators]
        lines.append(" ".join(words))
    return "\n".join([*lines, "end", ""])


def smaller(script: Script) -> Iterator[Script]:
    """Scripts a little smaller than this one, the largest cuts first."""
    steps: Sequence[Step] = script.steps
    if script.again:
        yield script._replace(again=False)
    length = len(steps) // 2
    while length:
        for first in range(0, len(steps), length):
            yield script._replace(steps=(*steps[:first], *steps[first + length:]))
        length //= 2
    for limit in (1, 2, script.limit // 2, script.limit - 1):
        if 0 < limit < script.limit:
            yield script._replace(limit=limit)
    for at, step in enumerate(steps):
        for simpler in simpler_steps(step):
            yield script._replace(steps=(*steps[:at], simpler, *steps[at + 1:]))


def simpler_steps(step: Step) -> Iterator[Step]:
    if not step.turn:
        yield step._replace(turn=True)
    if step.way != "feed":
        yield step._replace(way="feed")
    half = len(step.data) // 2
    if half:
        yield step._replace(data=step.data[:half])
        yield step._replace(data=step.data[half:])
    if step.data:
        yield step._replace(data=step.data[1:])
        yield step._replace(data=step.data[:-1])
    for n in (step.n // 2, step.n - 1):
        if 0 < n < step.n:
            yield step._replace(n=n)
    for at, separator in enumerate(step.separators):
        others = (step.separators[:at], step.separators[at + 1:])
        if len(step.separators) > 1:
            yield step._replace(separators=others[0] + others[1])
        if len(separator) > 1:
            yield step._replace(separators=(*others[0], separator[1:], *others[1]))
