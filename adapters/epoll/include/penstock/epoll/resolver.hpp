// SPDX-License-Identifier: BSL-1.0
// Names to addresses, without holding up the loop.
#pragma once

#include <string>
#include <system_error>
#include <vector>

#include <penstock/contract.hpp>
#include <penstock/coro/task.hpp>
#include <penstock/epoll/address.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

struct resolve_query {
  std::string host;     // empty: none given
  std::string service;  // a number or a name; empty: none given
  int family = AF_UNSPEC;
  int protocol = 0;
  int flags = 0;  // of getaddrinfo
};

struct resolve_answer {
  std::error_code error;  // getaddrinfo's in resolver_category(), errc::resolver_busy, errc::no_memory
  std::vector<address> addresses;
};

// The messages of getaddrinfo.
PENSTOCK_API const std::error_category& resolver_category() noexcept;

// A seam: options take one's own. Each query may be given up at any time.
class PENSTOCK_API resolver {
 public:
  virtual ~resolver() = default;
  virtual task<resolve_answer> resolve(resolve_query query) = 0;
};

// getaddrinfo in threads of the process: at most 4, made on demand, ended when idle; at most 256
// queries wait, further ones are answered errc::resolver_busy at once. Signals are blocked there. A
// query that was given up, with its loop or without, is not waited for.
PENSTOCK_API resolver& system_resolver() noexcept;

}}}  // namespace penstock::v0::epoll
