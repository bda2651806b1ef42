# SPDX-License-Identifier: BSL-1.0
"""nginx as the client of our server (proxy_pass, with verification and a certificate of its own), and as the server
of our client.

    nginx_test.py BIN_DIR [unittest's arguments]
"""
import getpass
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import peers
from peers import CERT, FOLDER, KEY, ROOT, TIMEOUT_S

NGINX = peers.need("nginx", "nginx-light")

CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
{user}
error_log {folder}/error.log info;
events {{ }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/unused;
  uwsgi_temp_path {folder}/unused;
  scgi_temp_path {folder}/unused;
  client_max_body_size 32m;
  upstream ours {{ server 127.0.0.1:{ours}; keepalive 4; }}
  server {{
    listen 127.0.0.1:{plain};
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_ssl_verify on;
    proxy_ssl_server_name on;
    proxy_ssl_protocols TLSv1.2 TLSv1.3;
    proxy_ssl_trusted_certificate {root};
    location / {{ proxy_ssl_name localhost; proxy_pass https://ours; }}
    location /old {{ proxy_ssl_name localhost; proxy_ssl_protocols TLSv1.2; proxy_pass https://127.0.0.1:{ours}; }}
    location /elsewhere {{ proxy_ssl_name elsewhere.example; proxy_pass https://ours; }}
    location /shown {{
      proxy_ssl_name localhost;
      proxy_ssl_certificate {cert};
      proxy_ssl_certificate_key {key};
      proxy_pass https://127.0.0.1:{mutual};
    }}
    location /hidden {{ proxy_ssl_name localhost; proxy_pass https://127.0.0.1:{mutual}; }}
  }}
  server {{
    listen 127.0.0.1:{secured} ssl;
    ssl_certificate {cert};
    ssl_certificate_key {key};
    ssl_protocols TLSv1.2 TLSv1.3;
    root {folder}/files;
  }}
}}
"""


class Nginx(peers.Peers):
    def setUp(self):
        self.server = self.serve("--http", "yes", "--limit", str(16 << 20))
        self.mutual = self.serve("--http", "yes", "--mutual", "yes")
        self.plain, self.secured = peers.free_port(), peers.free_port()
        files = FOLDER / "files"
        files.mkdir(exist_ok=True)
        (files / "much").write_bytes(bytes(range(256)) * 8192)
        configuration = FOLDER / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(
            folder=FOLDER, user="user root;" if getpass.getuser() == "root" else "", ours=self.server.port,
            mutual=self.mutual.port, plain=self.plain, secured=self.secured, root=ROOT, cert=CERT, key=KEY))
        self.nginx = subprocess.Popen([NGINX, "-p", FOLDER, "-e", FOLDER / "error.log", "-c", configuration],
                                      stderr=subprocess.PIPE)
        self.addCleanup(self.stop)
        self.wait_until_it_listens()

    def stop(self):
        self.nginx.terminate()
        self.nginx.communicate(timeout=TIMEOUT_S)

    def wait_until_it_listens(self):
        end = time.monotonic() + TIMEOUT_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.secured), 1).close()
                return
            except OSError:
                self.assertIsNone(self.nginx.poll(), self.nginx.poll() and self.nginx.stderr.read())
                self.assertLess(time.monotonic(), end)
                time.sleep(0.05)

    def get(self, path, body=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.plain}{path}", body)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=TIMEOUT_S) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, Path(FOLDER / "error.log").read_text(encoding="utf-8")

    def test_as_our_client(self):
        for n in range(3):
            self.assertEqual(self.get(f"/{n}"), (200, f"GET /{n} HTTP/1.1\n".encode()))
        self.assertEqual(self.get("/old"), (200, b"GET /old HTTP/1.1\n"))
        much = bytes(range(256)) * 8192
        self.assertEqual(self.get("/much", much), (200, b"POST /much HTTP/1.1\n" + much))
        self.assertEqual(self.get("/shown"), (200, b"GET /shown HTTP/1.1\n"))
        self.stop()
        self.server.wait_for("^ended TLSv1.2 .* sni=localhost ")
        # A connection that it kept for more requests ends without close_notify when nginx ends.
        self.server.wait_for("^ended TLSv1.3 .* sni=localhost .*: the peer ended the connection without close_notify$")

    def test_as_a_client_that_is_refused(self):
        status, log = self.get("/elsewhere")
        self.assertEqual(status, 502)
        self.assertIn('upstream SSL certificate does not match "elsewhere.example"', log)
        status, log = self.get("/hidden")
        self.assertIn(status, (400, 502))
        self.mutual.wait_for("^failed handshake: peer did not return a certificate$")

    def test_as_our_server(self):
        request = b"GET /much HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        for words, version in (((), "TLSv1.3"), (("--most", "1.2"), "TLSv1.2")):
            back, said = self.connect(self.secured, request, "--take", str(32 << 20), *words)
            head, _, body = back.partition(b"\r\n\r\n")
            self.assertTrue(head.startswith(b"HTTP/1.1 200 "), head)
            self.assertEqual(body, bytes(range(256)) * 8192)
            self.assertRegex(said, f"^ended {version} .*: eof$")


if __name__ == "__main__":
    peers.main()
