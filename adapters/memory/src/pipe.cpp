// SPDX-License-Identifier: BSL-1.0
// Fragments, delays and faults of one direction.
#include <penstock/memory/pipe.hpp>

#include <algorithm>
#include <cstring>
#include <new>
#include <system_error>

#include <penstock/error.hpp>

namespace penstock { inline namespace v0 { namespace memory {
namespace {

transfer failed(std::errc e) { return {.error = std::make_error_code(e)}; }

}  // namespace

// xorshift: the same numbers everywhere.
std::uint64_t pipe::below(std::uint64_t n) noexcept {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return random_ % n;
}

std::size_t pipe::fragment_size() noexcept {
  const std::size_t least = std::max<std::size_t>(plan_.fragment_min, 1);
  const std::size_t most = std::max(plan_.fragment_max, least);
  return most == least ? least : least + static_cast<std::size_t>(below(most - least + 1));
}

time_point pipe::arrival(time_point now) noexcept {
  const std::int64_t spread = plan_.delay_max.count() - plan_.delay_min.count();
  duration delay = plan_.delay_min;
  if (spread > 0)
    delay = delay + duration::nanoseconds(static_cast<std::int64_t>(below(static_cast<std::uint64_t>(spread) + 1)));
  return last_arrival_ = std::max(last_arrival_, now + delay);
}

transfer pipe::send(std::span<const std::string_view> parts, time_point now) noexcept {
  if (sends_++ == plan_.send_error_at) return failed(std::errc::io_error);
  if (reset_) return failed(std::errc::connection_reset);
  if (refused_) return failed(std::errc::broken_pipe);
  const std::size_t capacity = std::max<std::size_t>(plan_.capacity, 1);
  std::size_t left = std::min(fragment_size(), capacity - std::min(held_, capacity));
  std::size_t count = 0;
  try {
    std::string bytes;
    for (const std::string_view part : parts) {
      const std::string_view now_sent = part.substr(0, left);
      bytes += now_sent;
      left -= now_sent.size();
      if (left == 0) break;
    }
    count = bytes.size();
    if (count != 0) under_way_.push_back({arrival(now), std::move(bytes)});
  } catch (const std::bad_alloc&) {
    return {.error = errc::no_memory};
  }
  held_ += count;
  return {.count = count, .blocked = held_ >= capacity};
}

void pipe::end(time_point now) noexcept {
  if (ended_ || reset_) return;
  ended_ = true;
  arrival(now);
}

void pipe::reset() noexcept {
  reset_ = true;
  under_way_.clear();
  held_ = 0;
}

// Of what is under way, the end behind the bytes; never() if nothing is.
time_point pipe::first_arrival() const noexcept {
  if (!under_way_.empty()) return under_way_.front().arrives;
  return ended_ ? last_arrival_ : time_point::never();
}

bool pipe::readable(time_point now) const noexcept {
  if (reset_) return true;
  if (stalled() || end_seen_) return false;
  if (arrived_ >= plan_.end_after || arrived_ >= plan_.reset_after) return true;
  return first_arrival() <= now;
}

time_point pipe::next_arrival(time_point now) const noexcept {
  return readable(now) || reset_ || stalled() || end_seen_ ? time_point::never() : first_arrival();
}

transfer pipe::receive(std::span<char> into, time_point now) noexcept {
  if (receives_++ == plan_.receive_error_at) return failed(std::errc::io_error);
  if (!reset_ && arrived_ >= plan_.reset_after) reset();
  if (reset_) return failed(std::errc::connection_reset);
  if (!readable(now)) return {.blocked = true};
  if (arrived_ >= plan_.end_after || under_way_.empty()) {
    end_seen_ = true;
    return {.ended = true};
  }
  std::string& first = under_way_.front().bytes;
  std::size_t n = std::min({first.size(), into.size(), fragment_size()});
  for (const std::uint64_t border : {plan_.stall_after, plan_.end_after, plan_.reset_after})
    n = static_cast<std::size_t>(std::min<std::uint64_t>(n, border - arrived_));
  std::memcpy(into.data(), first.data(), n);
  first.erase(0, n);
  if (first.empty()) under_way_.pop_front();
  held_ -= n;
  arrived_ += n;
  return {.count = n, .blocked = !readable(now)};
}

}}}  // namespace penstock::v0::memory
