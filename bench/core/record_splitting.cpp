// SPDX-License-Identifier: BSL-1.0
// readuntil with separators of 2 and of 16 bytes, beside a flat search by first and last byte.
#include "flat.hpp"
#include "split.hpp"

namespace bench {

void add_record_splitting() {
  struct row {
    const char* name;
    std::string_view separator;
  };
  static constexpr row rows[] = {{"crlf", "\r\n"}, {"16_bytes", "--boundary-0123\n"}};
  for (const row& one : rows) {
    for (const std::size_t size : {20u, 100u, 1000u}) {
      const std::string name = std::string("readuntil_") + one.name + "/" + std::to_string(size) + "/";
      const std::string_view separator = one.separator;
      const auto text = [size, separator]() -> record_text& { return records(size, separator); };
      const auto make = [separator] { return penstock::readuntil(separator); };
      add_splitter(name + "flat_simd", text,
                   [separator](std::string& bytes, penstock::block_source&) { return flat_simd(bytes, separator); });
      add_lent<style::view>(name + "lend_4k", text, 4096, make);
      add_lent<style::view>(name + "lend_64k", text, 65536, make);
      add_lent<style::fresh_operation>(name + "lend_4k_fresh_readuntil", text, 4096, make);
    }
  }
}

}  // namespace bench
