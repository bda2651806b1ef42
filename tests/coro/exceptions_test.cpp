// SPDX-License-Identifier: BSL-1.0
// Proves which exception each error is on the face, what it says and what it carries.
#include <penstock/coro/exceptions.hpp>

#include <cerrno>
#include <cstddef>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <penstock/memory.hpp>

namespace ps = penstock;

namespace {

enum class thrown { nothing, logic_error, invalid_argument, system_error, other };

// What f throws; the text goes to `what`.
template <class F>
thrown by(F f, std::string& what, std::error_code& code) {
  try {
    f();
  } catch (const std::invalid_argument& e) {
    return what = e.what(), thrown::invalid_argument;
  } catch (const std::logic_error& e) {
    return what = e.what(), thrown::logic_error;
  } catch (const std::system_error& e) {
    return what = e.what(), code = e.code(), thrown::system_error;
  } catch (...) {
    return thrown::other;
  }
  return thrown::nothing;
}

// Every errc; a new one without a line here is a warning.
thrown expected(ps::errc e) {
  switch (e) {
    case ps::errc::read_in_progress:
    case ps::errc::write_after_eof:
    case ps::errc::closed: return thrown::logic_error;
    case ps::errc::empty_separator:
    case ps::errc::too_many_separators:
    case ps::errc::bad_option: return thrown::invalid_argument;
    case ps::errc::limit_overrun:
    case ps::errc::incomplete_read:
    case ps::errc::buffer_full:
    case ps::errc::not_connected:
    case ps::errc::timed_out:
    case ps::errc::canceled:
    case ps::errc::no_memory:
    case ps::errc::resolver_busy: return thrown::system_error;
  }
  return thrown::other;
}

ps::task<std::string> what_of(ps::task<std::string> work) {
  std::string what = "nothing";
  try {
    what = co_await std::move(work);
  } catch (const ps::incomplete_read_error& e) {
    what = "incomplete " + e.partial + " of " + std::to_string(e.expected);
  } catch (const ps::limit_overrun_error& e) {
    const bool found = std::string_view(e.what()).starts_with("Separator is found");
    what = (found ? "overrun, found, " : "overrun ") + std::to_string(e.consumed);
  } catch (const std::invalid_argument& e) {
    what = std::string("invalid_argument ") + e.what();
  } catch (const std::logic_error& e) {
    what = std::string("logic_error ") + e.what();
  } catch (const std::system_error& e) {
    what = "system_error " + e.code().message();
  }
  co_return what;
}

struct face_row {
  std::string bytes;  // that come before the end
  ps::task<std::string> (*run)(ps::stream_reader&);
  std::string what;
};

std::string message(ps::errc e) { return make_error_code(e).message(); }

}  // namespace

TEST(Exceptions, EveryErrorIsOneOfThreeKinds) {
  for (int value = static_cast<int>(ps::errc::limit_overrun); value <= static_cast<int>(ps::errc::closed); ++value) {
    const auto e = static_cast<ps::errc>(value);
    SCOPED_TRACE(message(e));
    std::string what;
    std::error_code code;
    const thrown kind = by([&] { ps::throw_error(e); }, what, code);
    EXPECT_EQ(kind, expected(e));
    EXPECT_NE(what.find(message(e)), std::string::npos) << what;
    if (kind == thrown::system_error) {
      EXPECT_EQ(code, e);
    }
  }
}

// A number of another category is nobody's errc.
TEST(Exceptions, OfOthersAreSystemErrors) {
  const int number = static_cast<int>(ps::errc::read_in_progress);
  for (const std::error_code ec :
       {std::error_code(number, std::system_category()), std::error_code(number, std::generic_category()),
        std::make_error_code(std::errc::connection_reset), std::error_code(ECONNRESET, std::system_category())}) {
    std::string what;
    std::error_code code;
    EXPECT_EQ(by([&] { ps::throw_error(ec); }, what, code), thrown::system_error);
    EXPECT_EQ(code, ec);
    EXPECT_EQ(what, ec.message());
  }
}

// R44
TEST(Exceptions, AnIncompleteReadCarriesWhatThereWas) {
  const ps::incomplete_read_error of_ten("abc", 10);
  EXPECT_EQ(of_ten.partial, "abc");
  EXPECT_EQ(of_ten.expected, 10U);
  EXPECT_EQ(of_ten.code(), ps::errc::incomplete_read);
  EXPECT_EQ(std::string(of_ten.what()),
            "3 bytes read on a total of 10 expected bytes: " + message(ps::errc::incomplete_read));
  const ps::incomplete_read_error of_some("", 0);
  EXPECT_EQ(of_some.expected, 0U);
  EXPECT_EQ(std::string(of_some.what()),
            "0 bytes read on a total of undefined expected bytes: " + message(ps::errc::incomplete_read));
}

