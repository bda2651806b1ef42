// SPDX-License-Identifier: BSL-1.0
// A waiting stream in one line.
#include <penstock/coro/stream.hpp>
#include <penstock/coro/upgrade.hpp>

#include <cstdint>
#include <cstdio>

#include <penstock/describe.hpp>

namespace penstock { inline namespace v0 {
namespace {

std::string_view name(write_level level) noexcept {
  switch (level) {
    case write_level::drained: return "drain";
    case write_level::flushed: return "flush";
    case write_level::closed: return "wait_closed";
    case write_level::established: return "handshake";
  }
  PENSTOCK_UNREACHABLE();
}

// What is around the connection, by its own name where it has one.
std::string layer_of(const stream& s) {
  std::string own = s.get_extra_info("layer");
  return own.empty() ? "the filter" : own;
}

// Which layer keeps the reader waiting, and for what.
std::string reason_to_read(const stream& s, bool paused) {
  if (paused) return "the application to resume reading";
  if (s.inner().input_room() == 0) return "room in the buffer";
  if (s.layered() && s.outer().input_room() == 0) return layer_of(s);
  return s.layered() ? "bytes of the peer through " + layer_of(s) : "bytes of the peer";
}

std::string reason_to_write(const stream& s) {
  const std::size_t n = s.inner().out().pending();
  if (!s.outer().handshake_done()) return layer_of(s) + " to agree with the peer";
  if (n == 0) return s.inner().is_closing() ? "the transport to close" : "somebody to close";
  return "the peer to take " + std::to_string(n) + " bytes" + (s.layered() ? " through " + layer_of(s) : "");
}

// Where the reader is an upgrade: what leaves before it.
std::size_t unsent_before(const read_waiter& reader) noexcept {
  return static_cast<const detail::upgrade&>(reader).unsent();
}

std::string seconds(duration d) {
  char text[40];
  std::snprintf(text, sizeof text, "%.3f s", static_cast<double>(d.count()) / 1e9);
  return text;
}

}  // namespace

std::string explain(const stream& s) {
  if (s.loop_ == nullptr) return {};
  const time_point now = s.loop_->now();
  std::string waits;
  const auto add = [&](std::string_view what, time_point since) {
    waits += waits.empty() ? "" : ", ";
    waits += what;
    waits += " for " + seconds(now - since);
  };
  if (s.reader_ != nullptr) add(s.reader_->what->operation, s.reader_->since);
  s.writers_.for_each([&](const write_waiter& w) {
    if (!s.upgrading_ || w.level != write_level::established) add(name(w.level), w.since);
  });
  if (waits.empty()) return {};
  std::string line = s.get_extra_info("sockname", "a stream") + " <-> " + s.get_extra_info("peername", "?");
  line += " waits: " + waits;
  if (s.upgrading_)
    line += "; the filter waits for the peer to take " + std::to_string(unsent_before(*s.reader_)) + " bytes";
  else if (s.reader_ != nullptr)
    line += "; reading waits for " + reason_to_read(s, s.reading_paused_);
  if (!s.upgrading_ && !s.writers_.empty()) line += "; writing waits for " + reason_to_write(s);
  line += "; " + describe(s.connection_);
  if (s.reading_paused_) line += " reading paused";
  return line;
}

}}  // namespace penstock::v0
