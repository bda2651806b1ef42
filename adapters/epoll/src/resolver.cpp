// SPDX-License-Identifier: BSL-1.0
// The threads behind names. Each query has a mailbox of its own, which outlives whoever lost interest.
#include <penstock/epoll/resolver.hpp>

#include <netdb.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <coroutine>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <utility>

#include <penstock/coro/loop_user.hpp>
#include <penstock/coro/runnable.hpp>
#include <penstock/coro/scheduler.hpp>
#include <penstock/error.hpp>

#include "no_signals.hpp"

namespace penstock { inline namespace v0 { namespace epoll {
namespace {

class category_of_resolver final : public std::error_category {
 public:
  const char* name() const noexcept override { return "getaddrinfo"; }
  std::string message(int value) const override { return ::gai_strerror(value); }
};

resolve_answer ask(const resolve_query& query) {
  addrinfo hints{};
  hints.ai_family = query.family;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_protocol = query.protocol;
  hints.ai_flags = query.flags;
  addrinfo* found = nullptr;
  const int result = ::getaddrinfo(query.host.empty() ? nullptr : query.host.c_str(),
                                   query.service.empty() ? nullptr : query.service.c_str(), &hints, &found);
  if (result == EAI_SYSTEM) return {{errno, std::system_category()}, {}};
  if (result != 0) return {{result, resolver_category()}, {}};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, &::freeaddrinfo);
  resolve_answer answer;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    address a;
    if (at->ai_addrlen > sizeof a.storage) continue;
    std::memcpy(&a.storage, at->ai_addr, at->ai_addrlen);
    a.size = at->ai_addrlen;
    answer.addresses.push_back(a);
  }
  return answer;
}

// Who waits is told through the loop; the guard says whether anybody does.
struct mailbox {
  std::mutex guard;
  resolve_query query;
  resolve_answer answer;
  scheduler* loop = nullptr;  // null: nobody waits
  runnable* waiting = nullptr;
};

class pool {
 public:
  // An error: it is not asked.
  std::error_code add(std::shared_ptr<mailbox> query) noexcept {
    const std::lock_guard lock(guard_);
    if (queries_.size() == most_queries) std::erase_if(queries_, [](const auto& box) { return !is_wanted(*box); });
    if (queries_.size() == most_queries) return errc::resolver_busy;
    try {
      queries_.push_back(std::move(query));
    } catch (const std::bad_alloc&) {
      return errc::no_memory;
    }
    std::error_code why;
    if (idle_ >= queries_.size())
      came_.notify_one();
    else if (threads_ != most_threads)
      why = start_one();
    if (threads_ != 0) return {};  // one of those that there are
    queries_.pop_back();
    return why;
  }

 private:
  static constexpr std::size_t most_queries = 256;
  static constexpr unsigned most_threads = 4;

  std::error_code start_one() noexcept {
    const no_signals none_there;
    try {
      std::thread([this] { work(); }).detach();
    } catch (const std::bad_alloc&) {
      return errc::no_memory;
    } catch (...) {
      return errc::resolver_busy;
    }
    ++threads_;
    return {};
  }

  void work() {
    std::unique_lock lock(guard_);
    for (;;) {
      ++idle_;
      const bool any = came_.wait_for(lock, std::chrono::seconds(10), [this] { return !queries_.empty(); });
      --idle_;
      if (!any) break;
      const std::shared_ptr<mailbox> box = std::move(queries_.front());
      queries_.pop_front();
      lock.unlock();
      answer(*box);
      lock.lock();
    }
    --threads_;
  }

  static bool is_wanted(mailbox& box) noexcept {
    const std::lock_guard lock(box.guard);
    return box.loop != nullptr;
  }

  static void answer(mailbox& box) noexcept {
    if (!is_wanted(box)) return;  // given up while it queued
    resolve_answer found;
    try {
      found = ask(box.query);
    } catch (const std::bad_alloc&) {
      found = {errc::no_memory, {}};
    }
    const std::lock_guard lock(box.guard);
    box.answer = std::move(found);
    if (box.loop != nullptr) box.loop->post_from_any_thread(*box.waiting);
  }

  std::mutex guard_;
  std::condition_variable came_;
  std::deque<std::shared_ptr<mailbox>> queries_;
  std::size_t idle_ = 0;
  unsigned threads_ = 0;
};

// Never destroyed: its threads may outlive main.
pool& the_pool() {
  static pool* const made = new pool;
  return *made;
}

class awaiting_mail final : private runnable, private loop_user {
 public:
  explicit awaiting_mail(std::shared_ptr<mailbox> box)
      : runnable([](runnable& r) { static_cast<awaiting_mail&>(r).handle_.resume(); }), box_(std::move(box)) {}
  awaiting_mail(const awaiting_mail&) = delete;
  awaiting_mail& operator=(const awaiting_mail&) = delete;
  ~awaiting_mail() { loop_ends(); }

  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<> handle) {
    handle_ = handle;
    box_->loop = scheduler::current();
    box_->waiting = this;
    if (const std::error_code why = the_pool().add(box_)) {
      box_->loop = nullptr;
      box_->answer = {why, {}};
      return false;
    }
    scheduler::current()->tell_end_to(*this);
    return true;
  }
  resolve_answer await_resume() {
    const std::lock_guard lock(box_->guard);
    return std::move(box_->answer);
  }

 private:
  // Nobody waits from here on: no answer posts any more, and what one posted is taken back.
  void loop_ends() noexcept override {
    scheduler* loop = nullptr;
    {
      const std::lock_guard lock(box_->guard);
      loop = std::exchange(box_->loop, nullptr);
    }
    if (loop != nullptr) loop->withdraw(*this);
  }

  std::shared_ptr<mailbox> box_;
  std::coroutine_handle<> handle_;
};

class threads_resolver final : public resolver {
 public:
  task<resolve_answer> resolve(resolve_query query) override {
    PENSTOCK_EXPECTS(scheduler::current() != nullptr);
    auto box = std::make_shared<mailbox>();
    box->query = std::move(query);
    co_return co_await awaiting_mail(std::move(box));
  }
};

}  // namespace

const std::error_category& resolver_category() noexcept {
  static const category_of_resolver category;
  return category;
}

resolver& system_resolver() noexcept {
  static threads_resolver instance;
  return instance;
}

}}}  // namespace penstock::v0::epoll
