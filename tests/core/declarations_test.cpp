// SPDX-License-Identifier: BSL-1.0
// Proves that the tool that lists a class's entries (for I-12's table) misses none: a class with
// one of everything that a declaration can look like.
#include "support/declarations.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

TEST(PublicMutators, AreFoundInAClassBody) {
  const std::string header = R"(
    enum class probe_state { on };
    class PENSTOCK_API probe final : public base {
     public:
      explicit probe(options o = {}, source& s = defaults()) noexcept : s_(s) { start(); }
      std::error_code write(std::span<const char> text) noexcept { return put(text); }
      [[nodiscard]] PENSTOCK_API bool write(a, b) noexcept;  // void hidden(int);
      template <class T> void write_all(const T& t);
      void look() const noexcept;
      static constexpr int n = 3;
     private:
      void put(int);
     public:
      int last();
    };
    class other { public: void none(); };)";
  const std::vector<std::string> expected{"write(std::span<const char>)", "write(a, b)", "write_all(const T&)",
                                          "last()"};
  EXPECT_EQ(penstock_test::public_mutators(header, "probe"), expected);
}
