// SPDX-License-Identifier: BSL-1.0
// Leaving parts out of a plan that fails, as long as it fails.
#include <algorithm>
#include <utility>
#include <vector>

#include "trial.hpp"

namespace penstock { inline namespace v0 { namespace testing {
namespace {

// Plans that are a little less than this one, the greatest steps first.
class lesser_plans {
 public:
  explicit lesser_plans(const plan& from) : from_(from) {}

  std::vector<plan> all() {
    with([](plan& p) { p.pieces.clear(); });
    with([](plan& p) { p.stops.clear(); });
    with([](plan& p) { p.second.clear(); });
    with([](plan& p) { p.flood = p.flood_tail = 0; });
    with([](plan& p) { p.flood_tail = 0; });
    with([](plan& p) { p.way_back = plan::wide; });
    for (std::uint64_t plan::* fault :
         {&plan::end_after, &plan::reset_after, &plan::stall_after, &plan::receive_error_at, &plan::send_error_at})
      with([fault](plan& p) { p.*fault = plan::not_at_all; });
    for (std::size_t some = from_.bytes.size(); some != 0; some /= 2)
      for (std::size_t at = 0; at < from_.bytes.size(); at += some) without_bytes(at, some);
    for (std::size_t i = 0; i != from_.stops.size(); ++i)
      with([i](plan& p) { p.stops.erase(p.stops.begin() + static_cast<std::ptrdiff_t>(i)); });
    for (std::size_t i = 0; i != from_.pieces.size(); ++i) {
      with([i](plan& p) { p.pieces[i].before = duration(); });
      with([i](plan& p) { join(p, i); });
    }
    return std::move(made_);
  }

 private:
  template <class Change>
  void with(Change change) {
    plan less = from_;
    change(less);
    if (!(less == from_)) made_.push_back(std::move(less));
  }

  // The last piece becomes part of what is left behind it, another one of the next.
  static void join(plan& p, std::size_t i) {
    if (i + 1 != p.pieces.size()) p.pieces[i + 1].size += p.pieces[i].size;
    p.pieces.erase(p.pieces.begin() + static_cast<std::ptrdiff_t>(i));
  }

  void without_bytes(std::size_t at, std::size_t n) {
    with([at, n](plan& p) {
      p.bytes.erase(at, n);
      std::size_t begin = 0;
      for (piece& one : p.pieces) {
        const std::size_t end = begin + one.size;
        const std::size_t lost = std::min(end, at + n) - std::clamp(at, begin, std::min(end, at + n));
        begin = end;
        one.size -= lost;
      }
      std::erase_if(p.pieces, [](const piece& one) { return one.size == 0 && one.before == duration(); });
    });
  }

  const plan& from_;
  std::vector<plan> made_;
};

}  // namespace

plan smallest(plan failing, const std::function<bool(const plan&)>& fails, unsigned attempts) {
  for (bool less = true; less && attempts != 0;) {
    less = false;
    for (plan& one : lesser_plans(failing).all()) {
      if (attempts-- == 0) return failing;
      if (!fails(one)) continue;
      failing = std::move(one);
      less = true;
      break;
    }
    if (attempts == 0) break;
  }
  return failing;
}

}}}  // namespace penstock::v0::testing
