// SPDX-License-Identifier: BSL-1.0
// A broken contract: the one place where the core writes anywhere, on the way to abort.
#include <penstock/contract.hpp>

#include <cstdio>
#include <cstdlib>

namespace penstock { inline namespace v0 { namespace detail {

void contract_broken(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "penstock: broken contract: %s (%s:%d)\n", condition, file, line);
  std::abort();
}

}}}  // namespace penstock::v0::detail
