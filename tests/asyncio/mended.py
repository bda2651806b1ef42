# SPDX-License-Identifier: BSL-1.0
"""CPython's own StreamReader with penstock's mended rules written out, one by one.

`MendedReader` runs asyncio's code for every operation. Where a row of `LISTED` applies it says what
penstock does instead, and counts it; a difference outside that table is a failure of the test.
"""
from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

LISTED: dict[str, str] = {
    "R18": "a second error: the first one stays (asyncio: the later one overwrites)",
    "R20": "an error is stored: what buffered bytes complete is delivered (asyncio: raises at"
           " once)",
    "R22": "bytes that arrive while a read waits do not pause before it has looked at them"
           " (asyncio: pauses, and resumes if the wait goes on)",
    "R24": "data or the end, then an error, before the reader runs: the wait ends with the error"
           " (asyncio: hangs, or answers the end)",
    "R27": "read(-1) keeps its bytes buffered until it returns them (asyncio: takes them as they"
           " come, and loses them when cancelled or failed)",
    "R40": "after an over-long line whose newline had not come, readline first skips the rest of it"
           " (asyncio: the rest is a line)",
}


class StoredError(Exception):
    """What `set_exception` stores: a number that both sides print."""


class Loop:
    """As much of an event loop as StreamReader asks for: its futures are waited on by hand."""

    def get_debug(self) -> bool:
        return False

    def create_future(self) -> asyncio.Future[None]:
        return asyncio.Future(loop=self)  # type: ignore[arg-type]

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """An error set on a wait that was given up: of no interest."""


class Transport:
    """Records pausing and resuming, which have to alternate."""

    def __init__(self) -> None:
        self.paused = False

    def pause_reading(self) -> None:
        assert not self.paused, "paused twice"
        self.paused = True

    def resume_reading(self) -> None:
        assert self.paused, "resumed while reading"
        self.paused = False


class MendedReader(asyncio.StreamReader):
    def __init__(self, limit: int, applied: Counter[str]) -> None:
        super().__init__(limit, Loop())  # type: ignore[arg-type]
        self.transport = Transport()
        self.set_transport(self.transport)  # type: ignore[arg-type]
        self.applied = applied
        self.skipping = False           # R40: inside an over-long line
        self.dropped = 0                # by the last over-long line
        self.only_buffered: StoredError | None = None  # R20: raised instead of waiting
        self.late = False               # R24: the error came after what ended the wait

    def set_exception(self, exc: Exception) -> None:
        first = self.exception()
        if first is None:
            super().set_exception(exc)
        elif first.args != exc.args:
            self.applied["R18"] += 1

    async def deliver_first(self, ask: Callable[[], Awaitable[bytes]]) -> bytes:
        """R20: asyncio answers; if with the stored error, what the buffer completes goes first."""
        self.late = False
        try:
            return await ask()
        except StoredError as error:
            if not self._buffer:
                self.applied["R24"] += self.late
                raise
            stored, ended = error, self._eof
        self._exception, self._eof, self.only_buffered = None, False, stored
        try:
            answer = await ask()
        except Exception as error:
            self.applied["R24"] += error is stored and self.late
            self.applied["R20"] += error is not stored and not self.late
            raise
        else:
            self.applied["R20"] += not self.late
            return answer
        finally:
            self._exception, self._eof, self.only_buffered = stored, ended, None

    async def _wait_for_data(self, func_name: str) -> None:
        """R24: looks at the stored error before and after it waits."""
        if self.only_buffered is not None:
            raise self.only_buffered
        if self._exception is None:
            await super()._wait_for_data(func_name)
            if self._exception is None or not self._eof:
                return
        self.late = True
        raise self._exception

    async def read_to_eof(self) -> bytes:
        """R27: waits as readexactly does, so that the bytes stay; ends as read(-1) does."""
        if self._exception is not None:
            raise self._exception
        try:
            return await super().readexactly(sys.maxsize)
        except asyncio.IncompleteReadError as end:
            self._maybe_resume_transport()
            return end.partial

    async def readline(self) -> bytes:
        if self.skipping and self._exception is None:
            await self.skip_line()
        try:
            return await super().readline()
        except ValueError as overrun:
            cause = overrun.__context__
            assert isinstance(cause, asyncio.LimitOverrunError)
            self.skipping = "not found" in str(overrun)
            self.dropped = cause.consumed + (0 if self.skipping else 1)
            raise

    async def skip_line(self) -> None:
        """R40: drops through the newline that ends the over-long line, or all there will be."""
        while True:
            end = self._buffer.find(b"\n") + 1
            if self._buffer:
                self.applied["R40"] += 1
                del self._buffer[:end or len(self._buffer)]
                self._maybe_resume_transport()
            if end or self._eof:
                self.skipping = False
                return
            await self._wait_for_data("readuntil")


def resume(coroutine: Coroutine[Any, Any, bytes],
           thrown: BaseException | None) -> asyncio.Future[None]:
    """Runs until the coroutine waits, and answers for what; if it ends, that is an exception."""
    return coroutine.send(None) if thrown is None else coroutine.throw(thrown)


class RawReadToEof:
    """R27: asyncio's own read(-1), begun in the same state: it must come to the same value."""

    def __init__(self, twin: MendedReader) -> None:
        self.reader = reader = asyncio.StreamReader(twin._limit, Loop())  # type: ignore[arg-type]
        transport = Transport()
        reader._buffer[:] = twin._buffer
        reader._eof, reader._exception = twin._eof, twin.exception()
        reader._paused = transport.paused = twin._paused
        reader.set_transport(transport)  # type: ignore[arg-type]
        self.operation = reader.read(-1)
        self.waits_for: asyncio.Future[None] | None = None
        self.value: bytes | None = None

    def advance(self, thrown: BaseException | None) -> None:
        self.waits_for = None
        try:
            self.waits_for = resume(self.operation, thrown)
        except StopIteration as end:
            self.value = end.value
        except (StoredError, asyncio.CancelledError):
            pass
