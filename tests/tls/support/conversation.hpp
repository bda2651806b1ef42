// SPDX-License-Identifier: BSL-1.0
// Both ends say a text and listen to the other's.
#pragma once

#include <cstddef>
#include <functional>

#include "tls/support/joined.hpp"

namespace penstock_test {

struct conversation {
  conversation(joined& ends, std::size_t from_client, std::size_t from_server, std::size_t piece = 100'000)
      : client_says{ends.client.stream, prose(from_client, 7), piece, false},
        server_says{ends.server.stream, prose(from_server, 9), piece, false},
        client_hears{ends.client.stream},
        server_hears{ends.server.stream} {
    ends.client.application = both(client_says, client_hears);
    ends.server.application = both(server_says, server_hears);
  }

  bool all_heard() const { return server_hears.heard == client_says.text && client_hears.heard == server_says.text; }

  speaker client_says;
  speaker server_says;
  listener client_hears;
  listener server_hears;
};

}  // namespace penstock_test
