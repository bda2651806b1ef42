# SPDX-License-Identifier: BSL-1.0
"""OpenSSL's own programs at the other end: versions, ALPN, names, client certificates, key updates,
renegotiation that is refused, resumption, truncation.

    openssl_test.py BIN_DIR [unittest's arguments]
"""
import subprocess

import peers
from peers import CERT, FOLDER, KEY, ROOT

OPENSSL = peers.need("openssl", "openssl")


class Client(peers.Peers):
    """openssl s_client against our server."""

    def command(self, server, *words):
        return [OPENSSL, "s_client", "-connect", f"127.0.0.1:{server.port}", "-CAfile", ROOT, "-verify_return_error",
                "-servername", "localhost", "-verify_hostname", "localhost", *words]

    def dialogue(self, server, *words):
        """One that is spoken to; a line of its own that is a single letter is a command to it."""
        client = peers.Running(self.command(server, *words), r"CONNECTED\((\d+)\)", stdin=subprocess.PIPE)
        self.addCleanup(client.end)
        return client

    def test_versions(self):
        server = self.serve()
        for word, version in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
            with self.subTest(word):
                client = self.dialogue(server, word)
                client.wait_for("Verify return code: 0 \\(ok\\)")
                client.say("there and back\n")
                client.wait_for("there and back$")
                client.say("Q\n")
                server.wait_for(f"^ended {version} .*: eof$")

    def test_starttls(self):
        server = self.serve("--starttls", "smtp")
        for word, version in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
            with self.subTest(word):
                client = self.dialogue(server, "-starttls", "smtp", word)
                client.wait_for("Verify return code: 0 \\(ok\\)")
                client.say("behind the upgrade\n")
                client.wait_for("behind the upgrade$")
                client.say("Q\n")
                server.wait_for(f"^ended {version} .*: eof$")

    def test_older_versions_are_refused(self):
        server = self.serve()
        for word in ("-tls1", "-tls1_1"):
            with self.subTest(word):
                status, said = self.run_to_end(*self.command(server, word, "-cipher", "ALL:@SECLEVEL=0"))
                self.assertEqual(status, 1)
                self.assertIn("alert protocol version", said)

    def test_a_server_that_wants_the_newest_refuses_the_other(self):
        server = self.serve("--least", "1.3")
        status, said = self.run_to_end(*self.command(server, "-tls1_2"))
        self.assertEqual(status, 1)
        self.assertIn("alert protocol version", said)
        server.wait_for("^failed handshake: unsupported protocol")

    def test_protocols_by_alpn(self):
        server = self.serve("--alpn", "h2,http/1.1")
        client = self.dialogue(server, "-alpn", "spdy,http/1.1")
        client.wait_for("^ALPN protocol: http/1.1$")
        client.say("Q\n")
        server.wait_for("^ended .* alpn=http/1.1 ")
        status, said = self.run_to_end(*self.command(server, "-alpn", "spdy"))
        self.assertEqual(status, 1)
        self.assertIn("no application protocol", said)
        server.wait_for("^failed handshake: no application protocol$")

    def test_certificates_by_name(self):
        server = self.serve()
        for name, key in (("localhost", "ECDSA"), ("other.example", "RSA-PSS")):
            status, said = self.run_to_end(*self.command(server), "-servername", name, "-verify_hostname", name)
            self.assertEqual(status, 0, said)
            self.assertIn(f"Peer signature type: {key}", said)
            server.wait_for(f" sni={name} ")

    def test_key_updates(self):
        server = self.serve()
        client = self.dialogue(server, "-tls1_3")
        for letter in ("k", "K"):  # its own key; both
            client.say(f"before {letter}\n")
            client.wait_for(f"before {letter}$")
            seen = len(client.lines)
            client.say(f"{letter}\n")
            client.wait_for("KEYUPDATE$", seen)
            client.say(f"behind {letter}\n")
            client.wait_for(f"behind {letter}$")
        client.say("Q\n")
        server.wait_for("^ended TLSv1.3 .*: eof$")

    def test_renegotiation_is_refused(self):
        server = self.serve()
        client = self.dialogue(server, "-tls1_2")
        client.say("before\n")
        client.wait_for("before$")
        client.say("R\n")
        client.wait_for("no renegotiation")
        server.wait_for("^ended TLSv1.2 ")

    def test_sessions_are_resumed(self):
        server = self.serve()
        kept = str(FOLDER / "session.pem")
        for word in ("-tls1_2", "-tls1_3"):
            with self.subTest(word):
                seen = len(server.lines)
                client = self.dialogue(server, word, "-sess_out", kept)
                client.say("for the tickets\n")
                client.wait_for("for the tickets$")
                client.say("Q\n")
                client.process.wait(peers.TIMEOUT_S)
                server.wait_for("reused=no", seen)
                again = self.dialogue(server, word, "-sess_in", kept)
                again.say("again\n")
                again.wait_for("again$")
                again.say("Q\n")
                server.wait_for("reused=yes", seen)

    def test_client_certificates(self):
        server = self.serve("--mutual", "yes")
        client = self.dialogue(server, "-cert", CERT, "-key", KEY)
        client.say("let in\n")
        client.wait_for("let in$")
        client.say("Q\n")
        server.wait_for(": eof$")
        stranger = self.dialogue(server)
        stranger.wait_for("certificate required")
        server.wait_for("^failed handshake: peer did not return a certificate$")

    def test_a_client_that_is_killed_has_truncated(self):
        server = self.serve()
        client = self.dialogue(server)
        client.say("and then nothing\n")
        client.wait_for("and then nothing$")
        client.process.kill()
        server.wait_for("received=17: the peer ended the connection without close_notify$")


