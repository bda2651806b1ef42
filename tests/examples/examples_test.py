# SPDX-License-Identifier: BSL-1.0
"""Runs the examples of the core as their users would, and checks what they answer.

    examples_test.py BIN_DIR [unittest's arguments]

core_only: the same lines for every way to cut the input, and work in proportion to the bytes.
poll_echo_server, over real sockets: lines come back byte for byte; half-close, over-long lines,
many clients, back-pressure in bounded memory (I-10, I-12), resets, no descriptors left, signals.
The servers in loops of others, and ask: lines, a client that does not read, one that vanishes, sleep.
"""
from __future__ import annotations

import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections.abc import Callable
from pathlib import Path

BIN_DIR = Path()
TIMEOUT_S = 10  # of any wait; far above what is needed, also under sanitizers
LINES = b"".join(b"%d\n" % i for i in range(1, 100_001))
MIB = 1024 * 1024


class CoreOnly(unittest.TestCase):
    """The report of core_only agrees with one that is counted here."""

    def report(self, data: bytes, seed: int, limit: int) -> dict[str, list[float]]:
        done = subprocess.run([BIN_DIR / "core_only", "-", str(seed), str(limit)], input=data,
                              stdout=subprocess.PIPE, timeout=TIMEOUT_S, check=True)
        rows = done.stdout.decode().splitlines()
        self.assertIn(f"seed {seed}, limit {limit}: {len(data)} bytes", rows[0])
        numbers = re.compile(r"[\d.]+")
        return {row[:16].strip(): [float(n) for n in numbers.findall(row[16:])] for row in rows[1:]}

    def test_answers_do_not_depend_on_the_pieces(self) -> None:
        long = [b"x" * n + b"\n" for n in (99, 100, 101, 201, 202, 50_000)]
        data = LINES[:200_000] + b"".join(long) + LINES[:5000] + long[2] + b"no line end"
        lines = data.splitlines(keepends=True)
        short = [line for line in lines if len(line.rstrip(b"\n")) <= 100]
        for seed in range(5):
            report = self.report(data, seed, 100)
            taken = sum(map(len, short))
            self.assertEqual(report["lines"], [len(short), taken])
            left_out = [len(lines) - len(short), len(data) - taken]
            self.assertEqual(report["over-long lines"], left_out)

    def test_work_is_in_proportion_to_the_bytes(self) -> None:
        report = self.report(LINES, 1, 65536)
        for row, most in ("bytes examined", 1.01), ("bytes moved", 0.01):
            count, a_byte = report[row]
            self.assertLessEqual(a_byte, most)
            self.assertAlmostEqual(count / len(LINES), a_byte, 3)
        endless = self.report(b"x" * MIB, 1, 1000)
        self.assertLessEqual(endless["bytes examined"][1], 1.01)
        self.assertEqual(endless["over-long lines"], [1, MIB])

    def test_nothing_comes_in(self) -> None:
        self.assertEqual(self.report(b"", 1, 100)["lines"], [0, 0])


class Server:
    """A running echo server."""

    def __init__(self, *options: str, program: str = "poll_echo_server", descriptors: int | None = None) -> None:
        def limit_descriptors() -> None:
            if descriptors is not None:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        self.process = subprocess.Popen([BIN_DIR / program, *options], text=True,
                                        stderr=subprocess.PIPE, preexec_fn=limit_descriptors)
        assert self.process.stderr is not None
        listening = re.fullmatch(r"listening on (?:127\.0\.0\.1 port (\d+)|(.+))\n",
                                 self.process.stderr.readline())
        assert listening, "it does not listen"
        self.address: tuple[str, int] | str = listening[2] or ("127.0.0.1", int(listening[1]))
        self.clients: list[socket.socket] = []

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX if isinstance(self.address, str) else socket.AF_INET)
        self.clients.append(client)
        client.settimeout(TIMEOUT_S)
        client.connect(self.address)
        return client

    def memory(self) -> int:
        """Resident bytes; 0 where the system does not say."""
        try:
            status = Path(f"/proc/{self.process.pid}/status").read_text()
        except OSError:
            return 0
        return int(re.search(r"VmRSS:\s*(\d+)", status)[1]) * 1024  # type: ignore[index]

    def cpu_seconds(self) -> float:
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return 0.0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ended(self) -> tuple[int, str]:
        """Its exit status and what it said after it listened."""
        _, said = self.process.communicate(timeout=TIMEOUT_S)
        return self.process.returncode, said


