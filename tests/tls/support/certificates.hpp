// SPDX-License-Identifier: BSL-1.0
// The identities that most tests use, made once a program.
#pragma once

#include <penstock/testing/certificates.hpp>

namespace penstock_test {

using penstock::testing::certificate_request;
using penstock::testing::identity;
using penstock::testing::issue;
using penstock::testing::key_kind;

const identity& root();                              // an authority
const identity& localhost(key_kind = key_kind::ec);  // of root(), DNS:localhost and IP:127.0.0.1
const identity& client_of_root();                    // of root(), for clients

}  // namespace penstock_test
