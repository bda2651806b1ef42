// SPDX-License-Identifier: BSL-1.0
// The file that a Unix socket's name makes.
#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace penstock { inline namespace v0 { namespace asio { namespace detail {

// Removes the file in its destructor, if it is still the one that was there at the beginning (R106).
class made_file {
 public:
  explicit made_file(std::string path) noexcept : path_(std::move(path)) {
    struct stat made{};
    if (::stat(path_.c_str(), &made) < 0) path_.clear();
    device_ = made.st_dev;
    file_ = made.st_ino;
  }
  made_file(const made_file&) = delete;
  made_file& operator=(const made_file&) = delete;
  ~made_file() {
    struct stat now{};
    if (!path_.empty() && ::stat(path_.c_str(), &now) >= 0 && now.st_dev == device_ && now.st_ino == file_)
      ::unlink(path_.c_str());
  }

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t file_ = 0;
};

}}}}  // namespace penstock::v0::asio::detail
