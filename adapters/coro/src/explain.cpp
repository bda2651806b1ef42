// SPDX-License-Identifier: BSL-1.0
// A waiting stream in one line.
#include <penstock/coro/stream.hpp>

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
  }
  PENSTOCK_UNREACHABLE();
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
  s.writers_.for_each([&](const write_waiter& w) { add(name(w.level), w.since); });
  if (waits.empty()) return {};
  std::string line = s.get_extra_info("sockname", "a stream") + " <-> " + s.get_extra_info("peername", "?");
  line += " waits: " + waits + "; " + describe(s.connection_);
  if (s.reading_paused_) line += " reading paused";
  return line;
}

}}  // namespace penstock::v0
