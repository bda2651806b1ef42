// SPDX-License-Identifier: BSL-1.0
// C++ text for each call of a write_half or of a connection that is written to.
#include "writer_test.hpp"

#include <array>

#include <penstock/error.hpp>

namespace penstock::fuzz {
namespace {

std::string expression(const write_options& options) {
  return "{.high = " + number_literal(options.high) + ", .low = " + number_literal(options.low) +
         ", .max_pending = " + number_literal(options.max_pending) + '}';
}

std::string expression(std::error_code ec) {
  if (!ec) return "std::error_code()";
  constexpr std::array known{
      std::pair{errc::buffer_full, "buffer_full"}, std::pair{errc::write_after_eof, "write_after_eof"},
      std::pair{errc::not_connected, "not_connected"}, std::pair{errc::bad_option, "bad_option"}};
  for (const auto& [value, name] : known)
    if (ec == value) return "make_error_code(errc::" + std::string(name) + ')';
  return "std::error_code(" + std::to_string(ec.value()) + ", category())";
}

}  // namespace

void writer_test::begin(const read_options& reading, const write_options& options) {
  if (!out_.wants_test()) return;
  out_.code("{");
  if (connected_) {
    out_.code("deadlines policy;");
    out_.code("deadline_watch watch(policy, time_point());");
    out_.code("connection c({.limit = " + number_literal(reading.limit) +
              ", .max_buffered = " + number_literal(reading.max_buffered) + "}, " + expression(options) + ");");
    out_.code("const write_half& out = c.out();");
  } else {
    out_.code("write_half out(" + expression(options) + ");");
  }
  out_.code("[[maybe_unused]] const auto gathered = [&](std::size_t n) {");
  out_.code("  std::vector<std::string_view> views(n);");
  out_.code("  views.resize(out.gather(views));");
  out_.code("  std::string text;");
  out_.code("  for (const std::string_view view : views) text += view;");
  out_.code("  return text;");
  out_.code("};");
}

void writer_test::end() {
  if (out_.wants_test()) out_.code("}");
}

void writer_test::call(std::string_view of_half, std::string_view of_connection) {
  if (!out_.wants_test()) return;
  out_.code((connected_ ? "c." + std::string(of_connection) : "out." + std::string(of_half)) + ';');
}

void writer_test::answered(std::string_view call, std::error_code answer) {
  if (!out_.wants_test()) return;
  out_.code("EXPECT_EQ(" + std::string(connected_ ? "c." : "out.") + std::string(call) + ", " + expression(answer) +
            ");");
}

void writer_test::write(std::string_view bytes, std::error_code answer) {
  if (out_.wants_test()) answered("write(" + literal(bytes) + ')', answer);
}

void writer_test::write_owned(std::string_view bytes, std::error_code answer) {
  if (out_.wants_test()) answered("write(owned_bytes(std::string(" + literal(bytes) + ")))", answer);
}

void writer_test::writelines(std::span<const std::string_view> parts, std::error_code answer) {
  if (!out_.wants_test()) return;
  const std::string name = "parts" + std::to_string(++count_);
  std::string list;
  for (const std::string_view part : parts) list += (list.empty() ? "" : ", ") + literal(part);
  out_.code("const std::vector<std::string_view> " + name + "{" + list + "};");
  answered("writelines(" + name + ')', answer);
}

void writer_test::write_huge(std::size_t parts) {
  if (out_.wants_test())
    out_.code("// Here " + std::to_string(parts) + " views that claim half of the address space were refused.");
}

void writer_test::set_limits(const write_options& options, std::error_code answer) {
  if (!out_.wants_test()) return;
  answered((connected_ ? "set_write_limits(" : "set_limits(") + expression(options) + ')', answer);
}

void writer_test::gather(std::string_view bytes, std::size_t segments) {
  if (!out_.wants_test()) return;
  out_.code("EXPECT_EQ(gathered(" + std::to_string(segments) + "), " + literal(bytes) + ");");
}

void writer_test::sent(std::size_t n) {
  const std::string number = std::to_string(n);
  call("consume(" + number + ')', "consume_output(" + number + ')');
}

void writer_test::end_step(const writer_model& model) {
  if (!out_.wants_test()) return;
  if (model.pending().size() != pending_) {
    pending_ = model.pending().size();
    out_.code("EXPECT_EQ(out.pending(), " + number_literal(pending_) + ");");
  }
  if (model.full() != full_) {
    full_ = model.full();
    out_.code(full_ ? "EXPECT_TRUE(out.full());" : "EXPECT_FALSE(out.full());");
  }
}

}  // namespace penstock::fuzz
