// SPDX-License-Identifier: BSL-1.0
// Owned bytes of every form that tell when they are given back: once, and neither early nor late.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <penstock/bytes.hpp>

#include "check.hpp"

namespace penstock::fuzz {

// What one owned_bytes was made of.
struct loan {
  std::string bytes;  // of a view with a release function: gone with the release
  std::size_t size = 0;
  std::size_t end = 0;  // where it ends in the stream of accepted bytes
  unsigned released = 0;
};

// A container that marks its loan when it is destroyed with the bytes.
template <class Container>
class lent_container {
 public:
  lent_container(std::string_view bytes, loan& of) : chars_(bytes.begin(), bytes.end()), loan_(&of) {}
  lent_container(lent_container&& other) noexcept
      : chars_(std::move(other.chars_)), loan_(std::exchange(other.loan_, nullptr)) {}
  lent_container& operator=(lent_container&&) = delete;
  ~lent_container() {
    if (loan_ != nullptr) ++loan_->released;
  }

  char* data() noexcept { return chars_.data(); }
  std::size_t size() const noexcept { return chars_.size(); }

 private:
  Container chars_;
  loan* loan_;
};

// One that finds no memory for its holder.
struct homeless_container : lent_container<std::string> {
  using lent_container::lent_container;
  static void* operator new(std::size_t, const std::nothrow_t&) noexcept { return nullptr; }
  static void operator delete(void* memory) noexcept { ::operator delete(memory); }
  static void operator delete(void*, const std::nothrow_t&) noexcept {}
};

enum class owned_form : std::uint8_t { view, string, vector, homeless };

class loans {
 public:
  // Bytes of the form; of homeless ones valid() is false, and they are given back.
  owned_bytes make(std::string_view bytes, owned_form form) {
    loan& one = all_.emplace_back();
    one.size = bytes.size();
    switch (form) {
      case owned_form::view: {
        one.bytes = bytes;
        const auto release = [](void* context) noexcept {
          auto& of = *static_cast<loan*>(context);
          ++of.released;
          std::string().swap(of.bytes);
        };
        return owned_bytes(one.bytes, release, &one);
      }
      case owned_form::string: return owned_bytes(lent_container<std::string>(bytes, one));
      case owned_form::vector: return owned_bytes(lent_container<std::vector<char>>(bytes, one));
      case owned_form::homeless: break;
    }
    homeless_container container(bytes, one);
    owned_bytes none(std::move(container));
    expect_equal("what keeps the bytes that found no holder", bytes.size(), container.size());
    return none;
  }

  // The bytes made last end there in the stream, or were refused.
  void accepted(std::size_t end) noexcept { all_.back().end = end; }
  void refused() const { expect_equal("releases of refused bytes", 1u, all_.back().released); }

  // Of all that were accepted: given back when all their bytes have left, or `dropped`, not before;
  // those that are cheaper to copy at once.
  void check(std::size_t sent, bool dropped, std::size_t worth_keeping) const {
    for (const loan& one : all_) {
      const bool kept = !dropped && one.end > sent && one.size >= worth_keeping;
      expect_equal("releases of owned bytes", kept ? 0u : 1u, one.released);
    }
  }

 private:
  std::deque<loan> all_;  // the addresses stay
};

}  // namespace penstock::fuzz
