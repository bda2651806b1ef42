// SPDX-License-Identifier: BSL-1.0
// Two contexts meet once: what each made of the other.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <system_error>

#include <gtest/gtest.h>

#include "tls/support/certificates.hpp"
#include "tls/support/conversation.hpp"
#include "tls/support/joined.hpp"

namespace penstock_test {

struct outcome {
  std::error_code client;
  std::error_code server;
  std::string alpn;
  std::string at_server;
  std::string subject;
  std::string sni;
  bool carried = false;
  bool reused = false;
  tls::session session;
};

inline outcome meet(const tls::context& at_client, const tls::context& at_server, const tls::session* resume = nullptr,
                    std::string_view host = "localhost") {
  settings wanted;
  wanted.client.server_hostname = host;
  wanted.session.resume = resume;
  joined ends(at_client, at_server, wanted);
  conversation talk(ends, 20, 20);
  ends.drive();
  outcome seen{talk.client_hears.error, talk.server_hears.error, {}, {}, {}, {}, talk.all_heard(), false, {}};
  if (!seen.carried) return seen;
  EXPECT_EQ(ends.client.wire->session_reused(), ends.server.wire->session_reused());
  seen.reused = ends.client.wire->session_reused();
  seen.alpn = ends.client.wire->alpn();
  seen.at_server = ends.server.wire->alpn();
  seen.sni = ends.server.wire->server_name();
  seen.subject = ends.client.wire->peer_certificate()->subject;
  seen.session = ends.client.wire->session();
  ends.client.stream.close();
  ends.server.stream.close();
  ends.drive_to_the_end();
  return seen;
}

inline tls::context named_server(const std::string& name, const std::function<void(tls::context_builder&)>& more = {}) {
  const identity own = issue({.common_name = name, .names = {"DNS:" + name, "DNS:localhost"}}, &root());
  return server_context([&](tls::context_builder& b) {
    b.certificate(own.certificate.get()).private_key(own.key.get());
    if (more) more(b);
  });
}

}  // namespace penstock_test
