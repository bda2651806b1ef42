// SPDX-License-Identifier: BSL-1.0
// Counts what connections under TLS hold and allocate, OpenSSL's memory included: a program of its
// own, since OpenSSL takes other memory functions only before its first use.
#include <gtest/gtest.h>

#include <openssl/crypto.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <unordered_map>
#include <vector>

#include "tls/support/certificates.hpp"
#include "tls/support/conversation.hpp"
#include "tls/support/joined.hpp"

using namespace penstock_test;

namespace {

// All that OpenSSL has allocated and not freed.
struct engine_memory {
  std::unordered_map<void*, std::size_t> live;
  std::size_t bytes = 0;
  std::uint64_t record_buffers = 0;  // ever

  static engine_memory& all() {
    static auto* const one = new engine_memory;  // OpenSSL frees at exit
    return *one;
  }
  void* note(void* memory, std::size_t n) {
    if (n > 8192) ++record_buffers;
    if (memory != nullptr) live[memory] = n;
    bytes += memory != nullptr ? n : 0;
    return memory;
  }
  void forget(void* memory) {
    const auto known = live.find(memory);
    if (known == live.end()) return;
    bytes -= known->second;
    live.erase(known);
  }
  std::size_t larger_than(std::size_t n) const {
    return static_cast<std::size_t>(
        std::count_if(live.begin(), live.end(), [n](const auto& one) { return one.second > n; }));
  }
};

void* allocate(std::size_t n, const char*, int) { return engine_memory::all().note(std::malloc(n), n); }
void* reallocate(void* memory, std::size_t n, const char*, int) {
  engine_memory::all().forget(memory);
  return engine_memory::all().note(std::realloc(memory, n), n);
}
void release(void* memory, const char*, int) {
  engine_memory::all().forget(memory);
  std::free(memory);
}
const settings unpoisoned{.how = {.poisons = false}};  // an error in the queue has texts of its own
const bool counting = CRYPTO_set_mem_functions(allocate, reallocate, release) == 1;

}  // namespace

// An idle connection gives its record buffers back: at most 16 KiB an end.
TEST(TlsCosts, OfAnIdleConnection) {
  ASSERT_TRUE(counting);
  const tls::context at_client = client_context();
  const tls::context at_server = server_context();
  constexpr std::size_t pairs = 20;
  std::vector<std::unique_ptr<joined>> all;
  std::vector<std::unique_ptr<conversation>> talks;
  const auto open_one = [&] {
    all.push_back(std::make_unique<joined>(at_client, at_server, unpoisoned));
    talks.push_back(std::make_unique<conversation>(*all.back(), 50'000, 50'000));
    all.back()->drive();
    ASSERT_TRUE(talks.back()->all_heard());
  };
  open_one();  // what is made once a process
  engine_memory& engine = engine_memory::all();
  const std::size_t before = engine.bytes;
  const std::size_t large = engine.larger_than(8192);
  for (std::size_t i = 0; i < pairs; ++i) open_one();
  const std::size_t an_end = (engine.bytes - before) / (2 * pairs);
  RecordProperty("bytes", static_cast<int>(an_end));
  EXPECT_LE(an_end, 16U * 1024);
  EXPECT_EQ(engine.larger_than(8192), large) << "no buffer of a record is left";
  for (const auto& one : all)
    for (const party* end : {&one->client, &one->server}) {
      EXPECT_EQ(end->wire->capacity(), 0U);
      EXPECT_EQ(end->blocks.live(), 0U);
    }
  EXPECT_LE(sizeof(tls::tls_wire), 320U);
}

// Released buffers cost an allocation an end and message; beside them OpenSSL makes four of 40
// bytes.
TEST(TlsCosts, OfAMessageAreTheRecordBuffers) {
  joined ends(client_context(), server_context(), unpoisoned);
  conversation talk(ends, 10, 10);
  ends.drive();
  const auto messages = [&](int n) {
    const std::uint64_t before = engine_memory::all().record_buffers;
    for (int i = 0; i < n; ++i) {
      EXPECT_FALSE(ends.client.stream.write("a message\n"));
      ends.drive();
    }
    return engine_memory::all().record_buffers - before;
  };
  messages(10);
  EXPECT_EQ(messages(100), 2U * 100) << "one to seal, one to decrypt";
}

TEST(TlsCosts, OfAMessageAreNothingWhereBuffersAreKept) {
  const auto keep = [](tls::context_builder& b) { b.keep_record_buffers(); };
  joined ends(client_context(keep), server_context(keep), unpoisoned);
  conversation talk(ends, 10, 10);
  ends.drive();
  const std::uint64_t before = engine_memory::all().record_buffers;
  for (int i = 0; i < 100; ++i) {
    EXPECT_FALSE(ends.client.stream.write("a message\n"));
    ends.drive();
  }
  EXPECT_EQ(engine_memory::all().record_buffers, before);
}

// Nothing is left of connections that end in any way, wrapping refused included.
TEST(TlsCosts, EndWithTheConnection) {
  const tls::context at_client = client_context();
  const tls::context at_server = server_context();
  const auto meet = [&](int how) {
    joined ends(at_client, at_server, unpoisoned);
    conversation talk(ends, 30'000, 30'000);
    if (how == 0)
      ends.step();
    else
      ends.drive();
    if (how == 1) ends.client.stream.close();
    if (how == 2) ends.client.stream.abort();
    if (how != 0) ends.drive();
    std::error_code ec;
    ps::connection refused;
    EXPECT_FALSE(at_client.wrap(refused, {}, ec));
  };
  for (const int how : {0, 1, 2}) meet(how);
  const std::size_t before = engine_memory::all().bytes;
  for (int i = 0; i < 30; ++i) meet(i % 3);
  EXPECT_LE(engine_memory::all().bytes, before + 512) << "tables of OpenSSL's that grow by themselves";
}
