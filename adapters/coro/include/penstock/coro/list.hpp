// SPDX-License-Identifier: BSL-1.0
// An intrusive list: its members unlink themselves, and it may change while somebody empties it.
#pragma once

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {

template <class T>
class list;

// Makes a T a member of at most one list<T>; it leaves it when it is destroyed.
template <class T>
class list_hook {
 public:
  list_hook() = default;
  list_hook(const list_hook&) = delete;
  list_hook& operator=(const list_hook&) = delete;
  ~list_hook() { unlink(); }

  bool linked() const noexcept { return next_ != nullptr; }
  void unlink() noexcept {
    if (next_ == nullptr) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = nullptr;
  }

 private:
  friend class list<T>;
  list_hook* next_ = nullptr;
  list_hook* previous_ = nullptr;
};

// First in, first out. Members derive from list_hook<T>, publicly or with list<T> as a friend; none
// is owned.
template <class T>
class list {
 public:
  list() noexcept { head_.next_ = head_.previous_ = &head_; }
  list(const list&) = delete;
  list& operator=(const list&) = delete;
  ~list() {
    while (!empty()) head_.next_->unlink();
    head_.next_ = nullptr;
  }

  bool empty() const noexcept { return head_.next_ == &head_; }
  // The analyzer does not see that a member which was freed had left before.
  T& front() noexcept { return *static_cast<T*>(head_.next_); }  // NOLINT(clang-analyzer-cplusplus.NewDelete)
  void push_back(T& member) noexcept {
    list_hook<T>& hook = member;
    PENSTOCK_EXPECTS(!hook.linked());
    list_hook<T>* const last = head_.previous_;
    hook.previous_ = last;
    last->next_ = &hook;  // in between: two neighbours that are stored as one come later to whoever loads one
    hook.next_ = &head_;
    head_.previous_ = &hook;
  }
  // Moves all members of `other` behind ours.
  void append(list& other) noexcept {
    if (other.empty()) return;
    other.head_.next_->previous_ = head_.previous_;
    other.head_.previous_->next_ = &head_;
    head_.previous_->next_ = other.head_.next_;
    head_.previous_ = other.head_.previous_;
    other.head_.next_ = other.head_.previous_ = &other.head_;
  }
  // Calls f with each member; f changes no membership.
  template <class F>
  void for_each(F f) const {
    for (const list_hook<T>* at = head_.next_; at != &head_; at = at->next_) f(*static_cast<const T*>(at));
  }
  template <class F>
  void for_each(F f) {
    for (list_hook<T>* at = head_.next_; at != &head_; at = at->next_) f(*static_cast<T*>(at));
  }

 private:
  list_hook<T> head_;
};

}}  // namespace penstock::v0
