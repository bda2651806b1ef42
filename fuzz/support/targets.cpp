// SPDX-License-Identifier: BSL-1.0
// The table of runs that penstock-replay can show.
#include "targets.hpp"

namespace penstock::fuzz {

std::span<const target> targets() noexcept {
  static constexpr target all[] = {
      {"reader_ops", run_reader_ops},     {"chunking", run_chunking},     {"search", run_search},
      {"writer_ops", run_writer_ops},     {"buffer_ops", run_buffer_ops}, {"connect_race", run_connect_race},
      {"api_sequence", run_api_sequence}, {"cancel", run_cancel},         {"handlers", run_handlers},
#if defined(PENSTOCK_FUZZ_EPOLL)
      {"epoll_faulty", run_epoll_faulty},
#endif
#if defined(PENSTOCK_FUZZ_TLS)
      {"start_tls", run_start_tls},       {"tls_pair", run_tls_pair},     {"tls_raw", run_tls_raw},
      {"tls_tamper", run_tls_tamper},     {"upgrade", run_upgrade},
#endif
  };
  return all;
}

}  // namespace penstock::fuzz
