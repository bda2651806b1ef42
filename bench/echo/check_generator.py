#!/usr/bin/env python3
# SPDX-License-Identifier: BSL-1.0
"""Proves that the load generator sees what a server does wrong: one faulty server after the other.

    check_generator.py <load generator>
"""
import asyncio
import json
import sys

LINE, CONNECTIONS, DEPTH, MESSAGES = 48, 3, 5, 3000
FAULT_AT = 20000  # bytes of one connection
PATIENCE = 0.3


class Echo:
    """Echoes, but for the fault: `damage` changes the chunk that holds the byte at FAULT_AT. It is
    told where in it that byte is, and what the last other connection sent."""

    def __init__(self, damage=None, closes_after=0.0, last_words=b""):
        self.damage = damage
        self.closes_after = closes_after
        self.last_words = last_words
        self.last = (None, b"")

    def other(self, writer, chunk):
        whose, other = self.last
        if whose is not writer:
            self.last = (writer, chunk)
            return other
        return chunk

    async def __call__(self, reader, writer):
        echoed = 0
        try:
            while chunk := await reader.read(4096):
                at = FAULT_AT - echoed
                echoed += len(chunk)
                other = self.other(writer, chunk)
                if self.damage and 0 <= at < len(chunk):
                    chunk = self.damage(chunk, at, other)
                    if chunk is None:
                        break
                writer.write(chunk)
                await writer.drain()
            writer.write(self.last_words)
            await asyncio.sleep(self.closes_after)
        except ConnectionError:
            pass
        finally:
            writer.close()


# what is wrong, the server, what the generator says (nothing: all is well)
SERVERS = [
    ("nothing", Echo(), ""),
    ("a bit", Echo(lambda b, at, _: b[:at] + bytes([b[at] ^ 1]) + b[at + 1:]), "other bytes"),
    ("a byte is missing", Echo(lambda b, at, _: b[:at] + b[at + 1:]), "other bytes"),
    ("a byte too many", Echo(lambda b, at, _: b[:at] + b"x" + b[at:]), "came back"),
    ("a line twice", Echo(lambda b, at, _: b[:LINE] + b), "came back"),
    ("another connection's bytes", Echo(lambda b, at, other: other), "came back"),
    ("closes early", Echo(lambda b, at, _: None), "closed by the server"),
    ("goes silent", Echo(lambda b, at, _: b""), "connection"),
    ("speaks after the end", Echo(last_words=b"x"), "more came back"),
    ("does not close", Echo(closes_after=3 * PATIENCE), "does not close"),
]


async def run(generator, echo):
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    options = {"port": port, "conns": CONNECTIONS, "depth": DEPTH, "size": LINE,
               "messages": MESSAGES, "patience": PATIENCE}
    arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    process = await asyncio.create_subprocess_exec(
        generator, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, err = await process.communicate()
    server.close()
    await asyncio.sleep(echo.closes_after)
    return process.returncode, json.loads(out), err.decode()


def main():
    wrong = 0
    for name, echo, says in SERVERS:
        status, result, said = asyncio.run(run(sys.argv[1], echo))
        if says:
            good = status == 1 and result["errors"] != 0 and says in said
        else:
            good = status == 0 and result["errors"] == 0 and result["messages"] == MESSAGES and (
                result["sent"] == MESSAGES and not said)
        wrong += not good
        print(f"{'seen ' if good else 'WRONG'} {name}: status {status}, {result}, {said.strip()!r}")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
