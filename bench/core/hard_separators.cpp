// SPDX-License-Identifier: BSL-1.0
// Separators made to be slow: many false starts, a near match at every place, several at once.
#include <string>

#include "flat.hpp"
#include "split.hpp"

namespace bench {
namespace {

constexpr std::size_t near_match_size = std::size_t{1} << 20;

// a^31 b a^32 in a text of a: its first and last byte stand at every place.
const std::string& near_match() {
  static const std::string bytes = std::string(31, 'a') + 'b' + std::string(32, 'a');
  return bytes;
}

void add_near_match_flat(const std::string& name, std::size_t (*search)(std::string_view, std::string_view)) {
  benchmark::RegisterBenchmark(name.c_str(), [search](benchmark::State& state) {
    const std::string text(near_match_size, 'a');
    const tally cost;
    for (auto _ : state) benchmark::DoNotOptimize(search(text, near_match()));
    cost.report(state, "byte", text.size(), text.size());
  });
}

void add_near_match_fed(const std::string& name, std::size_t chunk) {
  benchmark::RegisterBenchmark(name.c_str(), [chunk](benchmark::State& state) {
    const std::string text(near_match_size, 'a');
    block_pool pool;
    const auto search = [&] {
      penstock::read_half in({.limit = 2 * near_match_size}, pool.source());
      penstock::readuntil op(near_match());
      for (std::size_t at = 0; at < text.size(); at += chunk) {
        in.feed(std::string_view(text).substr(at, chunk));
        auto out = in.poll(op);
        if (out.status() != penstock::read_status::need_more) return false;
      }
      return true;
    };
    if (!search()) return state.SkipWithError("there is no match in this text");
    const tally cost(&pool);
    for (auto _ : state) benchmark::DoNotOptimize(search());
    cost.report(state, "byte", text.size(), text.size());
  });
}

template <class Make>
void add_several(const std::string& name, std::size_t size, std::string_view separator, Make make) {
  const auto text = [size, separator]() -> record_text& { return records(size, separator); };
  add_splitter(name + "flat_memchr", text,
               [](std::string& bytes, penstock::block_source&) { return flat_memchr(bytes, '\n'); });
  add_lent<style::view>(name + "lend_4k", text, 4096, make);
  add_lent<style::view>(name + "lend_64k", text, 65536, make);
}

}  // namespace

void add_hard_separators() {
  add_near_match_flat("near_match/1M/flat_memmem", flat_memmem);
  add_near_match_flat("near_match/1M/flat_simd", flat_simd);
  add_near_match_fed("near_match/1M/feed_4k", 4096);
  add_near_match_fed("near_match/1M/feed_whole", near_match_size);

  const auto false_starts = []() -> record_text& { return records(100, "\r\n", '\r'); };
  const std::string name = "false_starts_crlf/100/";
  add_splitter(name + "flat_simd", false_starts,
               [](std::string& bytes, penstock::block_source&) { return flat_simd(bytes, "\r\n"); });
  add_lent<style::view>(name + "lend_4k", false_starts, 4096, [] { return penstock::readuntil("\r\n"); });

  for (const std::size_t size : {20u, 100u, 1000u})
    add_several("crlf_or_lf/" + std::to_string(size) + "/", size, "\r\n",
                [] { return penstock::readuntil({"\r\n", "\n"}); });
  add_several("lf_or_rare_byte/100/", 100, "\n", [] { return penstock::readuntil({"\n", "\x1e"}); });
  add_several("lf_or_rare_string/100/", 100, "\n", [] { return penstock::readuntil({"\n", "--the-end--"}); });
}

}  // namespace bench
