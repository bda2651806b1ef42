// SPDX-License-Identifier: BSL-1.0
// What was gathered last to be sent, and a copy of it: the views must show the same until they may die.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"

namespace penstock::fuzz {

class gathered {
 public:
  bool empty() const noexcept { return views_.empty(); }
  std::size_t segments() const noexcept { return views_.size(); }
  std::string_view front() const noexcept { return views_.front(); }
  const std::string& bytes() const noexcept { return copy_; }

  // `gather` fills as many views and answers how many it had, none of them of no bytes.
  template <class Gather>
  void take(std::size_t segments, Gather gather) {
    views_.resize(segments);
    views_.resize(gather(views_));
    for (const std::string_view view : views_) {
      expect("a gathered view has bytes", !view.empty());
      copy_ += view;
    }
  }

  // The last moment at which they live (I-27).
  void drop() {
    std::size_t at = 0;
    for (const std::string_view view : views_) {
      expect_equal("a gathered view that still lives (I-27)", std::string_view(copy_).substr(at, view.size()), view);
      at += view.size();
    }
    views_.clear();
    copy_.clear();
  }

 private:
  std::vector<std::string_view> views_;
  std::string copy_;
};

}  // namespace penstock::fuzz
