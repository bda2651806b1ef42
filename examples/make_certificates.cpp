// SPDX-License-Identifier: BSL-1.0
// Files to try TLS with: an authority, and a certificate of its that is good for a day.
//
//   make_certificates FOLDER [NAME...]     localhost and 127.0.0.1 unless told
//
// root.pem is whom to trust, cert.pem and key.pem are for a server, or for a client that has to show one;
// rsa-cert.pem and rsa-key.pem are the same by another key.
#include <arpa/inet.h>

#include <cstdio>
#include <fstream>
#include <stdexcept>
#include <string>

#include <penstock/testing/certificates.hpp>

namespace {

using namespace penstock::testing;

std::string folder;

void write(const std::string& name, const std::string& text) {
  const std::string path = folder + '/' + name;
  std::ofstream file(path);
  if (!(file << text).flush()) throw std::runtime_error(path + " cannot be written");
}

void write(const std::string& prefix, const identity& made) {
  write(prefix + "cert.pem", made.certificate_pem());
  write(prefix + "key.pem", made.key_pem());
}

std::string alternative_name(const std::string& name) {
  unsigned char address[16];
  const bool is_address =
      inet_pton(AF_INET, name.c_str(), address) == 1 || inet_pton(AF_INET6, name.c_str(), address) == 1;
  return (is_address ? "IP:" : "DNS:") + name;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) throw std::invalid_argument("usage: make_certificates FOLDER [NAME...]");
  folder = argv[1];
  certificate_request wanted = {.common_name = argc > 2 ? argv[2] : "localhost"};
  if (argc > 2) wanted.names.clear();
  for (int i = 2; i < argc; ++i) wanted.names.push_back(alternative_name(argv[i]));

  const identity root = issue({.common_name = "an authority for tests", .authority = true});
  write("root.pem", root.certificate_pem());
  write("", issue(wanted, &root));
  wanted.key = key_kind::rsa;
  write("rsa-", issue(wanted, &root));
} catch (const std::exception& e) {
  std::fprintf(stderr, "make_certificates: %s\n", e.what());
  return 1;
}