def receive_all(client: socket.socket) -> bytes:
    pieces = []
    while piece := client.recv(MIB):
        pieces.append(piece)
    return b"".join(pieces)


def exchange(client: socket.socket, data: bytes) -> bytes:
    """Sends, half-closes, and answers all that comes until the server closes."""
    def send() -> None:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)

    sender = threading.Thread(target=send)
    with client:
        sender.start()
        answer = receive_all(client)
        sender.join()
    return answer


def send_until_paused(client: socket.socket, line: bytes) -> int:
    """Sends lines, reads nothing, until nothing is taken for 0.3 s; answers how many bytes were."""
    batch = line * (65536 // len(line))
    sent = 0
    client.settimeout(0.3)
    try:
        while sent < 256 * MIB:
            sent += client.send(batch[sent % len(line):])
    except TimeoutError:
        pass
    client.settimeout(TIMEOUT_S)
    return sent


class EchoServer(unittest.TestCase):
    """Every test has its own server, which must end well."""

    def assert_idle(self, server: Server) -> None:
        before = server.cpu_seconds()
        time.sleep(0.3)
        self.assertLess(server.cpu_seconds() - before, 0.03)

    def start(self, *options: str, descriptors: int | None = None) -> Server:
        server = Server(*options, descriptors=descriptors)

        def stop() -> None:
            for client in server.clients:
                client.close()
            if server.process.poll() is None:
                server.process.terminate()
                self.assertEqual(server.ended(), (0, ""))
            server.process.stderr.close()  # type: ignore[union-attr]

        self.addCleanup(stop)
        return server

    def unix_path(self) -> str:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return folder.name + "/socket"

    def test_lines_come_back_over_tcp(self) -> None:
        for limit in ("10", "65536", "1000000"):
            with self.subTest(limit=limit):
                server = self.start("--limit", limit)
                self.assertEqual(exchange(server.connect(), LINES), LINES)

    def test_lines_come_back_over_a_unix_socket(self) -> None:
        self.assertEqual(exchange(self.start("--unix", self.unix_path()).connect(), LINES), LINES)

    def test_half_close_answers_what_is_left(self) -> None:
        server = self.start()
        for data in (b"", b"x", b"x\n", b"\n\n", b"one\ntwo"):
            self.assertEqual(exchange(server.connect(), data), data)

    def test_a_line_is_answered_before_the_next_is_sent(self) -> None:
        with self.start().connect() as client:
            for piece, expected in ((b"one\n", b"one\n"), (b"tw", b""), (b"o\nthr", b"two\n")):
                client.sendall(piece)
                self.assertEqual(client.recv(len(expected)) if expected else b"", expected)
            client.shutdown(socket.SHUT_WR)
            self.assertEqual(receive_all(client), b"thr")

    def test_an_over_long_line_is_one_error_and_the_next_is_answered(self) -> None:
        server = self.start("--limit", "100")
        for size, expected in ((100, b"x" * 100), (101, b"line too long"), (201, b"line too long"),
                               (202, b"line too long"), (3 * MIB, b"line too long")):
            with self.subTest(size=size):
                answer = exchange(server.connect(), b"before\n" + b"x" * size + b"\nafter\n")
                self.assertEqual(answer, b"before\n" + expected + b"\nafter\n")

    def test_a_client_that_does_not_read_is_paused_and_loses_nothing(self) -> None:
        line = b"x" * 99 + b"\n"
        for options in ([], ["--unix", self.unix_path()]):
            with self.subTest(options=options):
                server = self.start(*options)
                exchange(server.connect(), LINES)
                before = server.memory()
                client = server.connect()
                sent = send_until_paused(client, line)
                self.assertLess(sent, 64 * MIB)
                if not under_sanitizer():
                    self.assertLess(server.memory() - before, MIB)
                self.assertEqual(exchange(server.connect(), b"hello\n"), b"hello\n")
                self.assert_idle(server)
                expected = (line * (sent // len(line) + 1))[:sent]
                self.assertEqual(exchange(client, b""), expected)

    def test_many_clients_at_once_get_their_own_lines(self) -> None:
        server = self.start("--unix", self.unix_path())
        clients = [server.connect() for _ in range(200)]
        for turn in range(5):
            for i, client in enumerate(clients):
                client.sendall(b"client %d " % i)
            for client in clients:
                client.sendall(b"turn %d\n" % turn)
        for client in clients:
            client.shutdown(socket.SHUT_WR)
        for i, client in enumerate(clients):
            expected = b"".join(b"client %d turn %d\n" % (i, turn) for turn in range(5))
            self.assertEqual(receive_all(client), expected)

    def test_a_client_that_vanishes_ends_alone(self) -> None:
        for options in ([], ["--unix", self.unix_path()]):
            with self.subTest(options=options):
                server = self.start(*options)
                client, paused, other, _ = (server.connect() for _ in range(4))
                client.sendall(b"begun")
                send_until_paused(paused, b"x\n")
                for one in (client, paused):
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    one.close()
                self.assertEqual(exchange(other, LINES), LINES)
                self.assert_idle(server)

    def test_clients_wait_while_there_is_no_descriptor(self) -> None:
        if under_sanitizer():
            self.skipTest("a sanitizer needs descriptors itself")
        server = self.start(descriptors=10)
        clients = [server.connect() for _ in range(30)]
        self.assert_idle(server)
        for i, client in enumerate(clients):
            self.assertEqual(exchange(client, b"%d\n" % i), b"%d\n" % i)

    def test_once_ends_after_so_many_clients(self) -> None:
        server = self.start("--once", "2")
        first, second = server.connect(), server.connect()
        self.assertEqual(exchange(second, b"b\n"), b"b\n")
        self.assertEqual(exchange(first, b"a\n"), b"a\n")
        self.assertEqual(server.ended(), (0, ""))

    def test_signals_end_it_and_its_path_is_gone(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            path = self.unix_path()
            server = self.start("--unix", path)
            with server.connect() as client:
                client.sendall(b"x\n")
                client.recv(2)
                server.process.send_signal(number)
                self.assertEqual(server.ended(), (0, ""))
            self.assertFalse(os.path.exists(path))

    def test_bad_options_are_refused(self) -> None:
        for options in (["--port", "65536"], ["--limit", "0"], ["--once"], ["--unix"], ["--x"]):
            done = subprocess.run([BIN_DIR / "poll_echo_server", *options], stderr=subprocess.PIPE,
                                  timeout=TIMEOUT_S, check=False)
            self.assertEqual((done.returncode, done.stderr[:6]), (2, b"usage:"))


class OtherLoops(unittest.TestCase):
    """The servers in loops of others, as far as those are installed: at least the one on poll(2)."""

    def programs(self) -> list[str]:
        names = ["hook_poll", "hook_uv", "hook_libevent", "hook_glib", "uv_streams"]
        return [name for name in names if (BIN_DIR / name).exists()]

    def test_lines_come_back_and_clients_end(self) -> None:
        if "hook_poll" not in self.programs():
            self.skipTest("no sockets here")
        for program in self.programs():
            with self.subTest(program=program):
                server = Server("--once", "5", program=program)
                idle, slow, vanishing = server.connect(), server.connect(), server.connect()
                self.assertEqual(exchange(server.connect(), LINES), LINES)
                sent = send_until_paused(slow, b"x" * 99 + b"\n")
                self.assertLess(sent, 64 * MIB)
                self.assertEqual(exchange(server.connect(), b"one\n\ntwo"), b"one\n\ntwo")
                vanishing.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                vanishing.sendall(b"begun")
                vanishing.close()
                before = server.cpu_seconds()
                time.sleep(0.3)
                self.assertLess(server.cpu_seconds() - before, 0.03)
                self.assertEqual(len(exchange(slow, b"")), sent)
                self.assertEqual(exchange(idle, b"last\n"), b"last\n")
                self.assertEqual(server.ended(), (0, ""))

    def test_ask_prints_the_answers(self) -> None:
        if not (BIN_DIR / "ask").exists():
            self.skipTest("no sockets here")
        server = Server("--once", "1")
        done = subprocess.run([BIN_DIR / "ask", str(server.address[1]), "one", "two words"],
                              stdout=subprocess.PIPE, timeout=TIMEOUT_S, check=True)
        self.assertEqual(done.stdout, b"one\ntwo words\n")
        self.assertEqual(server.ended(), (0, ""))


def under_sanitizer() -> bool:
    program = (BIN_DIR / "poll_echo_server").read_bytes()
    return b"__asan_init" in program or b"__ubsan_handle" in program or b"__tsan_init" in program


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    BIN_DIR = Path(sys.argv.pop(1))
    unittest.main()
