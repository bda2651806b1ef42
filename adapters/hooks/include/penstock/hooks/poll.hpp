// SPDX-License-Identifier: BSL-1.0
// A driver in a poll(2) loop of one's own.
#pragma once

#include <poll.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <penstock/coro/list.hpp>
#include <penstock/epoll/connection_driver.hpp>
#include <penstock/epoll/kernel.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace hooks {

// Something attached to a poll_set.
class polled : public list_hook<polled> {
 public:
  virtual int fd() const = 0;
  virtual short wants() const = 0;
  virtual time_point deadline() const = 0;
  virtual void on_ready(std::uint32_t events, time_point now) = 0;  // 0: time

  std::size_t place = ~std::size_t{0};  // the set's: in the array that was prepared

 protected:
  polled() = default;
  ~polled() = default;
};

// What is attached, for a loop that calls poll itself:
//
//   fds.resize(of_mine);
//   const int milliseconds = set.prepare(fds, my_timeout);
//   ::poll(fds.data(), fds.size(), milliseconds);
//   set.dispatch(std::span(fds).subspan(of_mine));
//
// Whatever is attached, detached or destroyed by what dispatch runs is as it should be.
class poll_set {
 public:
  poll_set() = default;
  poll_set(const poll_set&) = delete;
  poll_set& operator=(const poll_set&) = delete;

  void attach(polled& p) noexcept { all_.push_back(p); }

  // Appends a place for each; answers for how many milliseconds poll may wait, at most `most` (-1: for ever) and
  // never more than 60,000 where anything is due. Who
  // waits for nothing of its descriptor has a place of -1, or a hang-up would be told without end.
  int prepare(std::vector<pollfd>& fds, int most = -1) {
    time_point due = time_point::never();
    std::size_t place = 0;
    all_.for_each([&](polled& p) {
      const short wants = p.fd() < 0 ? short{0} : p.wants();
      fds.push_back({wants == 0 ? -1 : p.fd(), wants, 0});
      p.place = place++;
      due = std::min(due, p.deadline());
    });
    const int wait = epoll::poll_timeout(due, now());
    return wait < 0 || most < 0 ? std::max(wait, most) : std::min(wait, most);
  }

  // The places that prepare appended, as poll left them.
  void dispatch(std::span<const pollfd> fds) {
    const time_point woken = now();
    struct round {  // where the application throws the others stay in the set
      explicit round(list<polled>& set) noexcept : all(set) { to_do.append(all); }
      ~round() { all.append(to_do); }
      list<polled>& all;
      list<polled> to_do;
    } now_due(all_);
    while (!now_due.to_do.empty()) {
      polled& next = now_due.to_do.front();
      next.unlink();
      all_.push_back(next);
      const short events = next.place < fds.size() ? fds[next.place].revents : short{0};
      if (events != 0)
        next.on_ready(static_cast<std::uint32_t>(events), woken);
      else if (next.deadline() <= woken)
        next.on_ready(0, woken);
    }
  }

  // For who has nothing else to wait for.
  void run_once(int most = -1) {
    fds_.clear();
    const int milliseconds = prepare(fds_, most);
    if (::poll(fds_.data(), fds_.size(), milliseconds) >= 0) dispatch(fds_);
  }

 private:
  static time_point now() noexcept { return epoll::system_kernel().now(); }

  list<polled> all_;
  std::vector<pollfd> fds_;
};

// A driver, attached as long as this lives. The set outlives it.
template <epoll::driven D>
class poll_hook final : private polled {
 public:
  template <class... A>
  explicit poll_hook(poll_set& set, A&&... made_of) : driver_(std::forward<A>(made_of)...) {
    set.attach(*this);
  }

  D& driver() noexcept { return driver_; }
  // A turn now: after a write, a close or an abort that was not the application's own.
  void update() { on_ready(0, epoll::system_kernel().now()); }
  void rearm() noexcept {}  // the set asks each time

 private:
  int fd() const override { return driver_.fd(); }
  short wants() const override { return driver_.wants(); }
  time_point deadline() const override { return driver_.deadline(); }
  void on_ready(std::uint32_t events, time_point now) override {
    static_cast<void>(events != 0 ? driver_.on_ready(events, now) : driver_.on_time(now));
  }

  D driver_;
};

template <class Application>
using poll_connection = poll_hook<epoll::driven_connection<Application>>;

}}}  // namespace penstock::v0::hooks
