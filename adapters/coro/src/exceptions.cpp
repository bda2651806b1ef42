// SPDX-License-Identifier: BSL-1.0
// Which error is which exception.
#include <penstock/coro/exceptions.hpp>

#include <stdexcept>
#include <utility>

namespace penstock { inline namespace v0 {

incomplete_read_error::incomplete_read_error(std::string partial_bytes, std::size_t expected_bytes)
    : std::system_error(errc::incomplete_read,
                        std::to_string(partial_bytes.size()) + " bytes read on a total of " +
                            (expected_bytes == 0 ? "undefined" : std::to_string(expected_bytes)) + " expected bytes"),
      partial(std::move(partial_bytes)),
      expected(expected_bytes) {}

limit_overrun_error::limit_overrun_error(std::size_t consumed_bytes, bool separator_found)
    : std::system_error(errc::limit_overrun, separator_found ? "Separator is found, but chunk is longer than limit"
                                                             : "Separator is not found, and chunk exceed the limit"),
      consumed(consumed_bytes) {}

void throw_error(std::error_code ec) {
  if (ec.category() == category()) {
    switch (static_cast<errc>(ec.value())) {
      case errc::read_in_progress:
      case errc::write_after_eof:
      case errc::closed: throw std::logic_error(ec.message());
      case errc::empty_separator:
      case errc::too_many_separators:
      case errc::bad_option: throw std::invalid_argument(ec.message());
      case errc::limit_overrun:
      case errc::incomplete_read:
      case errc::buffer_full:
      case errc::not_connected:
      case errc::timed_out:
      case errc::canceled:
      case errc::no_memory:
      case errc::resolver_busy: break;
    }
  }
  throw std::system_error(ec);
}

void throw_negative_size() { throw std::invalid_argument("a size must not be negative; to read to the end: read()"); }

void throw_outcome(const read_outcome& out) {
  switch (out.status()) {
    case read_status::incomplete: throw incomplete_read_error(std::string(out.text()), out.expected());
    case read_status::limit_overrun: throw limit_overrun_error(out.consumed(), out.separator_found());
    case read_status::failed: throw_error(out.error());
    case read_status::need_more:
    case read_status::data:
    case read_status::eof: break;
  }
  PENSTOCK_UNREACHABLE();
}

}}  // namespace penstock::v0