class Server(peers.Peers):
    """openssl s_server for our client."""

    def s_server(self, *words):
        return self.run_beside([OPENSSL, "s_server", "-accept", "127.0.0.1:0", "-cert", CERT, "-key", KEY, *words],
                               r"ACCEPT .*:(\d+)$", stdin=subprocess.PIPE)

    def test_versions(self):
        for word, version in (("-tls1_2", "TLSv1.2"), ("-tls1_3", "TLSv1.3")):
            with self.subTest(word):
                back, said = self.connect(self.s_server(word, "-rev").port, b"hello\n", "--take", "6")
                self.assertEqual(back, b"olleh\n")
                self.assertRegex(said, f"^ended {version} ")

    def test_older_versions_are_refused(self):
        server = self.s_server("-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
        self.assertIn("failed: ", self.connect(server.port, b"hello\n")[1])

    def test_half_close(self):
        """It takes a close_notify for the end of both directions, and answers with its own."""
        back, said = self.connect(self.s_server("-tls1_3", "-rev").port, b"hello\n")
        self.assertEqual(back, b"olleh\n")
        self.assertRegex(said, ": eof$")

    def test_protocols_by_alpn(self):
        back, said = self.connect(self.s_server("-rev", "-alpn", "h2").port, b"hello\n", "--take", "6", "--alpn", "h2,x")
        self.assertEqual(back, b"olleh\n")
        self.assertIn(" alpn=h2 ", said)

    def test_names(self):
        server = self.s_server("-rev")
        self.assertIn("sni=other.example", self.connect(server.port, b"x\n", "--take", "2", "--name", "other.example")[1])
        self.assertEqual(self.connect(server.port, b"x\n", "--name", "elsewhere.example")[1], "failed: hostname mismatch")

    def test_client_certificates(self):
        server = self.s_server("-rev", "-Verify", "1", "-CAfile", ROOT, "-verify_return_error")
        self.assertEqual(self.connect(server.port, b"hello\n", "--take", "6", "--mutual", "yes")[0], b"olleh\n")
        self.assertIn("certificate required", self.connect(server.port, b"hello\n", "--take", "6")[1])

    def answered(self, *words, by):
        """Our client's answer of a server that is told what to do between two lines."""
        server = self.s_server(*words)
        client = subprocess.Popen([peers.BIN_DIR / "penstock-interop-peer", "connect", FOLDER, str(server.port),
                                   "--take", "13"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        client.stdin.write(b"hello\n")
        client.stdin.close()
        client.stdin = None
        server.wait_for("^hello$")
        server.say("first\n")
        first = client.stdout.readline()
        by(server)
        if server.process.poll() is None:
            server.say("second\n")
        rest, said = client.communicate(timeout=peers.TIMEOUT_S)
        return first + rest, said.decode()

    def test_key_updates(self):
        for letter in ("k", "K"):
            with self.subTest(letter):
                back, said = self.answered("-tls1_3", "-msg", by=lambda server, letter=letter: (
                    server.say(f"{letter}\n"), server.wait_for(">>> TLS 1.3, Handshake .* KeyUpdate")))
                self.assertEqual(back, b"first\nsecond\n", said)

    def test_renegotiation_is_refused(self):
        back, said = self.answered("-tls1_2", by=lambda server: (
            server.say("R\n"), server.wait_for("no renegotiation")))
        self.assertEqual(back, b"first\n")
        self.assertRegex(said, "^ended TLSv1.2 .* received=6: the peer's alert")

    def test_a_server_that_is_killed_has_truncated(self):
        back, said = self.answered("-tls1_3", by=lambda server: server.process.kill() or server.process.wait())
        self.assertEqual(back, b"first\n")
        self.assertRegex(said, "received=6: the peer ended the connection without close_notify")


if __name__ == "__main__":
    peers.main()
