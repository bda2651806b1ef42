# SPDX-License-Identifier: BSL-1.0
"""What the scripts here share: our programs, certificates for a day, and a skip that says what to install."""
from __future__ import annotations

import atexit
import contextlib
import re
import select
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections.abc import Callable, Iterator
from pathlib import Path

TIMEOUT_S = 20  # of any wait; far above what is needed, also under sanitizers
BIN_DIR = Path(sys.argv.pop(1)) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else Path()

_folder = tempfile.TemporaryDirectory()
atexit.register(_folder.cleanup)
FOLDER = Path(_folder.name)
ROOT, CERT, KEY = (str(FOLDER / name) for name in ("root.pem", "cert.pem", "key.pem"))


def need(program: str, package: str) -> str:
    """The program's path; without it the script is skipped."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if found is None:
        print(f"skipped: no {program} (Debian: apt-get install {package})")
        sys.exit(77)
    return found


def main() -> None:
    subprocess.run([BIN_DIR / "make_certificates", FOLDER, "localhost", "127.0.0.1", "other.example"], check=True)
    (FOLDER / "strangers").mkdir()
    subprocess.run([BIN_DIR / "make_certificates", FOLDER / "strangers"], check=True)
    unittest.main(verbosity=2)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def converse(client: ssl.SSLSocket, pieces: Iterator[bytes], take: Callable[[bytes], bool]) -> None:
    """Sends the pieces, and hands out what comes back until take() wants no more. By one thread: Python's sockets under
    TLS are not made for two."""
    client.setblocking(False)
    rest = b""
    sending = True
    while True:
        with contextlib.suppress(ssl.SSLWantReadError):
            while take(client.recv(1 << 18)):
                pass
            break
        with contextlib.suppress(ssl.SSLWantReadError, ssl.SSLWantWriteError):
            while rest := rest or next(pieces, b""):
                rest = rest[client.send(rest):]
            sending = False
        ready = select.select([client], [client] if sending else [], [], TIMEOUT_S)
        assert any(ready), "nothing goes on"
    client.settimeout(TIMEOUT_S)


class Running:
    """A program that says on a line of its standard error or output where it listens, and goes on saying."""

    def __init__(self, command: list[str], listens: str, **options: object) -> None:
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        atexit.register(self.process.kill)
        self.lines: list[str] = []
        self.changed = threading.Condition()
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()
        self.port = int(self.wait_for(listens)[1])

    def listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            with self.changed:
                self.lines.append(line.decode(errors="replace").rstrip("\n"))
                self.changed.notify_all()

    def wait_for(self, pattern: str, after: int = 0) -> re.Match[str]:
        """The first line behind the first `after` ones that matches."""
        end = time.monotonic() + TIMEOUT_S
        with self.changed:
            while True:
                for line in self.lines[after:]:
                    if found := re.search(pattern, line):
                        return found
                left = end - time.monotonic()
                if left <= 0 or not self.changed.wait(left):
                    said = "\n".join(self.lines[-12:])
                    raise AssertionError(f"{pattern!r} was not said; said was:\n{said}")

    def say(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
        self.process.wait(TIMEOUT_S)
        self.listener.join(TIMEOUT_S)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


class Peers(unittest.TestCase):
    """Ends what a test began."""

    def run_beside(self, command: list[str], listens: str, **options: object) -> Running:
        program = Running([str(word) for word in command], listens, **options)
        self.addCleanup(program.end)
        return program

    def serve(self, *words: str) -> Running:
        """Our server."""
        return self.run_beside([BIN_DIR / "penstock-interop-peer", "serve", FOLDER, *words], r"^listening .* port (\d+)")

    def connect(self, port: int, text: bytes, *words: str) -> tuple[bytes, str]:
        """What came back to our client, and what it says of the connection."""
        done = subprocess.run([BIN_DIR / "penstock-interop-peer", "connect", FOLDER, str(port), *words], input=text,
                              capture_output=True, timeout=TIMEOUT_S, check=False)
        return done.stdout, done.stderr.decode().strip()

    def run_to_end(self, *command: object, text: bytes = b"") -> tuple[int, str]:
        """A peer's exit status, and all that it said."""
        done = subprocess.run([str(word) for word in command], input=text, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=TIMEOUT_S, check=False)
        return done.returncode, done.stdout.decode(errors="replace")
