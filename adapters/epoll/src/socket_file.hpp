// SPDX-License-Identifier: BSL-1.0
// The file that a Unix socket's name makes.
#pragma once

#include <string>
#include <utility>

#include <penstock/epoll/kernel.hpp>

namespace penstock { inline namespace v0 { namespace epoll { namespace detail {

// Removes the file in its destructor, if it is still the one that was there at the beginning (R106).
class made_file {
 public:
  made_file(kernel& calls, std::string path) noexcept : calls_(calls), path_(std::move(path)) {
    struct stat made{};
    if (calls_.stat(path_.c_str(), &made) < 0) path_.clear();
    device_ = made.st_dev;
    file_ = made.st_ino;
  }
  made_file(const made_file&) = delete;
  made_file& operator=(const made_file&) = delete;
  ~made_file() {
    struct stat now{};
    if (!path_.empty() && calls_.stat(path_.c_str(), &now) >= 0 && now.st_dev == device_ && now.st_ino == file_)
      calls_.unlink(path_.c_str());
  }

 private:
  kernel& calls_;
  std::string path_;
  dev_t device_ = 0;
  ino_t file_ = 0;
};

}}}}  // namespace penstock::v0::epoll::detail
