// SPDX-License-Identifier: BSL-1.0
// The primitives of a send_queue as steps.
#include "send_lane.hpp"

#include <algorithm>
#include <utility>

#include "check.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t most_gathered = 80;

}  // namespace

send_lane::send_lane(counting_blocks& blocks, transcript& out, std::string name)
    : blocks_(blocks), out_(out), name_(std::move(name)) {
  queue_.emplace(blocks.source());
  if (out_.wants_test()) out_.code("send_queue " + name_ + "(default_blocks());");
}

bool send_lane::run(const step& one, std::span<const std::string_view> parts, owned_form form) {
  if (one.op == opcode::write || one.op == opcode::writelines) {
    append(parts);
  } else if (one.op == opcode::write_owned) {
    append_owned(parts.front(), form);
  } else if (one.op == opcode::gather) {
    gather(std::min(one.size(0), most_gathered));
  } else if (one.op == opcode::sent) {
    consume(std::min(one.size(0), pending().size()));
  } else if (one.op == opcode::settle_output) {
    settle();
  } else if (one.op == opcode::abort) {
    clear();
  } else {
    return false;
  }
  if (out_.wants_test()) out_.code("EXPECT_EQ(" + name_ + ".pending(), " + std::to_string(pending().size()) + "u);");
  return true;
}

void send_lane::compare_state() const {
  queue_->validate();
  expect_equal("pending()", pending().size(), queue_->pending());
  // Every byte is copied in once and once more out of a block that it did not fill; a block worn by
  // sending is left when a quarter of it has been sent since it was made.
  expect_at_most("bytes moved (I-16)", 2 * appended_ + 3 * left_, queue_->moved());
  loans_.check(left_, false, send_queue::worth_owning);
}

void send_lane::finish() {
  compare_state();
  gathered_.drop();
  queue_.reset();
  loans_.check(left_, true, send_queue::worth_owning);
}

std::string send_lane::describe() const {
  return name_ + " " + std::to_string(pending().size()) + " bytes, capacity " + std::to_string(capacity());
}

// I-30: all or nothing.
void send_lane::append(std::span<const std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all += part;
  if (out_.wants_test())
    out_.code("{ const std::string_view bytes = " + literal(all) + "; " + name_ +
              ".append({&bytes, 1}, bytes.size()); }");
  const std::uint64_t failures = blocks_.failures();
  const bool appended = queue_->append(parts, all.size());
  expect_equal("append is refused without memory only", blocks_.failures() == failures, appended);
  if (!appended) return;
  model_ += all;
  appended_ += all.size();
}

void send_lane::append_owned(std::string_view bytes, owned_form form) {
  // An empty segment breaks the queue's invariant: the half takes no writes of no bytes.
  if (bytes.empty()) return;
  owned_bytes owned = loans_.make(bytes, form == owned_form::homeless ? owned_form::string : form);
  const char* const where = owned.view().data();
  if (out_.wants_test())
    out_.code("{ owned_bytes bytes(std::string(" + literal(bytes) + ")); " + name_ + ".append(bytes); }");
  const std::uint64_t failures = blocks_.failures();
  const bool appended = queue_->append(owned);
  expect_equal("append is refused without memory only", blocks_.failures() == failures, appended);
  expect_equal("who owns the bytes now", !appended, owned.view().data() == where);
  if (!appended) {
    expect_equal("bytes that were not taken over", bytes, owned.view());
    owned = owned_bytes();
    return loans_.refused();
  }
  model_ += bytes;
  appended_ += bytes.size();
  loans_.accepted(model_.size());
}

// Views of the first segments, none of them empty: all there are or as many as asked for.
void send_lane::gather(std::size_t segments) {
  gathered_.drop();
  gathered_.take(segments, [&](std::span<std::string_view> views) { return queue_->gather(views); });
  const std::string& bytes = gathered_.bytes();
  expect_equal("gathered bytes (I-3)", pending().substr(0, bytes.size()), bytes);
  expect("all is gathered, or as many segments as asked for",
         gathered_.segments() == segments || bytes.size() == pending().size());
}

void send_lane::consume(std::size_t n) {
  gather(most_gathered);
  gathered_.drop();
  if (out_.wants_test()) out_.code(name_ + ".consume(" + std::to_string(n) + ");");
  queue_->consume(n);
  left_ += n;
}

void send_lane::clear() {
  gathered_.drop();
  if (out_.wants_test()) out_.code(name_ + ".clear();");
  queue_->clear();
  left_ = model_.size();
  expect_equal("memory held without a byte", std::size_t{0}, queue_->capacity());
}

// I-11.
void send_lane::settle() {
  gathered_.drop();
  if (out_.wants_test()) out_.code(name_ + ".settle();");
  const std::uint64_t failures = blocks_.failures();
  queue_->settle();
  if (blocks_.failures() != failures) return;
  const std::size_t size = pending().size();
  expect_at_most("memory held after settle (I-11)", size == 0 ? 0 : 2 * size + 4096, queue_->capacity());
}

}  // namespace penstock::fuzz
