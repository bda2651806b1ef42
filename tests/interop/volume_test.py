# SPDX-License-Identifier: BSL-1.0
"""Much through penstock-echo-server over TLS, byte for byte, in memory that does not grow.

    volume_test.py BIN_DIR [--mebibytes N] [unittest's arguments]

64 MiB each way and peer unless told; 4 GB: --mebibytes 4096. Says how much memory the server held before, at most,
and behind it.
"""
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import unittest

import peers
from peers import BIN_DIR, CERT, KEY, ROOT

MIB = 1 << 20
AMOUNT = 64 * MIB
if "--mebibytes" in sys.argv:
    AT = sys.argv.index("--mebibytes")
    AMOUNT = int(sys.argv[AT + 1]) * MIB
    del sys.argv[AT:AT + 2]

PERIOD = MIB + 4099  # no record, block or buffer ends where it does
TEXT = os.urandom(PERIOD)
TEXT += TEXT[:MIB // 4]


def piece(position, most):
    """The bytes at a position of an endless text, at most `most` and a quarter of a MiB of them."""
    start = position % PERIOD
    return TEXT[start:start + min(most, MIB // 4)]


def pieces(amount):
    position = 0
    while position < amount:
        some = piece(position, amount - position)
        position += len(some)
        yield some


class Comparison:
    """Holds what came back against the text."""

    def __init__(self, amount):
        self.amount = amount
        self.position = 0

    def take(self, back):
        """Whether there is more to come."""
        assert back, f"it ended at byte {self.position}"
        while back:
            wanted = piece(self.position, len(back))
            assert back[:len(wanted)] == wanted, f"other bytes came back than were sent, behind byte {self.position}"
            self.position += len(wanted)
            back = back[len(wanted):]
        assert self.position <= self.amount, "more came back than was sent"
        return self.position < self.amount


class Volume(peers.Peers):
    def setUp(self):
        self.server = self.run_beside([BIN_DIR / "penstock-echo-server", "--port", "0", "--mode", "echo", "--cert", CERT,
                                       "--key", KEY], r"^listening .* port (\d+)")
        self.exchange_by_ssl(MIB)
        self.before = self.most = self.memory()
        self.ending = False
        self.watch = threading.Thread(target=self.sample)
        self.watch.start()

    def tearDown(self):
        self.ending = True
        self.watch.join()
        time.sleep(0.2)
        print(f"{AMOUNT // MIB} MiB there and back; the server held {self.before} KiB before, {self.most} KiB at most, "
              f"{self.memory()} KiB behind it ... ", end="", file=sys.stderr)
        self.assertLessEqual(self.most, self.before + 4096)
        self.assertLessEqual(self.memory(), self.before + 2048)

    def memory(self):
        with open(f"/proc/{self.server.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))

    def sample(self):
        while not self.ending:
            self.most = max(self.most, self.memory())
            time.sleep(0.02)

    def exchange_by_ssl(self, amount):
        context = ssl.create_default_context(cafile=ROOT)
        plain = socket.create_connection(("127.0.0.1", self.server.port), peers.TIMEOUT_S)
        with context.wrap_socket(plain, server_hostname="localhost") as client:
            peers.converse(client, pieces(amount), Comparison(amount).take)
            client.unwrap()

    def test_by_python_ssl(self):
        self.exchange_by_ssl(AMOUNT)

    @unittest.skipUnless(shutil.which("openssl"), "no openssl (Debian: apt-get install openssl)")
    def test_by_s_client(self):
        client = subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{self.server.port}", "-CAfile", ROOT,
                                   "-verify_return_error", "-quiet", "-nbio"], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)

        def send():
            for some in pieces(AMOUNT):
                client.stdin.write(some)
            client.stdin.flush()

        sender = threading.Thread(target=send)
        sender.start()
        comparison = Comparison(AMOUNT)
        while comparison.take(client.stdout.read1(MIB // 4)):
            pass
        sender.join(peers.TIMEOUT_S)
        client.kill()  # by -quiet it does not end with its input
        client.wait()
        client.stdin.close()
        client.stdout.close()


if __name__ == "__main__":
    peers.main()
