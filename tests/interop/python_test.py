# SPDX-License-Identifier: BSL-1.0
"""Python's ssl and asyncio at the other end, as client and as server; half-close and truncation as each sees it.

    python_test.py BIN_DIR [unittest's arguments]

What asyncio cannot do: half-close under TLS (can_write_eof() is false), and tell truncation from an end.
"""
import asyncio
import os
import socket
import ssl
import struct
import threading

import peers
from peers import CERT, KEY, ROOT, TIMEOUT_S

MUCH = os.urandom(1 << 20) * 8
BOTH_VERSIONS = ((ssl.TLSVersion.TLSv1_2, "TLSv1.2"), (ssl.TLSVersion.TLSv1_3, "TLSv1.3"))


def client_context(most=ssl.TLSVersion.MAXIMUM_SUPPORTED):
    context = ssl.create_default_context(cafile=ROOT)
    context.maximum_version = most
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # as from Python 3.13 on
    return context


def server_context(most=ssl.TLSVersion.MAXIMUM_SUPPORTED):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERT, KEY)
    context.maximum_version = most
    return context


def read_all(stream):
    pieces = []
    while piece := stream.recv(1 << 16):
        pieces.append(piece)
    return b"".join(pieces)


class SslClient(peers.Peers):
    """ssl.SSLSocket against our server."""

    def open(self, server, context=None, name="localhost", **options):
        plain = socket.create_connection(("127.0.0.1", server.port), TIMEOUT_S)
        secured = (context or client_context()).wrap_socket(plain, server_hostname=name, **options)
        self.addCleanup(secured.close)
        return secured

    def test_much_both_ways_and_a_clean_end(self):
        server = self.serve()
        for most, version in BOTH_VERSIONS:
            with self.subTest(version):
                client = self.open(server, client_context(most))
                self.assertEqual(client.version(), version)
                back = bytearray()
                peers.converse(client, iter((MUCH,)), lambda some: back.extend(some) or len(back) < len(MUCH))
                self.assertEqual(back, MUCH)
                client.unwrap().close()  # waits for our close_notify
                server.wait_for(f"^ended {version} .* received={len(MUCH)}: eof$")

    def test_what_it_sends_and_leaves_is_truncated(self):
        """close() without unwrap() is a FIN without close_notify."""
        server = self.serve()
        client = self.open(server)
        client.sendall(b"more to come")
        self.assertEqual(client.recv(100), b"more to come")
        client.close()
        server.wait_for("received=12: the peer ended the connection without close_notify$")

    def test_a_reset_is_a_reset(self):
        server = self.serve()
        client = self.open(server)
        client.sendall(b"x")
        self.assertEqual(client.recv(100), b"x")
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        server.wait_for("received=1: Connection reset by peer$")

    def test_it_sees_our_death_as_a_ragged_end(self):
        server = self.serve()
        context = client_context()
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF  # set by some versions: they take it for an end
        client = self.open(server, context, suppress_ragged_eofs=False)
        client.sendall(b"x")
        self.assertEqual(client.recv(100), b"x")
        server.process.kill()
        with self.assertRaises((ssl.SSLError, ConnectionResetError)):  # SSLEOFError, or one of that reason
            self.fail(f"recv answered {client.recv(100)!r}")

    def test_names_and_protocols(self):
        server = self.serve("--alpn", "h2,http/1.1")
        context = client_context()
        context.set_alpn_protocols(["http/1.1", "h2"])
        client = self.open(server, context, "other.example")
        self.assertEqual(client.selected_alpn_protocol(), None)  # that name's context has none
        client = self.open(server, context)
        self.assertEqual(client.selected_alpn_protocol(), "h2")
        self.assertIn(("DNS", "localhost"), client.getpeercert()["subjectAltName"])
        with self.assertRaisesRegex(ssl.SSLCertVerificationError, "elsewhere.example"):
            self.open(server, context, "elsewhere.example")
        server.wait_for("^failed handshake: the peer's alert: ")

    def test_sessions_are_resumed(self):
        server = self.serve()
        for most, version in BOTH_VERSIONS:
            with self.subTest(version):
                context = client_context(most)
                first = self.open(server, context)
                first.sendall(b"x")
                self.assertEqual(first.recv(1), b"x")  # behind the tickets
                second = self.open(server, context, session=first.session)
                self.assertTrue(second.session_reused)


