// SPDX-License-Identifier: BSL-1.0
// What an asio_loop is made of.
#pragma once

#include <boost/asio/io_context.hpp>

#include <penstock/asio.hpp>

#include "asio_loop.hpp"

namespace penstock_test {

struct asio_loop::parts {
  boost::asio::io_context context{1};
  penstock::asio::event_loop loop{context};
};

}  // namespace penstock_test
