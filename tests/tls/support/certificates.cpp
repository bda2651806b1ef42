// SPDX-License-Identifier: BSL-1.0
// An authority, a server and a client.
#include "certificates.hpp"

#include <cstddef>

namespace penstock_test {

const identity& root() {
  static const identity made = issue({.common_name = "the root", .authority = true});
  return made;
}

const identity& localhost(key_kind kind) {
  static const identity made[] = {issue({.common_name = "localhost", .key = key_kind::ec}, &root()),
                                  issue({.common_name = "localhost", .key = key_kind::rsa}, &root()),
                                  issue({.common_name = "localhost", .key = key_kind::ed25519}, &root())};
  return made[static_cast<std::size_t>(kind)];
}

const identity& client_of_root() {
  static const identity made = issue({.common_name = "a client", .names = {}, .usage = "clientAuth"}, &root());
  return made;
}

}  // namespace penstock_test
