# SPDX-License-Identifier: BSL-1.0
"""Runs smtp_client against a real SMTP server (aiosmtpd) with a certificate made here, and against servers that lie.

    smtp_test.py BIN_DIR [unittest's arguments]
"""
from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

BIN_DIR = Path()
TIMEOUT_S = 20  # of any wait; far above what is needed, also under sanitizers
MESSAGE = "Subject: a test\n\n.dots\n..more dots\n.\nthe end\n"

# Prints its port, then what came: who, to whom, whether under TLS, and each line of the message.
SERVER = """
import asyncio, logging, ssl, sys
from aiosmtpd.smtp import SMTP
logging.disable()  # a handshake that fails is what is tested
class Printer:
    async def handle_DATA(self, server, session, envelope):
        print(envelope.mail_from, *envelope.rcpt_tos, session.ssl is not None)
        for line in envelope.content.decode().split("\\r\\n"):
            print("|" + line)
        sys.stdout.flush()
        return "250 taken"
context = None
if sys.argv[1] != "plain":
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[1] + "/cert.pem", sys.argv[1] + "/key.pem")
async def serve():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Printer(), tls_context=context, require_starttls=context is not None, loop=loop), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
asyncio.run(serve())
"""


def python_with_aiosmtpd() -> str | None:
    for python in (sys.executable, "/usr/bin/python3"):
        if Path(python).exists() and subprocess.run([python, "-c", "import aiosmtpd"], check=False,
                                                    stderr=subprocess.DEVNULL).returncode == 0:
            return python
    return None


PYTHON = python_with_aiosmtpd()


def send(host: str, port: int, *ca_file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([BIN_DIR / "smtp_client", host, str(port), "a@example.test", "b@example.test", *ca_file],
                          input=MESSAGE, text=True, capture_output=True, timeout=TIMEOUT_S, check=False)


def make_certificate(folder: str, name: str) -> None:
    subprocess.run([BIN_DIR / "make_certificates", folder, name], check=True, timeout=TIMEOUT_S)


@unittest.skipUnless(PYTHON, "no aiosmtpd (Debian: apt-get install python3-aiosmtpd)")
class RealServer(unittest.TestCase):
    def serve(self, where: str) -> tuple[subprocess.Popen[str], int]:
        server = subprocess.Popen([PYTHON, "-c", SERVER, where], text=True, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        self.addCleanup(lambda: server.poll() is not None or server.kill())
        return server, int(server.stdout.readline())

    def end(self, server: subprocess.Popen[str]) -> str:
        """What the server printed."""
        return server.communicate("", timeout=TIMEOUT_S)[0]

    def test_a_message_arrives_under_tls(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            make_certificate(folder, "127.0.0.1")
            server, port = self.serve(folder)
            done = send("127.0.0.1", port, Path(folder) / "root.pem")
            self.assertEqual((done.stderr, done.returncode), ("", 0))
            self.assertIn("TLSv1.3", done.stdout)
            self.assertIn("IP:127.0.0.1", done.stdout)
            self.assertEqual(done.stdout.splitlines()[-1], "taken")
            self.assertEqual(self.end(server).splitlines(),
                             ["a@example.test b@example.test True"] + ["|" + line for line in MESSAGE.split("\n")])

    def test_a_certificate_for_others_or_of_strangers_stops_it(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            make_certificate(folder, "elsewhere.example")
            server, port = self.serve(folder)
            for trust, reason in (((Path(folder) / "root.pem",), "mismatch"), ((), "issuer")):
                done = send("127.0.0.1", port, *trust)
                self.assertEqual(done.returncode, 1)
                self.assertIn(reason, done.stderr)
            self.assertEqual(self.end(server), "")

    def test_nothing_is_sent_to_a_server_without_starttls(self) -> None:
        server, port = self.serve("plain")
        done = send("127.0.0.1", port)
        self.assertEqual((done.stderr, done.returncode),
                         ("smtp_client: the server has no STARTTLS, and nothing is sent without\n", 1))
        self.assertEqual(self.end(server), "")


class LyingServer(unittest.TestCase):
    def test_answers_put_behind_the_220_are_not_believed(self) -> None:
        heard = bytearray()

        def lie(listener: socket.socket) -> None:
            client, _ = listener.accept()
            client.settimeout(TIMEOUT_S)
            with client:
                client.sendall(b"220 hello\r\n")
                heard.extend(client.recv(1000))
                client.sendall(b"250-hello\r\n250 STARTTLS\r\n")
                heard.extend(client.recv(1000))
                client.sendall(b"220 ready\r\n250 hello\r\n250 ok\r\n250 ok\r\n354 go on\r\n250 taken\r\n221 bye\r\n")
                try:
                    while piece := client.recv(1000):
                        heard.extend(piece)
                except ConnectionResetError:
                    pass

        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener.settimeout(TIMEOUT_S)
            server = threading.Thread(target=lie, args=(listener,))
            server.start()
            done = send("127.0.0.1", listener.getsockname()[1])
            server.join(TIMEOUT_S)
        self.assertEqual(done.returncode, 1)
        self.assertTrue(done.stderr.startswith("smtp_client: start_tls: "), done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertTrue(heard.startswith(b"EHLO penstock.example\r\nSTARTTLS\r\n"))
        self.assertNotIn(b"MAIL", heard)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    BIN_DIR = Path(sys.argv.pop(1)).absolute()
    unittest.main()
