// SPDX-License-Identifier: BSL-1.0
// The versions of TLS that there are here.
#pragma once

#include <cstdint>
#include <string_view>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 { namespace tls {

// Older ones are broken and cannot be had.
enum class version : std::uint8_t {
  none,     // not agreed yet
  tls_1_2,  // no half-close: an end ends both directions
  tls_1_3,
};

PENSTOCK_API std::string_view name(version) noexcept;  // "TLSv1.3" as OpenSSL writes it

}}}  // namespace penstock::v0::tls
