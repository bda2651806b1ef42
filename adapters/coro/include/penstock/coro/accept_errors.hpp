// SPDX-License-Identifier: BSL-1.0
// What an error of accept says to a listener: for those who write one over sockets.
#pragma once

#include <cerrno>
#include <cstdint>

namespace penstock { inline namespace v0 { namespace detail {

enum class accept_error : std::uint8_t {
  of_a_client,    // what Linux passes on of a connection that failed already: the next one is asked for
  of_the_socket,  // it listens no more, or never did
  lasting,        // nothing to accept with, or a security module forbids it: later, and not all the time (R107, I-34)
};

constexpr accept_error kind_of_accept_error(int error) noexcept {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENOPROTOOPT:
    case EOPNOTSUPP:
    case ENETDOWN:
    case ENETUNREACH:
    case EHOSTUNREACH:
#ifdef EHOSTDOWN
    case EHOSTDOWN:
#endif
#ifdef ENONET
    case ENONET:
#endif
      return accept_error::of_a_client;
    case EBADF:
    case EINVAL:
    case ENOTSOCK: return accept_error::of_the_socket;
    default: return accept_error::lasting;
  }
}

}}}  // namespace penstock::v0::detail
