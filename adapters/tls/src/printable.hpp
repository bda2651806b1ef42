// SPDX-License-Identifier: BSL-1.0
// What a peer wrote, as text that neither ends nor begins a line.
#pragma once

#include <string>
#include <string_view>

namespace penstock { inline namespace v0 { namespace tls {

inline std::string printable(std::string_view said) {
  std::string text(said);
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

}}}  // namespace penstock::v0::tls
