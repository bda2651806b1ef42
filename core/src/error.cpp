// SPDX-License-Identifier: BSL-1.0
// The texts of penstock's errors and the std::errc conditions that they equal.
#include <penstock/error.hpp>

#include <string>

namespace penstock { inline namespace v0 {
namespace {

class penstock_category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "penstock"; }

  std::string message(int value) const override {
    switch (static_cast<errc>(value)) {
      case errc::limit_overrun: return "no separator within the limit";
      case errc::incomplete_read: return "the stream ended inside what was asked for";
      case errc::buffer_full: return "the buffer's hard cap is reached (max_buffered, max_pending)";
      case errc::read_in_progress: return "another read is already waiting";
      case errc::write_after_eof: return "write after write_eof";
      case errc::not_connected: return "the connection is closed or lost";
      case errc::empty_separator: return "a separator must have at least one byte";
      case errc::too_many_separators: return "more than eight separators";
      case errc::bad_option: return "an option is out of its range";
      case errc::timed_out: return "the deadline passed";
      case errc::canceled: return "canceled";
      case errc::no_memory: return "no memory for a buffer";
      case errc::resolver_busy: return "too many names wait to be resolved";
      case errc::closed: return "already closed";
    }
    return "unknown penstock error " + std::to_string(value);
  }

  std::error_condition default_error_condition(int value) const noexcept override {
    switch (static_cast<errc>(value)) {
      case errc::buffer_full: return std::errc::no_buffer_space;
      case errc::read_in_progress: return std::errc::operation_in_progress;
      case errc::write_after_eof: return std::errc::broken_pipe;
      case errc::not_connected: return std::errc::not_connected;
      case errc::empty_separator:
      case errc::too_many_separators:
      case errc::bad_option: return std::errc::invalid_argument;
      case errc::timed_out: return std::errc::timed_out;
      case errc::canceled: return std::errc::operation_canceled;
      case errc::no_memory: return std::errc::not_enough_memory;
      case errc::resolver_busy: return std::errc::resource_unavailable_try_again;
      case errc::limit_overrun:
      case errc::incomplete_read:
      case errc::closed: break;
    }
    return {value, *this};
  }
};

// Made at compile time and never destroyed: asking for it asks nothing, however late.
union lasting {
  constexpr lasting() noexcept : category() {}
  ~lasting() {}
  penstock_category category;
};
constinit const lasting instance;

}  // namespace

PENSTOCK_HOT const std::error_category& category() noexcept { return instance.category; }

}}  // namespace penstock::v0