// R45: asyncio's two texts, letter by letter.
TEST(Exceptions, AnOverrunCarriesHowFarItLookedAndSaysWhatItSaw) {
  const ps::limit_overrun_error e(70'000);
  EXPECT_EQ(e.consumed, 70'000U);
  EXPECT_EQ(e.code(), ps::errc::limit_overrun);
  const std::string after = ": " + message(ps::errc::limit_overrun);
  EXPECT_EQ(e.what(), "Separator is not found, and chunk exceed the limit" + after);
  EXPECT_EQ(ps::limit_overrun_error(7, true).what(), "Separator is found, but chunk is longer than limit" + after);
}

TEST(Exceptions, AreSystemErrorsAndCopyWithoutThrowing) {
  static_assert(std::is_base_of_v<std::system_error, ps::incomplete_read_error>);
  static_assert(std::is_base_of_v<std::system_error, ps::limit_overrun_error>);
  static_assert(!std::is_base_of_v<std::invalid_argument, ps::limit_overrun_error>);  // R45
  const ps::incomplete_read_error original("abc", 4);
  const ps::incomplete_read_error copy = original;  // NOLINT: the copy is what is looked at
  EXPECT_EQ(copy.partial, "abc");
  EXPECT_STREQ(copy.what(), original.what());
}

TEST(Exceptions, ThrowOutcomeIsWhatTheOutcomeIs) {
  EXPECT_THROW(ps::throw_outcome(ps::read_outcome::incomplete("ab", 3)), ps::incomplete_read_error);
  EXPECT_THROW(ps::throw_outcome(ps::read_outcome::limit_overrun(3)), ps::limit_overrun_error);
  EXPECT_THROW(ps::throw_outcome(ps::read_outcome::failed(ps::errc::bad_option)), std::invalid_argument);
  EXPECT_THROW(ps::throw_outcome(ps::read_outcome::failed(ps::errc::read_in_progress)), std::logic_error);
  EXPECT_DEATH(ps::throw_outcome(ps::read_outcome::eof()), "");
}

// The same as calls of the face throw them.
TEST(Exceptions, AsReadsThrowThem) {
  const std::string long_line(200, 'x');
  const std::string more_than_fits(2000, 'x');
  const face_row rows[] = {
      {"ab", [](ps::stream_reader& in) -> ps::task<std::string> { co_return co_await in.readexactly(5); },
       "incomplete ab of 5"},
      {"ab", [](ps::stream_reader& in) -> ps::task<std::string> { co_return co_await in.readuntil(";"); },
       "incomplete ab of 0"},
      {long_line, [](ps::stream_reader& in) -> ps::task<std::string> { co_return co_await in.readuntil("\r\n"); },
       "overrun 199"},
      {long_line, [](ps::stream_reader& in) -> ps::task<std::string> { co_return co_await in.readline(); },
       "overrun 200"},
      {long_line + ";", [](ps::stream_reader& in) -> ps::task<std::string> { co_return co_await in.readuntil(";"); },
       "overrun, found, 200"},
      {long_line + "\n", [](ps::stream_reader& in) -> ps::task<std::string> { co_return co_await in.readline(); },
       "overrun, found, 201"},
      {"ab", [](ps::stream_reader& in) -> ps::task<std::string> { co_return co_await in.readuntil(""); },
       "invalid_argument " + message(ps::errc::empty_separator)},
      {"ab",
       [](ps::stream_reader& in) -> ps::task<std::string> {
         const std::vector<std::string_view> nine(9, "x");
         co_return co_await in.readuntil(std::span<const std::string_view>(nine));
       },
       "invalid_argument " + message(ps::errc::too_many_separators)},
      {more_than_fits, [](ps::stream_reader& in) -> ps::task<std::string> { co_return co_await in.readexactly(5000); },
       "system_error " + message(ps::errc::buffer_full)},
  };
  for (const face_row& row : rows) {
    SCOPED_TRACE(row.what);
    ps::memory::event_loop loop;
    auto [mine, other] = ps::memory::duplex(loop, {.first = {.reading = {.limit = 100, .max_buffered = 1000}}});
    EXPECT_FALSE(other.out.write(row.bytes));
    EXPECT_FALSE(other.out.write_eof());
    loop.run();
    EXPECT_EQ(loop.run_until(what_of(row.run(mine.in))), row.what);
  }
}

// R71: a write after write_eof is a mistake, a lost connection an answer.
TEST(Exceptions, OfWrites) {
  ps::memory::event_loop loop;
  auto [mine, other] = ps::memory::duplex(loop);
  EXPECT_FALSE(mine.out.write_eof());
  EXPECT_THROW(static_cast<void>(mine.out.write("x")), std::logic_error);
  EXPECT_THROW(static_cast<void>(mine.out.writelines({})), std::logic_error);
  other.out.abort();
  EXPECT_EQ(other.out.write("x"), ps::errc::not_connected);
  EXPECT_THROW(mine.in.set_limit(0), std::invalid_argument);
}
