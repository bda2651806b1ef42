// SPDX-License-Identifier: BSL-1.0
// Threads that serve, and what is asked of them from outside: always by a post.
#include <penstock/epoll/server_threads.hpp>

#include <algorithm>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <penstock/coro/checked_options.hpp>
#include <penstock/epoll/event_loop.hpp>

#include "no_signals.hpp"

namespace penstock { inline namespace v0 { namespace epoll {

class server_threads::one {
 public:
  // The options' views live until port() has answered.
  one(const connection_handler& handler, const server_options& options)
      : thread_(
            [this, handler = connection_handler(handler), options]() mutable { run(std::move(handler), options); }) {}
  one(const one&) = delete;
  one& operator=(const one&) = delete;
  ~one() {
    if (!thread_.joinable()) return;
    begin_shutdown(duration());
    join();
  }

  // Waits until it serves; throws why it does not.
  std::uint16_t port() {
    try {
      return serving_.get_future().get();
    } catch (...) {
      join();
      throw;
    }
  }
  penstock::counters counters() {
    auto answer = std::make_shared<std::promise<penstock::counters>>();
    std::future<penstock::counters> answered = answer->get_future();
    if (!post([this, answer = std::move(answer)] { answer->set_value(loop_->counters()); })) return last_;
    try {
      return answered.get();
    } catch (const std::future_error&) {  // the loop ended first
      return last_;
    }
  }
  // Without memory for an orderly end the loop ends at once, and resets what is open.
  void begin_shutdown(duration grace) noexcept {
    try {
      post([this, grace] {
        try {
          loop_->spawn(end(grace));
        } catch (...) {
          loop_->stop();
        }
      });
    } catch (...) {
      const std::lock_guard guard(guard_);
      if (loop_ != nullptr) loop_->stop();
    }
  }
  bool joinable() const noexcept { return thread_.joinable(); }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

 private:
  // False: its loop has ended.
  bool post(std::function<void()> f) {
    const std::lock_guard guard(guard_);
    if (loop_ != nullptr) loop_->post(std::move(f));
    return loop_ != nullptr;
  }
  task<> end(duration grace) {
    try {
      co_await server_->shutdown(grace);
    } catch (...) {
      loop_->unhandled(std::current_exception());
    }
    loop_->stop();
  }
  void run(connection_handler handler, const server_options& options) noexcept {
    try {
      event_loop loop;
      server made = loop.run_until(start_server(loop, std::move(handler), options));
      loop_ = &loop;
      server_ = &made;
      serving_.set_value(made.port());
      serve(loop);
    } catch (...) {
      serving_.set_exception(std::current_exception());
    }
  }
  // Where the system lets the loop down its connections are reset; what asks for this thread finds it ended.
  void serve(event_loop& loop) noexcept {
    try {
      loop.run();
    } catch (...) {
      loop.unhandled(std::current_exception());
    }
    const std::lock_guard guard(guard_);
    last_ = loop.counters();
    loop_ = nullptr;
  }

  std::mutex guard_;
  event_loop* loop_ = nullptr;  // written before the promise is kept, and at its end
  server* server_ = nullptr;
  penstock::counters last_;  // written with it
  std::promise<std::uint16_t> serving_;
  std::thread thread_;
};

server_threads::server_threads(const connection_handler& handler, const server_options& options, unsigned threads) {
  if (threads == 0) threads = std::max(std::thread::hardware_concurrency(), 1u);
  penstock::detail::refuse_if(options.sock >= 0 && threads != 1, "sock serves one thread: set threads to 1, or port");
  penstock::detail::refuse_if(!options.start_serving, "start_serving must be true: nobody could start them later");
  const no_signals none_there;
  server_options shared = options;
  shared.reuse_port = true;
  for (unsigned i = 0; i != threads; ++i) {
    auto next = std::make_unique<one>(handler, shared);
    port_ = next->port();
    shared.port = port_;  // the first one may have chosen it
    all_.push_back(std::move(next));
  }
}

server_threads::~server_threads() = default;

unsigned server_threads::threads() const noexcept { return static_cast<unsigned>(all_.size()); }

penstock::counters server_threads::counters() {
  penstock::counters sum;
  for (const auto& each : all_) sum += each->counters();
  return sum;
}

void server_threads::shutdown(duration grace) {
  for (const auto& each : all_)
    if (each->joinable()) each->begin_shutdown(grace);
  for (const auto& each : all_) each->join();
}

}}}  // namespace penstock::v0::epoll
