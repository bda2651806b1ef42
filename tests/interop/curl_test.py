# SPDX-License-Identifier: BSL-1.0
"""curl against our server, which answers HTTP: versions, verification, ALPN, client certificates, connections that
are used again, and much in both directions.

    curl_test.py BIN_DIR [unittest's arguments]
"""
import peers
from peers import CERT, FOLDER, KEY, ROOT

CURL = peers.need("curl", "curl")


class Curl(peers.Peers):
    def get(self, server, *words, path="/", name="localhost"):
        url = f"https://{name}:{server.port}{path}"
        return self.run_to_end(CURL, "--silent", "--show-error", "--noproxy", "*", "--cacert", ROOT, "--resolve",
                               f"*:{server.port}:127.0.0.1", *words, url)

    def test_versions(self):
        server = self.serve("--http", "yes")
        for word, version in (("1.2", "TLSv1.2"), ("1.3", "TLSv1.3")):
            status, said = self.get(server, f"--tlsv{word}", "--tls-max", word)
            self.assertEqual((status, said), (0, "GET / HTTP/1.1\n"))
            server.wait_for(f"^ended {version} .*: eof$")

    def test_a_server_that_wants_the_newest_refuses_the_other(self):
        status, said = self.get(self.serve("--http", "yes", "--least", "1.3"), "--tls-max", "1.2")
        self.assertEqual(status, 35, said)

    def test_verification(self):
        server = self.serve("--http", "yes")
        self.assertEqual(self.get(server, name="127.0.0.1"), (0, "GET / HTTP/1.1\n"))
        self.assertEqual(self.get(server, name="other.example"), (0, "GET / HTTP/1.1\n"))
        server.wait_for("sni=other.example")
        status, said = self.get(server, name="elsewhere.example")
        self.assertEqual(status, 60, said)
        status, said = self.get(server, "--cacert", str(FOLDER / "strangers" / "root.pem"))
        self.assertEqual(status, 60, said)

    def test_protocols_by_alpn(self):
        server = self.serve("--http", "yes", "--alpn", "http/1.1")
        self.assertEqual(self.get(server, "--http2"), (0, "GET / HTTP/1.1\n"))  # offers both
        server.wait_for("alpn=http/1.1 ")

    def test_client_certificates(self):
        server = self.serve("--http", "yes", "--mutual", "yes")
        self.assertEqual(self.get(server, "--cert", CERT, "--key", KEY), (0, "GET / HTTP/1.1\n"))
        self.assertEqual(self.get(server)[0], 56)

    def test_a_connection_is_used_again(self):
        server = self.serve("--http", "yes")
        url = f"https://localhost:{server.port}"
        status, said = self.get(server, f"{url}/1", f"{url}/2", path="/3")
        self.assertEqual((status, said), (0, "GET /1 HTTP/1.1\nGET /2 HTTP/1.1\nGET /3 HTTP/1.1\n"))
        server.wait_for(": eof$")
        self.assertEqual(len([line for line in server.lines if line.startswith("ended ")]), 1)

    def test_much_both_ways(self):
        server = self.serve("--http", "yes", "--limit", str(16 << 20))
        much = bytes(range(256)) * (4 << 12)
        (FOLDER / "much").write_bytes(much)
        status, said = self.get(server, "--data-binary", f"@{FOLDER}/much", "-H", "Expect:", "-o", FOLDER / "back")
        self.assertEqual((status, said), (0, ""))
        self.assertEqual((FOLDER / "back").read_bytes(), b"POST / HTTP/1.1\n" + much)


if __name__ == "__main__":
    peers.main()
