// SPDX-License-Identifier: BSL-1.0
// Bytes that change hands: views of std::byte as text, and buffers moved in without a copy.
#pragma once

#include <concepts>
#include <cstddef>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace penstock { inline namespace v0 {

inline std::string_view as_chars(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::span<char> as_writable_chars(std::span<std::byte> bytes) noexcept {
  return {reinterpret_cast<char*>(bytes.data()), bytes.size()};
}

// A container of char that owns what it holds: std::string, std::vector<char>, ...; not a view.
template <class T>
concept owning_chars = requires(T t) {
  { t.data() } -> std::same_as<char*>;
  { t.size() } -> std::convertible_to<std::size_t>;
} && std::is_nothrow_move_constructible_v<T> && !std::is_trivially_destructible_v<T>;

// A read-only buffer with the function that gives it back: the way to write without a copy.
// Move-only; an empty one owns nothing.
class owned_bytes {
 public:
  using release_function = void (*)(void* context);  // throws nothing

  owned_bytes() = default;

  // Takes the container's memory; one small allocation. If that fails, valid() is false and
  // the container keeps its bytes.
  template <owning_chars Container>
  explicit owned_bytes(Container&& container) noexcept {
    auto* const holder = new (std::nothrow) Container(std::forward<Container>(container));
    if (holder == nullptr) {
      valid_ = false;
      return;
    }
    bytes_ = std::string_view(holder->data(), holder->size());
    context_ = holder;
    release_ = [](void* context) noexcept { delete static_cast<Container*>(context); };
  }

  // Bytes that stay unchanged until `release(context)` is called: once, when they have left or
  // were dropped, from whichever call of the core that happens in. It does not call into the
  // stream that it belonged to.
  owned_bytes(std::string_view bytes, release_function release, void* context = nullptr) noexcept
      : bytes_(bytes), context_(context), release_(release) {}

  owned_bytes(owned_bytes&& other) noexcept { swap(other); }
  owned_bytes& operator=(owned_bytes&& other) noexcept {
    owned_bytes(std::move(other)).swap(*this);
    return *this;
  }
  ~owned_bytes() {
    if (release_ != nullptr) release_(context_);
  }

  std::string_view view() const noexcept { return bytes_; }  // until this is moved from or ends
  bool valid() const noexcept { return valid_; }

 private:
  void swap(owned_bytes& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(context_, other.context_);
    std::swap(release_, other.release_);
    std::swap(valid_, other.valid_);
  }

  std::string_view bytes_;
  void* context_ = nullptr;
  release_function release_ = nullptr;
  bool valid_ = true;
};

}}  // namespace penstock::v0
