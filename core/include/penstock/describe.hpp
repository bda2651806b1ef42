// SPDX-License-Identifier: BSL-1.0
// One line of text about an object's state, for logs, failures and people (R13, R61 as mended).
#pragma once

#include <string>
#include <string_view>

#include <penstock/contract.hpp>

namespace penstock { inline namespace v0 {

class connection;
class read_half;
class read_outcome;
class write_half;

// The only calls of the core that build strings: memory comes from std::string.
PENSTOCK_API std::string describe(const read_half&);  // only what is not as it was at the start
PENSTOCK_API std::string describe(const write_half&);
PENSTOCK_API std::string describe(const connection&);
PENSTOCK_API std::string describe(const read_outcome&);

// The bytes between double quotes, all but printable ASCII escaped: "ab\r\n\x00".
PENSTOCK_API std::string quoted(std::string_view bytes);

}}  // namespace penstock::v0
