// SPDX-License-Identifier: BSL-1.0
// A user's program with a component that needs a package of others.
#include <cstdio>
#include <system_error>

#include <penstock/tls.hpp>

int main() {
  std::error_code ec;
  const penstock::tls::context context = penstock::tls::context::default_client(ec);
  penstock::connection inner;
  const penstock::wire_handle outside = context.wrap(inner, {.server_hostname = "example.com"}, ec);
  if (!outside || ec) return 1;
  std::string_view hello;
  std::size_t count = 0;
  if (outside->next_output({&hello, 1}, count) != penstock::wire_step::send || hello.front() != '\x16') return 1;
  std::puts("hello, tls");
}
