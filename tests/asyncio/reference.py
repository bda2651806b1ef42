# SPDX-License-Identifier: BSL-1.0
"""The reference's side of a script: one asyncio reader, driven step by step without an event loop.

`Session` gives one imagined turn of a loop after each step, and answers one line of text a step:
outcome, bytes buffered, paused, at_eof, stored error. The peer writes the same lines.
"""
from __future__ import annotations

import asyncio
import sys
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, NamedTuple

from mended import MendedReader, RawReadToEof, StoredError, resume

READS = ("read", "read_to_eof", "readexactly", "readuntil", "readline", "iterate")
HAS_SEPARATOR_SETS = sys.version_info >= (3, 13)


class Step(NamedTuple):
    """One step of a script. `turn`: the loop runs afterwards, so a waiting read looks again."""
    op: str                          # feed feed_eof set_exception cancel at_eof, or one of READS
    n: int = 0                       # bytes asked for, or the number of the error
    data: bytes = b""                # what is fed
    separators: tuple[bytes, ...] = ()
    way: str = "feed"                # how the peer brings the bytes: feed, commit or lend
    turn: bool = True


def digest(data: bytes | bytearray) -> str:
    return f"{len(data)}:{zlib.crc32(data):08x}"


def shown(data: bytes) -> str:
    """Short values as they are, so that a failure can be read; long ones by size and checksum."""
    return (data.hex() or "-") if len(data) <= 64 else digest(data)


class Session:
    """One reader, at most one waiting operation, and its answers."""

    def __init__(self, limit: int, applied: Counter[str]) -> None:
        self.reader = MendedReader(limit, applied)
        self.applied = applied
        self.asked = Step("")
        self.operation: Coroutine[Any, Any, bytes] | None = None
        self.waits_for: asyncio.Future[None] | None = None
        self.raw: RawReadToEof | None = None

    @property
    def waiting(self) -> bool:
        return self.operation is not None

    @property
    def woken(self) -> bool:
        """The waiting operation has something to look at and has not had its turn."""
        return self.waits_for is not None and self.waits_for.done()

    @property
    def buffered(self) -> int:
        return len(self.reader._buffer)

    @property
    def fed_all(self) -> bool:
        return self.reader._eof

    @property
    def ended(self) -> bool:
        return self.fed_all or self.reader.exception() is not None

    def allows(self, step: Step) -> bool:
        if step.op in READS:
            return not self.waiting  # a second reader is R21, held elsewhere
        if step.op == "cancel":
            return self.waiting
        return step.op != "feed" or not self.fed_all

    def run(self, step: Step) -> str:
        """Does one step and answers its line. Expects `allows(step)`."""
        reader, outcome = self.reader, "-"
        if step.op == "feed":
            reader.feed_data(step.data)
        elif step.op == "feed_eof":
            reader.feed_eof()
        elif step.op == "set_exception":
            reader.set_exception(StoredError(step.n))
        elif step.op == "cancel":
            outcome = self.advance(asyncio.CancelledError())
        elif step.op in READS:
            self.asked = step
            if step.op == "read_to_eof":
                self.raw = RawReadToEof(reader)
            self.operation = self.begin(step)
            outcome = self.advance(None)
        if step.turn and self.woken:
            outcome = self.advance(None)
        if self.waiting:
            outcome = "wait"
        if self.raw is not None:
            self.follow(step, self.raw)
            if outcome.startswith("data"):
                assert self.raw.value is not None and outcome == f"data {shown(self.raw.value)}"
            if not self.waiting:
                self.raw = None
        return f"{outcome} {self.state()}"

    def begin(self, step: Step) -> Coroutine[Any, Any, bytes]:
        reader = self.reader
        ask: Callable[[], Awaitable[bytes]]
        if step.op == "read":
            ask = partial(reader.read, step.n)
        elif step.op == "read_to_eof":
            ask = reader.read_to_eof
        elif step.op == "readexactly":
            ask = partial(reader.readexactly, step.n)
        elif step.op == "readuntil":
            several = len(step.separators) > 1
            ask = partial(reader.readuntil, step.separators if several else step.separators[0])
        elif step.op == "readline":
            ask = reader.readline
        else:
            ask = reader.__anext__
        return reader.deliver_first(ask)

    def advance(self, thrown: BaseException | None) -> str:
        """Lets the waiting operation run until it waits again or ends."""
        assert self.operation is not None
        taken = b""
        try:
            self.waits_for = resume(self.operation, thrown)
            return "wait"
        except StopIteration as end:
            taken = end.value
            outcome = self.value(taken)
        except StopAsyncIteration:
            outcome = "eof"
        except asyncio.CancelledError:
            outcome = "canceled"
        except StoredError as error:
            outcome = f"failed {error.args[0]}"
        except asyncio.IncompleteReadError as error:
            taken = error.partial
            outcome = f"incomplete {shown(taken)} {error.expected or 0}"
        except asyncio.LimitOverrunError as error:
            outcome = f"limit_overrun {error.consumed}"
        except ValueError as error:
            overrun = isinstance(error.__context__, asyncio.LimitOverrunError)
            outcome = f"limit_overrun {self.reader.dropped}" if overrun else "failed empty"
        self.operation = self.waits_for = None
        if taken:
            self.reader.skipping = False  # R40: a read that took raw bytes
        return outcome

    def value(self, data: bytes) -> str:
        """asyncio says b'' for the end; penstock has a status for it where the end can be met."""
        none_wanted = self.asked.op in ("read", "readexactly") and self.asked.n == 0
        if data or none_wanted or self.asked.op == "read_to_eof":
            return f"data {shown(data)}"
        return "eof"

    def follow(self, step: Step, raw: RawReadToEof) -> None:
        """R27: does the step on asyncio's own read(-1), too; counts where other bytes are left."""
        if step.op == "read_to_eof":
            raw.advance(None)
        elif step.op == "feed":
            raw.reader.feed_data(step.data)
        elif step.op == "feed_eof":
            raw.reader.feed_eof()
        elif step.op == "set_exception" and raw.reader.exception() is None:
            raw.reader.set_exception(StoredError(step.n))
        elif step.op == "cancel":
            raw.advance(asyncio.CancelledError())
        if step.turn and raw.waits_for is not None and raw.waits_for.done():
            raw.advance(None)
        self.applied["R27"] += raw.reader._buffer != self.reader._buffer

    def state(self) -> str:
        reader, error = self.reader, self.reader.exception()
        assert reader.transport.paused == reader._paused, "pausing got lost"
        paused = reader._paused and not self.waiting
        if paused != reader._paused:
            self.applied["R22"] += 1
        return (f"| {digest(reader._buffer)} {'paused' if paused else 'reading'}"
                f" {'at_eof' if reader.at_eof() else '-'} {error.args[0] if error else 0}")
