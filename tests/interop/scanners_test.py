# SPDX-License-Identifier: BSL-1.0
"""sslscan and testssl.sh look at penstock-echo-server: no finding above LOW but those of a certificate that was made
for a day.

    scanners_test.py BIN_DIR [unittest's arguments]
"""
import json
import xml.etree.ElementTree

import peers
from peers import BIN_DIR, CERT, FOLDER, KEY

SSLSCAN = peers.need("sslscan", "sslscan testssl.sh")
TESTSSL = peers.need("testssl", "sslscan testssl.sh")

# What is wrong with the certificate, and cannot be helped.
OF_THE_CERTIFICATE = {
    "cert_chain_of_trust": "its authority is made for it",
    "cert_expirationStatus": "it is good for a day",
    "cert_notAfter": "it is good for a day",
    "cert_revocation": "nobody could revoke it",
}
HARMLESS = ("OK", "INFO", "LOW", "DEBUG", "WARN")  # the last two are of the scanner itself
CIPHERS = {
    ("TLSv1.3", "TLS_AES_256_GCM_SHA384"), ("TLSv1.3", "TLS_CHACHA20_POLY1305_SHA256"),
    ("TLSv1.3", "TLS_AES_128_GCM_SHA256"), ("TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384"),
    ("TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256"), ("TLSv1.2", "ECDHE-ECDSA-CHACHA20-POLY1305"),
}


class Scanners(peers.Peers):
    def setUp(self):
        self.server = self.run_beside([BIN_DIR / "penstock-echo-server", "--port", "0", "--cert", CERT, "--key", KEY],
                                      r"^listening .* port (\d+)")
        self.address = f"127.0.0.1:{self.server.port}"

    def tearDown(self):
        self.assertIsNone(self.server.process.poll(), "the server lives on")

    def test_sslscan(self):
        _, said = self.run_to_end(SSLSCAN, "--xml=-", self.address)
        seen = xml.etree.ElementTree.fromstring(said[said.index("<?xml"):]).find("ssltest")
        enabled = {(one.get("type"), one.get("version")) for one in seen.iter("protocol") if one.get("enabled") != "0"}
        self.assertEqual(enabled, {("tls", "1.2"), ("tls", "1.3")})
        self.assertEqual({(one.get("sslversion"), one.get("cipher")) for one in seen.iter("cipher")}, CIPHERS)
        self.assertEqual(seen.find("renegotiation").get("supported"), "0")
        self.assertEqual({one.get("vulnerable") for one in seen.iter("heartbleed")}, {"0"})

    def test_testssl(self):
        """Protocols, ciphers, forward secrecy, what the server says of itself, and the known attacks."""
        findings = FOLDER / "findings.json"
        peers.TIMEOUT_S = 600  # it waits much, and on a busy machine more
        _, said = self.run_to_end(TESTSSL, "--quiet", "--color", "0", "--warnings", "off", "--jsonfile", findings, "-p",
                                  "-s", "-f", "-S", "-U", self.address)
        found = {one["id"]: one for one in json.loads(findings.read_text(encoding="utf-8"))}
        for kind in ("TLS1_3", "PFS", "heartbleed", "ROBOT", "cert_keySize"):
            self.assertIn(kind, found, said)  # it has looked
        bad = {name for name, one in found.items() if one["severity"] not in HARMLESS}
        self.assertEqual({name: found[name] for name in bad - set(OF_THE_CERTIFICATE)}, {})
        self.assertEqual(bad, set(OF_THE_CERTIFICATE))


if __name__ == "__main__":
    peers.main()
