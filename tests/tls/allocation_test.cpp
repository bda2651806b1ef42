// SPDX-License-Identifier: BSL-1.0
// Proves that an allocation of OpenSSL's that fails costs one connection or one context, nothing of what it promises,
// and none that come behind it: a program of its own, since what is made once a process has to be made here.
#include <gtest/gtest.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <string_view>
#include <system_error>
#include <utility>

#include "support/refusing_heap.hpp"
#include "tls/support/certificates.hpp"
#include "tls/support/joined.hpp"

using namespace penstock_test;

namespace {

// Which allocation fails, once.
struct shortage {
  static constexpr std::size_t never = ~std::size_t{0};
  std::size_t behind = never;  // so many that succeed
  std::string_view file = {};  // or the first that this file of OpenSSL's asks for
  bool planned() const { return behind != never || !file.empty(); }
};
shortage plan;
bool knows_files = false;

bool fails(const char* file) {
  if (file == nullptr) file = "";
  knows_files = knows_files || *file != '\0';
  if (!plan.file.empty() && std::string_view(file).ends_with(plan.file)) {
    plan = {};
    return true;
  }
  return plan.behind != shortage::never && plan.behind-- == 0;
}
std::size_t in_use = 0;  // blocks
void* allocate(std::size_t n, const char* file, int) {
  void* const memory = fails(file) ? nullptr : std::malloc(n);
  in_use += memory != nullptr;
  return memory;
}
void* reallocate(void* memory, std::size_t n, const char* file, int) {
  if (fails(file)) return nullptr;
  void* const moved = std::realloc(memory, n);
  in_use += memory == nullptr && moved != nullptr;
  return moved;
}
void release(void* memory, const char*, int) {
  in_use -= memory != nullptr;
  std::free(memory);
}
const bool replaced = CRYPTO_set_mem_functions(allocate, reallocate, release) == 1;

struct attempt {
  std::error_code ec;
  ps::connection inner;
  tls::context by;
  std::unique_ptr<tls::tls_wire> wire;
  bool met = false;

  explicit attempt(shortage wanted) {
    root();
    plan = wanted;
    by = tls::context::client().trust(root().certificate.get()).build(ec);
    if (by) wire = by.open(inner, {.server_hostname = "localhost"}, {}, ec);
    met = wanted.planned() && !std::exchange(plan, {}).planned();
    EXPECT_EQ(bool(wire), !ec);
    EXPECT_EQ(ERR_peek_error(), 0U);
  }
};

}  // namespace

// I-30: what all connections share is made again by the next one.
TEST(TlsAllocation, ThatFailsOnceIsTriedAgain) {
  ASSERT_TRUE(replaced);
  SSL_CTX* const context = SSL_CTX_new(TLS_method());  // what OpenSSL makes once is its own matter
  SSL_free(SSL_new(context));
  SSL_CTX_free(context);
  if (!knows_files) GTEST_SKIP() << "this OpenSSL does not say who allocates";
  for (const std::string_view file : {"crypto/ex_data.c", "bio/bio_meth.c"}) {
    SCOPED_TRACE(file);
    const attempt poor({.file = file});
    EXPECT_TRUE(poor.met);
    EXPECT_FALSE(poor.wire);
  }
  const attempt next({});
  EXPECT_TRUE(next.wire) << next.ec.message();
}

// I-47: what could be made without it is whole.
TEST(TlsAllocation, LeavesNoCheckOut) {
  ASSERT_TRUE(replaced);
  for (std::size_t number = 0;; ++number) {
    SCOPED_TRACE(number);
    const attempt poor({.behind = number});
    if (poor.wire) {
      SSL* const made = poor.wire->native();
      const char* const checked = X509_VERIFY_PARAM_get0_host(SSL_get0_param(made), 0);
      ASSERT_NE(checked, nullptr);
      EXPECT_STREQ(checked, "localhost");
      EXPECT_STREQ(SSL_get_servername(made, TLSEXT_NAMETYPE_host_name), "localhost");
      EXPECT_EQ(SSL_get_verify_mode(made), SSL_VERIFY_PEER);
      EXPECT_TRUE(SSL_get_options(made) & SSL_OP_NO_RENEGOTIATION);
    }
    if (poor.met) continue;
    EXPECT_TRUE(poor.wire) << poor.ec.message();
    EXPECT_GT(number, 30U);
    return;
  }
}

// I-30: nor does one of ours cost what OpenSSL made for us.
TEST(TlsAllocation, ThatFailsInADescriptionLeavesNothingBehind) {
  ASSERT_TRUE(replaced);
  const X509& shown = *localhost().certificate;
  static_cast<void>(tls::describe_certificate(shown));  // what OpenSSL makes once
  const std::size_t before = in_use;
  const auto described = [&shown](std::size_t behind) {
    const refusal poor(behind);
    try {
      static_cast<void>(tls::describe_certificate(shown));
    } catch (const std::bad_alloc&) {
      return false;
    }
    return !poor.happened();
  };
  std::size_t number = 0;
  while (!described(number)) {
    EXPECT_EQ(in_use, before) << number;
    ++number;
  }
  EXPECT_GT(number, 5U);
}