class SslServer(peers.Peers):
    """Our client with an ssl.SSLSocket that was accepted."""

    def serve_once(self, conversation, most=ssl.TLSVersion.MAXIMUM_SUPPORTED):
        """Its port."""
        listener = socket.create_server(("127.0.0.1", 0))

        def run():
            plain, _ = listener.accept()
            plain.settimeout(TIMEOUT_S)
            with server_context(most).wrap_socket(plain, server_side=True) as client:
                conversation(client)

        thread = threading.Thread(target=run)
        thread.start()
        self.addCleanup(listener.close)
        self.addCleanup(thread.join)
        return listener.getsockname()[1]

    def test_half_close(self):
        """It reads to our end, and only then answers."""
        def conversation(client):
            text = read_all(client)
            client.sendall(text[::-1])
            client.unwrap()

        back, said = self.connect(self.serve_once(conversation), MUCH)
        self.assertEqual(back, MUCH[::-1])
        self.assertRegex(said, f"^ended TLSv1.3 .* received={len(MUCH)}: eof$")

    def test_its_half_close(self):
        """unwrap() ends its direction and waits for our end; what we sent meanwhile would be an error to it."""
        def conversation(client):
            client.sendall(b"that is all")
            client.unwrap()

        back, said = self.connect(self.serve_once(conversation), b"")
        self.assertEqual(back, b"that is all")
        self.assertRegex(said, "received=11: eof$")

    def test_truncation(self):
        for most, version in BOTH_VERSIONS:
            with self.subTest(version):
                def conversation(client):
                    client.sendall(client.recv(100))

                back, said = self.connect(self.serve_once(conversation, most), b"hello", "--take", "100")
                self.assertEqual(back, b"hello")
                self.assertRegex(said, f"^ended {version} .* received=5: the peer ended the connection without close_notify$")


class Asyncio(peers.Peers):
    """asyncio's streams at the other end."""

    def test_its_client(self):
        server = self.serve()

        async def talk(most):
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=client_context(most),
                                                           server_hostname="localhost")
            self.assertFalse(writer.can_write_eof())
            writer.write(MUCH)
            back, _ = await asyncio.gather(reader.readexactly(len(MUCH)), writer.drain())
            self.assertEqual(back, MUCH)
            writer.close()
            await writer.wait_closed()

        for most, version in BOTH_VERSIONS:
            with self.subTest(version):
                asyncio.run(talk(most))
                server.wait_for(f"^ended {version} .* received={len(MUCH)}: eof$")

    def test_its_client_that_aborts(self):
        server = self.serve()

        async def talk():
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=client_context(),
                                                           server_hostname="localhost")
            writer.write(b"x")
            self.assertEqual(await reader.readexactly(1), b"x")
            writer.transport.abort()

        asyncio.run(talk())
        server.wait_for("received=1: (the peer ended the connection without close_notify|Connection reset by peer)$")

    def test_its_client_does_not_tell_our_death_from_an_end(self):
        server = self.serve()

        async def talk():
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port, ssl=client_context(),
                                                           server_hostname="localhost")
            writer.write(b"x")
            self.assertEqual(await reader.readexactly(1), b"x")
            server.process.kill()
            self.assertEqual(await reader.read(), b"")
            writer.transport.abort()

        asyncio.run(talk())

    async def answer(self, text, handler, *words, most=ssl.TLSVersion.MAXIMUM_SUPPORTED):
        server = await asyncio.start_server(handler, "127.0.0.1", 0, ssl=server_context(most))
        port = server.sockets[0].getsockname()[1]
        answer = await asyncio.to_thread(self.connect, port, text, *words)
        server.close()
        return answer

    def test_its_server(self):
        async def echo(reader, writer):
            while piece := await reader.read(1 << 16):
                writer.write(piece)
                await writer.drain()
            writer.close()

        for most, version in BOTH_VERSIONS:
            with self.subTest(version):
                back, said = asyncio.run(self.answer(MUCH, echo, "--take", str(len(MUCH)), most=most))
                self.assertEqual(back, MUCH)
                self.assertRegex(said, f"^ended {version} ")

    def test_its_server_that_ends_first(self):
        async def greet(reader, writer):
            writer.write(b"that is all")
            writer.close()

        back, said = asyncio.run(self.answer(b"", greet, "--take", "100"))
        self.assertEqual(back, b"that is all")
        self.assertRegex(said, "received=11: eof$")

    def test_its_server_that_aborts(self):
        async def begin(reader, writer):
            writer.write(await reader.read(100))
            await asyncio.sleep(0.1)
            writer.transport.abort()

        back, said = asyncio.run(self.answer(b"hello", begin, "--take", "100"))
        self.assertEqual(back, b"hello")
        self.assertRegex(said, "received=5: (the peer ended the connection without close_notify|Connection reset by peer)$")


if __name__ == "__main__":
    peers.main()
