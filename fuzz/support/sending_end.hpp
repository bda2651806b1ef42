// SPDX-License-Identifier: BSL-1.0
// A write_half alone or the one of a connection, through one face; the connection as the wire that
// its transport owns.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include <penstock/connection.hpp>
#include <penstock/wire.hpp>
#include <penstock/write_half.hpp>

#include "writer_model.hpp"

namespace penstock::fuzz {

class sending_end {
 public:
  sending_end(writer_model::kind what, write_options options, block_source& blocks, read_options reading = {})
      : half_(options, blocks) {
    if (what == writer_model::kind::connection) wire_ = wire_handle(new penstock::connection(reading, options, blocks));
  }

  // The connection and what its transport sees of it, or null.
  penstock::connection* connection() noexcept { return static_cast<penstock::connection*>(wire_.get()); }
  const penstock::connection* connection() const noexcept { return static_cast<penstock::connection*>(wire_.get()); }
  penstock::wire& wire() noexcept { return *wire_; }
  const write_half& half() const noexcept { return wire_ ? connection()->out() : half_; }

  template <class Bytes>
  std::error_code write(Bytes&& bytes) noexcept {
    return wire_ ? connection()->write(std::forward<Bytes>(bytes)) : half_.write(std::forward<Bytes>(bytes));
  }
  std::error_code writelines(std::span<const std::string_view> parts) noexcept {
    return wire_ ? connection()->writelines(parts) : half_.writelines(parts);
  }
  std::error_code write_eof() noexcept { return wire_ ? connection()->write_eof() : half_.write_eof(); }
  std::error_code set_limits(write_options options) noexcept {
    return wire_ ? connection()->set_write_limits(options) : half_.set_limits(options);
  }
  void close() noexcept { wire_ ? connection()->close() : half_.refuse(); }
  void abort() noexcept { wire_ ? connection()->abort() : half_.drop(); }
  void lost(std::error_code ec) noexcept { wire_ ? wire_->lost(ec) : half_.drop(); }

  wire_step next(std::span<std::string_view> segments, std::size_t& count) noexcept {
    if (wire_) return wire_->next_output(segments, count);
    count = half_.gather(segments);
    switch (half_.next()) {
      case write_step::idle: return wire_step::idle;
      case write_step::send: return wire_step::send;
      case write_step::shutdown: return wire_step::shutdown;
    }
    return wire_step::close;
  }
  void consume(std::size_t n) noexcept { wire_ ? wire_->consume_output(n) : half_.consume(n); }
  void shut_down() noexcept { wire_ ? wire_->output_shut_down() : half_.shut_down(); }
  void settle() noexcept { wire_ ? wire_->settle_input() : half_.settle(); }
  void validate() const noexcept { wire_ ? connection()->validate() : half_.validate(); }

  // What a filter does: the transport's wire goes inwards and comes back.
  void move_wire() noexcept {
    wire_handle taken(std::move(wire_));
    wire_ = std::move(taken);
  }

 private:
  write_half half_;
  wire_handle wire_;
};

}  // namespace penstock::fuzz
