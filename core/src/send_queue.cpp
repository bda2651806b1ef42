// SPDX-License-Identifier: BSL-1.0
// How written bytes coalesce, and how little memory unsent ones keep.
#include <penstock/send_queue.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

namespace penstock { inline namespace v0 {
namespace {

constexpr std::size_t largest_segment =
    static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) - sizeof(send_segment);

owned_bytes& held(send_segment* segment) noexcept {
  return *std::launder(reinterpret_cast<owned_bytes*>(segment->bytes()));
}

}  // namespace

std::size_t send_queue::capacity() const noexcept {
  if (empty()) return 0;
  std::size_t sum = 0;
  const send_segment* segment = tail();
  do {
    segment = segment->next;
    sum += sizeof(send_segment) + segment->capacity;
  } while (segment != tail());
  return sum;
}

PENSTOCK_HOT send_segment* send_queue::allocate(std::size_t capacity) noexcept {
  if (capacity > largest_segment) return nullptr;
  block_source& blocks = *tail_->source;
  void* const memory = blocks.allocate(sizeof(send_segment) + capacity);
  if (memory == nullptr) return nullptr;
  auto* const segment =
      new (memory) send_segment{{&blocks, capacity}, nullptr, nullptr, nullptr, nullptr, false, false};
  segment->first = segment->last = segment->bytes();
  return segment;
}

PENSTOCK_HOT void send_queue::link(send_segment* segment) noexcept {
  if (empty()) {  // apart: written through pointers to itself, each step would wait for the one before it
    segment->next = segment->before = segment;
  } else {
    send_segment* const last = tail();
    segment->next = last->next;
    segment->before = last;
    last->next->before = segment;
    last->next = segment;
  }
  tail_ = segment;
}

PENSTOCK_HOT void send_queue::release(send_segment* segment) noexcept {
  if (segment->owned) held(segment).~owned_bytes();
  if (detail::poisoning()) unpoison(segment->bytes(), segment->capacity);
  segment->source->release(segment, sizeof(send_segment) + segment->capacity);
}

bool send_queue::append(std::span<const std::string_view> parts, std::size_t total) noexcept {
  close_room();
  if (total == 0) return true;
  const std::size_t room = tail_room();
  send_segment* fresh = nullptr;
  if (total > room) {
    const std::size_t rest = total - room;
    // Behind owned bytes the next ones may end it at once: what doubles there would mostly stay empty.
    const std::size_t usual = empty()         ? first_block
                              : tail()->owned ? smallest_block
                                              : std::clamp(pending_and_room_, smallest_block, largest_growth);
    fresh = allocate(std::max(rest, usual));
    if (fresh == nullptr) return false;
  }
  std::size_t left = room;
  for (std::string_view part : parts) {
    const std::size_t here = std::min(left, part.size());
    if (here != 0) put(tail(), part.data(), here);
    left -= here;
    if (here != part.size()) put(fresh, part.data() + here, part.size() - here);
  }
  if (fresh != nullptr) link(fresh);
  pending_and_room_ += total;
  moved_and_room_ += total;
  return true;
}

PENSTOCK_HOT [[gnu::flatten]] bool send_queue::append(std::string_view bytes) noexcept {
  if (!empty() || bytes.empty()) return append(std::span(&bytes, 1), bytes.size());
  // The first write of most turns: no room is open, and there is none to fill before.
  send_segment* const first = allocate(std::max(bytes.size(), first_block));
  if (first == nullptr) return false;
  put(first, bytes.data(), bytes.size());
  link(first);
  pending_and_room_ = bytes.size();
  moved_and_room_ += bytes.size();
  return true;
}

PENSTOCK_HOT void send_queue::open_room(std::size_t most) noexcept {
  const std::size_t room = std::min(most, tail_room());
  const std::size_t more = room - tail_->room;
  if (more == 0) return;  // the empty block is shared: it is not written to
  pending_and_room_ += more;
  moved_and_room_ += more;
  tail_->room = room;
}

bool send_queue::append(owned_bytes& bytes) noexcept {
  const std::string_view view = bytes.view();
  if (view.size() < worth_owning) {
    if (!append(view)) return false;
    const owned_bytes given_back(std::move(bytes));
    return true;
  }
  close_room();
  send_segment* const segment = allocate(sizeof(owned_bytes));
  if (segment == nullptr) return false;
  new (segment->bytes()) owned_bytes(std::move(bytes));
  segment->owned = true;
  segment->first = view.data();
  segment->last = view.data() + view.size();
  link(segment);
  pending_and_room_ += view.size();
  return true;
}

PENSTOCK_HOT std::size_t send_queue::gather(std::span<std::string_view> views) const noexcept {
  if (empty()) return 0;
  std::size_t count = 0;
  const send_segment* segment = tail();
  while (count < views.size()) {
    segment = segment->next;
    views[count++] = {segment->first, segment->size()};
    if (segment == tail()) break;
  }
  return count;
}

PENSTOCK_HOT void send_queue::consume(std::size_t n) noexcept {
  close_room();
  PENSTOCK_EXPECTS(n <= pending_and_room_);
  pending_and_room_ -= n;
  while (n != 0) {
    send_segment* const head = tail()->next;
    if (n < head->size()) {
      head->first += n;
      if (!head->owned) poison(head->bytes(), static_cast<std::size_t>(head->first - head->bytes()));
      return;
    }
    n -= head->size();
    if (head == tail()) {
      tail_ = tail_->source->empty();
    } else {
      tail()->next = head->next;
      head->next->before = tail();
    }
    release(head);
  }
}

void send_queue::clear() noexcept { consume(pending()); }

// It keeps more than twice its bytes and `spare`.
bool send_queue::is_wide(const send_segment* segment, std::size_t spare) noexcept {
  return !segment->owned && sizeof(send_segment) + segment->capacity > 2 * segment->size() + spare;
}

// Replaces a segment that is wide, if memory can be had. A little more than its bytes need stays, so
// that small writes go on coalescing.
send_segment* send_queue::shrink(send_segment* wide, std::size_t spare) noexcept {
  const std::size_t used = wide->size();
  if (!is_wide(wide, spare)) return wide;
  send_segment* const narrow = allocate(std::max(used + used / 2, smallest_block));
  if (narrow == nullptr) return wide;
  std::memcpy(narrow->bytes(), wide->first, used);
  narrow->last += used;
  moved_and_room_ += used;
  const bool alone = wide->next == wide;
  narrow->next = alone ? narrow : wide->next;
  narrow->before = alone ? narrow : wide->before;
  narrow->next->before = narrow;
  narrow->before->next = narrow;
  if (wide == tail()) tail_ = narrow;
  release(wide);
  return narrow;
}

void send_queue::settle_kept() noexcept {
  close_room();
  shrink(tail()->next, 2048);  // worn by sending
  send_segment* segment = shrink(tail(), 2048);
  bool in_vain = false;
  // Those behind which an owned one of worth_owning bytes was put: half as much, for its bytes count.
  while (segment != tail()->next && !segment->before->settled) {
    segment = shrink(segment->before, worth_owning);
    segment->settled = true;
    in_vain = in_vain || is_wide(segment, worth_owning);
  }
  // Without memory: the next settle tries again.
  for (; in_vain && segment != tail(); segment = segment->next) segment->settled = false;
}

void send_queue::validate() const noexcept {
  std::size_t sum = 0;
  if (!empty()) {
    const send_segment* segment = tail();
    do {
      segment = segment->next;
      PENSTOCK_EXPECTS(segment->first < segment->last);
      PENSTOCK_EXPECTS(segment->source == tail()->source && segment->next->before == segment);
      sum += segment->size();
    } while (segment != tail());
  }
  PENSTOCK_EXPECTS(tail_->room <= tail_room());
  PENSTOCK_EXPECTS(sum == pending());
}

}}  // namespace penstock::v0
