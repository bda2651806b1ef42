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


class Echo:
    """Echoes, but for the fault: `damage` changes the chunk that holds the byte at FAULT_AT."""

    def __init__(self, damage=None, ends_well=True, last_words=b""):
        self.damage = damage
        self.ends_well = ends_well
        self.last_words = last_words

    async def __call__(self, reader, writer):
        echoed = 0
        try:
            while chunk := await reader.read(4096):
                at = FAULT_AT - echoed
                echoed += len(chunk)
                if self.damage and 0 <= at < len(chunk):
                    chunk = self.damage(chunk, at)
                    if chunk is None:
                        break
                writer.write(chunk)
                await writer.drain()
            writer.write(self.last_words)
            if not self.ends_well:
                await asyncio.sleep(60)
        except ConnectionError:
            pass
        finally:
            writer.close()


# what is wrong, the server, what the generator says (nothing: all is well)
SERVERS = [
    ("nothing", Echo(), ""),
    ("a bit", Echo(lambda b, at: b[:at] + bytes([b[at] ^ 1]) + b[at + 1:]), "other bytes"),
    ("a byte is missing", Echo(lambda b, at: b[:at] + b[at + 1:]), "other bytes"),
    ("a byte too many", Echo(lambda b, at: b[:at] + b"x" + b[at:]), "other bytes"),
    ("a line twice", Echo(lambda b, at: b[:LINE] + b), "other bytes"),
    ("the last byte is missing", Echo(lambda b, at: b[:-1]), "o"),  # other bytes, or no answer
    ("closes early", Echo(lambda b, at: None), "closed by the server"),
    ("speaks after the end", Echo(last_words=b"x"), "more came back"),
    ("does not close", Echo(ends_well=False), "does not close"),
]


async def run(generator, echo):
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    options = {"port": port, "conns": CONNECTIONS, "depth": DEPTH, "size": LINE,
               "messages": MESSAGES, "patience": 0.5}
    arguments = [text for name, value in options.items() for text in (f"--{name}", str(value))]
    process = await asyncio.create_subprocess_exec(
        generator, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
    out, err = await process.communicate()
    server.close()
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
