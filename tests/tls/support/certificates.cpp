// SPDX-License-Identifier: BSL-1.0
// An authority, a server and a client.
#include "certificates.hpp"

namespace penstock_test {

const identity& root() {
  static const identity made = issue({.common_name = "the root", .authority = true});
  return made;
}

// Each is made when it is asked for: an RSA key takes a tenth of a second.
const identity& localhost(key_kind kind) {
  const auto issued = [kind] { return issue({.common_name = "localhost", .key = kind}, &root()); };
  if (kind == key_kind::rsa) {
    static const identity by_rsa = issued();
    return by_rsa;
  }
  if (kind == key_kind::ed25519) {
    static const identity by_ed25519 = issued();
    return by_ed25519;
  }
  static const identity by_ec = issued();
  return by_ec;
}

const identity& client_of_root() {
  static const identity made = issue({.common_name = "a client", .names = {}, .usage = "clientAuth"}, &root());
  return made;
}

}  // namespace penstock_test
