// SPDX-License-Identifier: BSL-1.0
// What an error of accept says to a listener, and how it starves politely: for those who write one over sockets.
#pragma once

#include <cerrno>
#include <cstdint>

#include <penstock/time.hpp>

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

inline constexpr unsigned accepts_a_turn = 64;
inline constexpr duration accept_again_after = duration::nanoseconds(100'000'000);

// Of a lasting error the first report, and behind it one a second.
class accept_reports {
 public:
  bool due(time_point now) noexcept {
    if (last_ != time_point() && now - last_ < duration::nanoseconds(1'000'000'000)) return false;
    last_ = now;
    return true;
  }

 private:
  time_point last_{};
};

}}}  // namespace penstock::v0::detail
