// SPDX-License-Identifier: BSL-1.0
// One handler served on each adapter, until SIGTERM or SIGINT.
#pragma once

#include <cstddef>

#include <penstock/coro.hpp>

struct echo_options {
  std::size_t port = 0;
  std::size_t limit = 64 * 1024;
  const penstock::filter* ssl = nullptr;
};

void serve_on_epoll(penstock::connection_handler handler, const echo_options& wanted);
// std::invalid_argument where there was no Asio when it was built.
void serve_on_asio(penstock::connection_handler handler, const echo_options& wanted);
