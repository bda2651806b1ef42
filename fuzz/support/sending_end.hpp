// SPDX-License-Identifier: BSL-1.0
// A write_half alone or the one of a connection, through one face.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include <penstock/connection.hpp>
#include <penstock/write_half.hpp>

#include "writer_model.hpp"

namespace penstock::fuzz {

class sending_end {
 public:
  sending_end(writer_model::kind what, write_options options, block_source& blocks)
      : end_(std::in_place_type<write_half>, options, blocks) {
    if (what == writer_model::kind::connection)
      end_.emplace<penstock::connection>(read_options{}, options, blocks);
  }

  // The connection, or null.
  penstock::connection* connection() noexcept { return std::get_if<penstock::connection>(&end_); }
  const write_half& half() const noexcept {
    if (const auto* c = std::get_if<penstock::connection>(&end_)) return c->out();
    return *std::get_if<write_half>(&end_);
  }

  template <class Bytes>
  std::error_code write(Bytes&& bytes) noexcept {
    return std::visit([&](auto& end) { return end.write(std::forward<Bytes>(bytes)); }, end_);
  }
  std::error_code writelines(std::span<const std::string_view> parts) noexcept {
    return std::visit([&](auto& end) { return end.writelines(parts); }, end_);
  }
  std::error_code write_eof() noexcept {
    return std::visit([](auto& end) { return end.write_eof(); }, end_);
  }
  std::error_code set_limits(write_options options) noexcept {
    return connection() != nullptr ? connection()->set_write_limits(options) : bare().set_limits(options);
  }
  void close() noexcept { connection() != nullptr ? connection()->close() : bare().refuse(); }
  void abort() noexcept { connection() != nullptr ? connection()->abort() : bare().drop(); }
  void lost(std::error_code ec) noexcept { connection() != nullptr ? connection()->lost(ec) : bare().drop(); }

  wire_step next(std::span<std::string_view> segments, std::size_t& count) noexcept {
    if (connection() != nullptr) return connection()->next_output(segments, count);
    count = bare().gather(segments);
    switch (bare().next()) {
      case write_step::idle: return wire_step::idle;
      case write_step::send: return wire_step::send;
      case write_step::shutdown: return wire_step::shutdown;
    }
    return wire_step::close;
  }
  void consume(std::size_t n) noexcept { connection() != nullptr ? connection()->consume_output(n) : bare().consume(n); }
  void shut_down() noexcept { connection() != nullptr ? connection()->output_shut_down() : bare().shut_down(); }
  void settle() noexcept { connection() != nullptr ? connection()->settle_input() : bare().settle(); }
  void validate() const noexcept {
    std::visit([](const auto& end) { end.validate(); }, end_);
  }

 private:
  write_half& bare() noexcept { return *std::get_if<write_half>(&end_); }

  std::variant<write_half, penstock::connection> end_;
};

}  // namespace penstock::fuzz
