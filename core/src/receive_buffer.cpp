// SPDX-License-Identifier: BSL-1.0
// When unread bytes move, into how large a block, and who paid for it.
#include <penstock/receive_buffer.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <utility>

namespace penstock { inline namespace v0 {
namespace {

constexpr std::size_t largest_block =
    static_cast<std::size_t>(std::numeric_limits<std::ptrdiff_t>::max()) - sizeof(receive_block);

// std::memcpy must not be handed a null pointer, not even for no bytes.
void copy(char* to, const char* from, std::size_t n) noexcept {
  if (n != 0) std::memcpy(to, from, n);
}

}  // namespace

std::size_t receive_buffer::capacity() const noexcept {
  if (block_->capacity == 0) return 0;
  const receive_block* const spare = owned()->spare;
  return sizeof(receive_block) + block_->capacity + (spare == nullptr ? 0 : sizeof(receive_block) + spare->capacity);
}

receive_block* receive_buffer::allocate(std::size_t capacity) noexcept {
  if (capacity > largest_block) return nullptr;
  void* const memory = block_->source->allocate(sizeof(receive_block) + capacity);
  if (memory == nullptr) return nullptr;
  auto* const block = new (memory) receive_block{{block_->source, capacity}, 0, nullptr, 0, {}};
  poison(block->bytes(), capacity);
  return block;
}

void receive_buffer::release_block() noexcept {
  if (block_->capacity == 0) return;
  release_spare();
  receive_block* const block = owned();
  block_source& blocks = *block->source;
  unpoison(block->bytes(), block->capacity);
  block_ = blocks.empty();
  blocks.release(block, sizeof(receive_block) + block->capacity);
}

// Invariant kept on failure: nothing has changed.
bool receive_buffer::move_to_block(std::size_t capacity, std::size_t offset) noexcept {
  receive_block* const block = allocate(capacity);
  if (block == nullptr) return false;
  const std::size_t unread = size();
  char* const first = block->bytes() + offset;
  unpoison(block->bytes(), offset + unread);
  copy(first, first_, unread);
  moved_ += unread;
  if (const search_memo* known = memo()) block->memo = *known;
  release_block();
  block_ = block;
  first_ = first;
  last_ = first + unread;
  return true;
}

// To the front of the block, from further behind in it or from the lender's memory.
void receive_buffer::compact() noexcept {
  receive_block* const block = owned();
  const std::size_t unread = size();
  unpoison(block->bytes(), block->capacity);
  std::memmove(block->bytes(), first_, unread);
  moved_ += unread;
  first_ = block->bytes();
  last_ = first_ + unread;
  poison(last_, block->capacity - unread);
}

// Whole granules only matter to the sanitizer: starting at the block's front covers those that an
// earlier, unaligned end had to leave open.
void receive_buffer::poison_consumed() noexcept {
  if (!detail::poisoning() || block_->capacity == 0) return;
  const char* const front = owned()->bytes();
  poison(front, in_block() ? static_cast<std::size_t>(first_ - front) : block_->capacity);
}

// A block for the n bytes, with room in front for the unread ones.
std::span<char> receive_buffer::prepare_spare(std::size_t n) noexcept {
  receive_block* const spare = allocate(size() + n);
  if (spare == nullptr) return {};
  release_spare();
  poison_consumed();
  owned()->spare = spare;
  owned()->offset = size();
  owned()->prepared = n;
  unpoison(spare->bytes() + size(), n);
  return {spare->bytes() + size(), n};
}

bool receive_buffer::commit_spare(std::size_t n) noexcept {
  receive_block* const spare = std::exchange(owned()->spare, nullptr);
  const std::size_t offset = owned()->offset;
  const std::size_t prepared = owned()->prepared;
  char* const arrived = spare->bytes() + offset;
  const std::size_t unread = size();
  const bool appended = (n < unread || unread > offset) && append({arrived, n});
  if (appended || unread > offset) {  // beyond the room in front of them: bytes were put back meanwhile
    owned()->spare = spare;
    release_spare();
    return appended;
  }
  char* const first = arrived - unread;
  unpoison(first, unread);
  copy(first, first_, unread);
  moved_ += unread;
  spare->memo = owned()->memo;
  poison(arrived + n, prepared - n);
  release_block();
  block_ = spare;
  first_ = first;
  last_ = arrived + n;
  return true;
}

void receive_buffer::release_spare() noexcept {
  if (block_->capacity == 0) return;
  if (receive_block* const spare = std::exchange(owned()->spare, nullptr); spare != nullptr) {
    owned()->prepared = 0;
    unpoison(spare->bytes(), spare->capacity);
    spare->source->release(spare, sizeof(receive_block) + spare->capacity);
  }
}

std::span<char> receive_buffer::prepare(std::size_t n) noexcept {
  const std::size_t unread = size();
  if (n == 0 || n > largest_block - unread) return {};
  const bool fits = in_block() && n <= free_behind();
  if (!fits) {
    // At least half of the block is free after a move: the next one is paid by as many bytes.
    const std::size_t wanted = std::max({unread + n, std::min(2 * unread, largest_block), smallest_block});
    if (block_->capacity >= wanted)
      compact();
    else if (in_block() && unread != 0 && n > unread)
      return prepare_spare(n);
    else if (!move_to_block(wanted, 0))
      return {};
  }
  release_spare();
  poison_consumed();
  char* const free = end();
  owned()->prepared = n;
  unpoison(free, n);
  return {free, n};
}

bool receive_buffer::commit(std::size_t n) noexcept {
  if (n == 0) return true;
  PENSTOCK_EXPECTS(in_block() && n <= owned()->prepared);
  if (owned()->spare != nullptr) return commit_spare(n);
  last_ += n;
  poison(last_, owned()->prepared - n);
  owned()->prepared = 0;
  return true;
}

bool receive_buffer::append(std::string_view bytes) noexcept {
  if (bytes.empty()) return true;
  if (!at_rest() || bytes.size() > free_behind()) return append_moving(bytes);
  poison_consumed();
  char* const free = end();
  if (detail::poisoning()) unpoison(free, bytes.size());
  std::memcpy(free, bytes.data(), bytes.size());
  moved_ += bytes.size();
  last_ += bytes.size();
  return true;
}

bool receive_buffer::append_moving(std::string_view bytes) noexcept {
  const std::span<char> free = prepare(bytes.size());
  if (free.empty()) return false;
  std::memcpy(free.data(), bytes.data(), bytes.size());
  moved_ += bytes.size();
  return commit(bytes.size());
}

PENSTOCK_HOT bool receive_buffer::lend_behind(const char* arrived, std::size_t n, std::size_t headroom) noexcept {
  if (n == 0) return true;
  const std::size_t rest = size();
  if (rest > std::min({headroom, slack, n})) return append({arrived, n});
  char* const front = const_cast<char*>(arrived) - rest;
  if (rest != 0) std::memmove(front, first_, rest);
  moved_ += rest;
  release_spare();
  if (block_->capacity != 0) owned()->prepared = 0;
  first_ = front;
  last_ = arrived + n;
  poison_consumed();
  return true;
}

PENSTOCK_HOT bool receive_buffer::settle_kept() noexcept {
  const std::size_t unread = size();
  if (unread == 0 || !at_rest() || sizeof(receive_block) + block_->capacity > slack + 2 * unread)
    return settle_moving();
  poison_consumed();
  return true;
}

bool receive_buffer::settle_moving() noexcept {
  const std::size_t unread = size();
  if (unread == 0) {
    release_block();
    first_ = last_ = nullptr;
    return true;
  }
  const bool lent = !in_block();
  if (lent && block_->capacity < unread) {
    if (move_to_block(std::max(unread, smallest_block), 0)) return true;
    first_ = last_ = nullptr;
    release_block();
    return false;
  }
  release_spare();
  if (lent) compact();
  owned()->prepared = 0;
  if (capacity() > slack && capacity() - slack > 2 * unread) {
    // Half as much again: the next growth is paid by half of what moves here.
    static_cast<void>(move_to_block(std::max(unread + unread / 2, smallest_block), 0));
  }
  poison_consumed();
  return true;
}

// What was prepared may be received into at any time: it stays where it is, beside the new block.
void receive_buffer::hand_over_prepared(receive_block& next) noexcept {
  receive_block* const old = owned();
  next.prepared = old->prepared;
  if (old->spare != nullptr) {
    next.spare = std::exchange(old->spare, nullptr);
    next.offset = old->offset;
    release_block();
  } else {
    next.spare = old;
    next.offset = static_cast<std::size_t>(last_ - old->bytes());
    poison(old->bytes(), next.offset);
  }
}

bool receive_buffer::unread(std::string_view bytes) noexcept {
  if (bytes.empty()) return true;
  const bool fits = in_block() && bytes.size() <= static_cast<std::size_t>(first_ - owned()->bytes());
  if (!fits) {
    if (bytes.size() > largest_block - size()) return false;
    // `bytes` may be a view of the block that is given back here, so it is copied before that.
    receive_block* const block = allocate(std::max(bytes.size() + size(), smallest_block));
    if (block == nullptr) return false;
    const std::size_t kept = size();
    unpoison(block->bytes(), bytes.size() + kept);
    copy(block->bytes(), bytes.data(), bytes.size());
    copy(block->bytes() + bytes.size(), first_, kept);
    moved_ += bytes.size() + kept;
    if (block_->capacity != 0 && owned()->prepared != 0) {
      hand_over_prepared(*block);
    } else {
      release_block();
    }
    block_ = block;
    first_ = block->bytes();
    last_ = first_ + bytes.size() + kept;
    return true;
  }
  char* const front = owned()->bytes() + (first_ - owned()->bytes()) - bytes.size();
  unpoison(front, bytes.size());
  std::memmove(front, bytes.data(), bytes.size());
  moved_ += bytes.size();
  first_ = front;
  return true;
}

void receive_buffer::validate() const noexcept {
  PENSTOCK_EXPECTS(first_ <= last_);
  PENSTOCK_EXPECTS((first_ == nullptr) == (last_ == nullptr));
  if (!in_block()) return;
  if (owned()->spare != nullptr) return;
  PENSTOCK_EXPECTS(owned()->prepared <= free_behind());
}

}}  // namespace penstock::v0
