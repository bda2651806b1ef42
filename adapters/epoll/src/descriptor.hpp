// SPDX-License-Identifier: BSL-1.0
// A descriptor that is closed unless it was given away.
#pragma once

#include <utility>

#include <penstock/epoll/kernel.hpp>

namespace penstock { inline namespace v0 { namespace epoll {

class descriptor {
 public:
  descriptor(kernel& calls, int fd) noexcept : calls_(&calls), fd_(fd) {}
  descriptor(descriptor&& other) noexcept : calls_(other.calls_), fd_(other.release()) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(calls_, other.calls_);
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor() { close(); }
  int get() const noexcept { return fd_; }
  int release() noexcept { return std::exchange(fd_, -1); }
  void close() noexcept {
    if (fd_ >= 0) calls_->close(std::exchange(fd_, -1));
  }

 private:
  kernel* calls_;
  int fd_;
};

}}}  // namespace penstock::v0::epoll
