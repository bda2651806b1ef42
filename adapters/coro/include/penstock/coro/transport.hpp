// SPDX-License-Identifier: BSL-1.0
// asyncio's transport, as a stream's writer hands it out.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {

struct write_buffer_limits {
  std::size_t low;
  std::size_t high;
};

class PENSTOCK_API transport {
 public:
  transport(const transport&) = delete;
  transport& operator=(const transport&) = delete;

  // Nothing is received until resume_reading(); what was received is still read (R81). Both
  // idempotent, both nothing once closing.
  virtual void pause_reading() noexcept = 0;
  virtual void resume_reading() noexcept = 0;
  virtual bool is_reading() const noexcept = 0;

  // One of them alone decides the other: low is high / 4, high is 4 * low; neither: 16 KiB and 64 KiB.
  // max_pending grows to twice high where it is less. Throws std::invalid_argument unless high >= low (R75).
  virtual void set_write_buffer_limits(std::optional<std::size_t> high = std::nullopt,
                                       std::optional<std::size_t> low = std::nullopt) = 0;
  virtual write_buffer_limits get_write_buffer_limits() const noexcept = 0;
  virtual std::size_t get_write_buffer_size() const noexcept = 0;  // bytes; O(1) (R76)

  virtual bool can_write_eof() const noexcept = 0;
  virtual std::error_code write_eof() noexcept = 0;  // the FIN follows what is queued (R80)
  virtual bool is_closing() const noexcept = 0;
  virtual void close() noexcept = 0;  // what is queued leaves within close_flush, then the end (R78)
  virtual void abort() noexcept = 0;  // drops what is queued, with a reset where the transport has one (R79)

  // Printable text for asyncio's keys, `otherwise` for unknown ones; the same after the connection
  // is lost (R68).
  std::string get_extra_info(std::string_view key, std::string_view otherwise = {}) const {
    std::string known = extra_info(key);
    if (known.empty()) known = layer_info(key);
    return known.empty() ? std::string(otherwise) : known;
  }

 protected:
  transport() = default;
  virtual ~transport() = default;
  virtual std::string extra_info(std::string_view key) const = 0;  // empty: unknown
  // Of what is around the connection.
  virtual std::string layer_info(std::string_view key) const {
    static_cast<void>(key);
    return {};
  }
};

}}  // namespace penstock::v0
