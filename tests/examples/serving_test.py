# SPDX-License-Identifier: BSL-1.0
"""Runs the examples that serve and connect: the echo pair, plain and over TLS, forwarder, chat, several cores,
and the client of a redis-server.

    serving_test.py BIN_DIR [unittest's arguments]
"""
from __future__ import annotations

import atexit
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

BIN_DIR = Path()
TIMEOUT_S = 20  # of any wait; far above what is needed, also under sanitizers
MIB = 1024 * 1024


class Program:
    """A running example that listens."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen([BIN_DIR / words[0], *words[1:]], text=True, stderr=subprocess.PIPE)
        atexit.register(self.process.kill)
        assert self.process.stderr is not None
        listening = re.fullmatch(r"listening on 127\.0\.0\.1 port (\d+)\n", self.process.stderr.readline())
        assert listening, "it does not listen"
        self.port = int(listening[1])

    def connect(self) -> socket.socket:
        client = socket.create_connection(("127.0.0.1", self.port), TIMEOUT_S)
        client.settimeout(TIMEOUT_S)
        return client

    def end(self) -> tuple[int, str]:
        """Its exit status after SIGTERM, and what it said after it listened."""
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=TIMEOUT_S)
        return self.process.returncode, said


def receive_all(client: socket.socket) -> bytes:
    pieces = []
    while piece := client.recv(MIB):
        pieces.append(piece)
    return b"".join(pieces)


class EchoPair(unittest.TestCase):
    """penstock-echo-server and tcp_echo_client."""

    SAID = ["Send: 'Hello World!'", "Received: 'Hello World!'", "Close the connection"]

    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name: str) -> str:
        return str(Path(self.folder.name) / name)

    def serve(self, *words: str) -> Program:
        program = Program("penstock-echo-server", "--port", "0", "--mode", "echo", *words)
        self.addCleanup(lambda: program.process.poll() is None and program.end())
        return program

    def client(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([BIN_DIR / "tcp_echo_client", *words], text=True, capture_output=True,
                              timeout=TIMEOUT_S, check=False)

    def refused(self, program: str, *words: str) -> str:
        """What a program says that does not do what the words ask of it."""
        done = subprocess.run([BIN_DIR / program, *words], text=True, capture_output=True, timeout=TIMEOUT_S,
                              check=False)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertTrue(done.stderr.startswith(f"{program}: ") and done.stderr.count("\n") == 1, done.stderr)
        return done.stderr

    def test_talks(self) -> None:
        done = self.client(str(self.serve().port))
        self.assertEqual((done.returncode, done.stdout.splitlines()), (0, self.SAID))

    def test_says_which_words_do_not_go_together(self) -> None:
        self.assertIn("--tls", self.refused("tcp_echo_client", "--ca", "x"))
        self.assertIn("--colour", self.refused("tcp_echo_client", "--colour", "x"))
        self.assertIn("--cert and --key", self.refused("penstock-echo-server", "--port", "0", "--cert", "x"))

    def test_a_number_that_is_no_port_is_refused(self) -> None:
        for port in ("-1", "65536"):
            self.assertIn("a port must be 0-65535", self.refused("penstock-echo-server", "--port", port))

    def test_talks_over_tls_or_says_that_it_cannot(self) -> None:
        own = ["--cert", self.file("cert.pem"), "--key", self.file("key.pem")]
        if not (BIN_DIR / "make_certificates").exists():
            for words in (["penstock-echo-server", "--port", "0", *own], ["tcp_echo_client", "--tls"]):
                self.assertIn("built without TLS", self.refused(*words))
            return
        subprocess.run([BIN_DIR / "make_certificates", self.folder.name, "127.0.0.1"], check=True)
        port = str(self.serve(*own).port)
        secured = [port, "--tls", "--ca", self.file("root.pem")]
        done = self.client(*secured)
        self.assertEqual((done.returncode, done.stdout.splitlines()), (0, self.SAID), done.stderr)
        self.assertIn("mismatch", self.refused("tcp_echo_client", *secured, "--name", "localhost"))
        self.assertIn("issuer", self.refused("tcp_echo_client", port, "--tls"))  # the system does not know ours
        self.assertIn("--ca", self.refused("tcp_echo_client", port, "--tls", "--ca", self.file("none.pem")))
        self.assertIn("--key", self.refused("penstock-echo-server", "--port", "0", *own[:3], self.file("cert.pem")))
def receive_all_or_reset(client: socket.socket) -> bytes:
    try:
        return receive_all(client)
    except ConnectionResetError:
        return b""


class Forwarder(unittest.TestCase):
    def setUp(self) -> None:
        self.target = socket.create_server(("127.0.0.1", 0))
        self.target.settimeout(TIMEOUT_S)
        self.program = Program("port_forwarder", "0", "127.0.0.1", str(self.target.getsockname()[1]))

    def tearDown(self) -> None:
        self.target.close()
        if self.program.process.poll() is None:
            self.program.end()

    def pair(self) -> tuple[socket.socket, socket.socket]:
        client = self.program.connect()
        there, _ = self.target.accept()
        there.settimeout(TIMEOUT_S)
        return client, there

    def test_passes_bytes_and_ends_both_ways(self) -> None:
        client, there = self.pair()
        data = bytes(range(256)) * 40_000
        with client, there:
            sender = threading.Thread(target=lambda: (client.sendall(data), client.shutdown(socket.SHUT_WR)))
            sender.start()
            self.assertEqual(receive_all(there), data)
            sender.join()
            there.sendall(b"answer behind the end")
            there.close()
            self.assertEqual(receive_all(client), b"answer behind the end")
        status, said = self.program.end()
        self.assertEqual(status, 0)
        self.assertIn("1 clients, ", said)

    def test_holds_back_who_sends_more_than_is_taken(self) -> None:
        client, there = self.pair()
        with client, there:
            client.settimeout(0.5)
            sent = 0
            with self.assertRaises(TimeoutError):
                while sent < 256 * MIB:
                    sent += client.send(b"x" * 65536)
            self.assertLess(sent, 64 * MIB)
            received = 0
            while received < sent:
                received += len(there.recv(MIB))
            self.assertEqual(received, sent)

    def test_passes_a_reset_on(self) -> None:
        client, there = self.pair()
        with there:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            client.close()
            with self.assertRaises(ConnectionResetError):
                receive_all(there)


class Chat(unittest.TestCase):
    def test_who_does_not_keep_up_leaves(self) -> None:
        program = Program("chat")
        slow = program.connect()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(b"slow\n")
        with program.connect() as fast:
            lines = fast.makefile("rb")
            fast.sendall(b"fast\n")
            self.assertEqual(lines.readline(), b"fast is here\n")
            lost = False
            for _ in range(2000):  # 36 MB, a batch at a time: fast keeps up with itself
                fast.sendall((b"x" * 900 + b"\n") * 20)
                own = 0
                while own != 20:
                    line = lines.readline()
                    own += line.startswith(b"fast: x")
                    lost = lost or line == b"slow did not keep up\n"
                if lost:
                    break
            self.assertTrue(lost)
            lines.close()
        slow.close()
        self.assertEqual(program.end()[0], 0)


class SeveralCores(unittest.TestCase):
    def test_all_threads_serve_and_are_counted(self) -> None:
        program = Program("several_cores", "0", "3")
        for _ in range(50):
            with program.connect() as client:
                client.sendall(b"hello\n")
                self.assertEqual(client.recv(100), b"hello\n")
        self.assertEqual(program.end(), (0, "50 clients, 300 bytes received, 300 bytes sent\n"))


class Asio(unittest.TestCase):
    """The program of docs/from-asio.md, as it was and as it became: both do the same."""

    def test_before_and_after_answer_alike(self) -> None:
        for name in ("asio_echo_before", "asio_echo_after"):
            with self.subTest(name):
                if not (BIN_DIR / name).exists():
                    self.skipTest("no Boost.Asio (Debian: apt-get install libboost1.81-dev)")
                program = Program(name)
                with program.connect() as client:
                    client.sendall(b"one\ntw")
                    self.assertEqual(client.recv(100), b"4 one\n")
                    client.sendall(b"o\n\n")
                    answers = b""
                    while len(answers) < len(b"4 two\n1 \n"):
                        answers += client.recv(100)
                    self.assertEqual(answers, b"4 two\n1 \n")
                    client.sendall(b"x" * 3000)  # a line may have 1,024 bytes: the connection ends
                    self.assertEqual(receive_all_or_reset(client), b"")
                self.assertEqual(program.end(), (0, ""))

    def test_lines_that_come_together(self) -> None:
        for name in ("asio_echo_before", "asio_echo_after"):
            with self.subTest(name):
                if not (BIN_DIR / name).exists():
                    self.skipTest("no Boost.Asio (Debian: apt-get install libboost1.81-dev)")
                program = Program(name)
                with program.connect() as client:
                    lines = [b"line %d\n" % i for i in range(2000)]
                    client.sendall(b"".join(lines))
                    client.shutdown(socket.SHUT_WR)
                    self.assertEqual(receive_all(client), b"".join(b"%d %s" % (len(one), one) for one in lines))
                self.assertEqual(program.end(), (0, ""))


class Adapters(unittest.TestCase):
    def test_the_same_server_on_each(self) -> None:
        for adapter in ("epoll", "asio"):
            with self.subTest(adapter):
                if adapter == "asio" and not (BIN_DIR / "asio_echo_after").exists():
                    self.skipTest("no Boost.Asio (Debian: apt-get install libboost1.81-dev)")
                program = Program("penstock-echo-server", "--port", "0", "--adapter", adapter)
                with program.connect() as client:
                    client.sendall(b"hello\n" * 1000)
                    client.shutdown(socket.SHUT_WR)
                    self.assertEqual(receive_all(client), b"hello\n" * 1000)
                self.assertEqual(program.end(), (0, ""))


@unittest.skipUnless(shutil.which("redis-server"), "there is no redis-server")
class Resp(unittest.TestCase):
    def test_talks_to_a_real_server(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = str(free.getsockname()[1])
        server = subprocess.Popen(["redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
                                  stdout=subprocess.DEVNULL)
        try:
            for _ in range(100):
                done = subprocess.run([BIN_DIR / "resp_client", port], text=True, capture_output=True,
                                      timeout=TIMEOUT_S, check=False)
                if "refused" not in done.stderr:
                    break
                time.sleep(0.1)
        finally:
            server.terminate()
            server.wait(TIMEOUT_S)
        self.assertEqual(done.stderr, "")
        self.assertEqual(done.stdout.splitlines(), [
            "PING: PONG",
            "INCR, 10000 at once: 10000",
            "PUBLISH to 1: water in, under control",
            "an error: ERR wrong number of arguments for 'incr' command",
        ])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    BIN_DIR = Path(sys.argv.pop(1))
    unittest.main()
