// SPDX-License-Identifier: BSL-1.0
// What may be searched for, the shortest first.
#include <penstock/separators.hpp>

namespace penstock { inline namespace v0 {

void separators::assign(std::span<const std::string_view> views) noexcept {
  if (views.empty()) return give_up(errc::empty_separator);
  if (views.size() > max_count) return give_up(errc::too_many_separators);
  for (const std::string_view view : views)
    if (view.empty()) return give_up(errc::empty_separator);
  for (const std::string_view view : views) {
    if (!fits(view)) return give_up(errc::bad_option);
    const auto size = static_cast<std::uint32_t>(view.size());
    unsigned at = count_++;
    for (; at != 0 && needles_[at - 1].size > size; --at) needles_[at] = needles_[at - 1];
    needles_[at] = {view.data(), size, 0, 0, 0};
  }
}

}}  // namespace penstock::v0
