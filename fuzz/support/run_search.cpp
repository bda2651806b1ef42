// SPDX-License-Identifier: BSL-1.0
// A text that grows behind and shrinks in front, searched by every kernel after each step.
#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <penstock/describe.hpp>

#include "scaled.hpp"
#include "search_variant.hpp"
#include "targets.hpp"

namespace penstock::fuzz {
namespace {

constexpr std::size_t usual_text = 2 * 1024;
constexpr std::size_t longest_text = 72 * 1024;  // beyond what 16 bits can count
constexpr std::size_t longest_word = 1024;
constexpr std::size_t most_copies = 64;
constexpr std::size_t search_patience = 512 * 1024;  // bytes to be searched, by all variants, in texts beyond the usual

class search_session {
 public:
  // With the kernels that this processor has.
  explicit search_session(transcript& out) : out_(out) {
    add("portable", detail::next_candidate_portable);
#if PENSTOCK_X86
    if (__builtin_cpu_supports("sse2")) add("sse2", detail::next_candidate_sse2);
    if (__builtin_cpu_supports("avx2")) add("avx2", detail::next_candidate_avx2);
#endif
#if defined(__x86_64__)
    window_kernels_.push_back(detail::list_candidates_sse2);
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi"))
      window_kernels_.push_back(detail::list_candidates_avx2);
#endif
    variants_.emplace_back("find_first", nullptr, true);
    variants_.emplace_back("find_first without a position", nullptr, false);
  }

  bool run(const script& input, const step& one) {
    const opcode op = one.op;
    if (patience_used_ > search_patience) return false;
    if (op == opcode::choose) {
      word_times_ = times_of(one.numbers[0]);
      text_times_ = times_of(one.numbers[0] / 4);
    } else if (op == opcode::feed || op == opcode::lend) {
      grow(one.bytes, 1);
    } else if (op == opcode::receive) {
      grow(one.bytes, one.size(0) % most_copies + 1);
    } else if (op == opcode::consume) {
      drop(std::min(one.size(0), text_.size()));
    } else if (op == opcode::stop_awaiting) {
      from_ = 0;
    } else if (op == opcode::peek) {
      from_ /= 2;
    } else if (op == opcode::readuntil || op == opcode::readuntil_limit || op == opcode::skip_until) {
      take_words(input.words(one));
      from_ = 0;
      found_ = 0;
      for (search_variant& variant : variants_) variant.begin(words_);
      if (out_.wants_test()) declare();
      const std::string_view text = search();
      lose_patience();
      compare_candidates(kernels_, text.substr(0, usual_text), words_);
      compare_window(window_kernels_, text, words_, position_);
      compare_separators(words_);
      if (words_.size() > 1 && found_ > usual_text) compare_beginnings(text, words_, naive_find(text, words_));
    } else if (op == opcode::await_input) {
      go_on();
    } else if (op == opcode::ask && !words_.empty()) {
      drop(found_);
      search();
    } else {
      return false;
    }
    return true;
  }
  std::string outcome() const { return outcome_; }

 private:
  void add(std::string_view name, detail::candidate_search* kernel) {
    kernels_.push_back(kernel);
    variants_.emplace_back(name, kernel, true);
  }

  void take_words(std::span<const std::string_view> words) {
    words_ = words;
    if (word_times_ == 1) return;
    repeated_words_.clear();
    for (const std::string_view word : words) repeated_words_.push_back(repeated(word, word_times_, longest_word));
    repeated_views_.assign(repeated_words_.begin(), repeated_words_.end());
    words_ = repeated_views_;
  }

  void grow(std::string_view bytes, std::size_t copies) {
    outcome_.clear();
    if (bytes.empty()) return;
    const std::size_t longest = text_times_ == 1 ? usual_text : longest_text;
    if (text_.size() + bytes.size() > longest) return;
    text_ += repeated(bytes, copies * text_times_, longest - text_.size());
  }

  void drop(std::size_t n) {
    outcome_.clear();
    text_.erase(0, n);
    position_ += n;
    from_ -= std::min(from_, n);
    found_ = 0;
  }

  void lose_patience() noexcept {
    if (text_.size() > usual_text) patience_used_ += text_.size() * std::max<std::size_t>(words_.size(), 1);
  }

  // Somebody else has searched on: from_ is as far as no match ends.
  void go_on() {
    outcome_.clear();
    const naive_match match = naive_find(text_, words_);
    from_ = std::max(from_, match.found ? std::max<std::size_t>(match.end, 1) - 1 : text_.size());
  }

  // Answers the text, which lives until the next search.
  std::string_view search() {
    lose_patience();
    alone_ = std::make_unique<char[]>(text_.size());
    std::ranges::copy(text_, alone_.get());
    const std::string_view bytes(alone_.get(), text_.size());
    const searched_text text{bytes, position_, from_, naive_find(bytes, words_)};
    const bool bad = separators(words_).check().operator bool();
    const naive_match expected = bad ? naive_match{} : text.expected;
    if (out_.wants_steps())
      outcome_ =
          expected.found ? "[" + std::to_string(expected.begin) + ", " + std::to_string(expected.end) + ")" : "nothing";
    if (out_.wants_test()) write_test(text, expected);
    for (search_variant& variant : variants_) variant.search(text);
    found_ = expected.found ? expected.end : 0;
    from_ = expected.found || bad ? 0 : text_.size();
    return bytes;
  }

  void declare() {
    std::string list;
    for (const std::string_view word : words_) list += (list.empty() ? "" : ", ") + literal(word);
    const std::string number = std::to_string(++count_);
    if (!words_.empty()) out_.code("const std::string_view words" + number + "[] = {" + list + "};");
    out_.code("separators what" + number + "{std::span<const std::string_view>{" +
              (words_.empty() ? "" : "words" + number) + "}};");
  }

  void write_test(const searched_text& text, const naive_match& expected) {
    const std::string place = std::to_string(text.from) + ", examined, " + std::to_string(text.position);
    const std::string result =
        expected.found ? "true, " + std::to_string(expected.begin) + ", " + std::to_string(expected.end) : "";
    if (!examines_) out_.code("std::uint64_t examined = 0;");
    examines_ = true;
    out_.code("EXPECT_EQ(find_first(what" + std::to_string(count_) + ", " + literal(text.bytes) + ", " + place +
              "), (search_result{" + result + "}));");
  }

  transcript& out_;
  std::vector<detail::candidate_search*> kernels_;
  std::vector<detail::candidate_listing*> window_kernels_{nullptr, detail::list_candidates_portable};
  std::vector<search_variant> variants_;
  std::span<const std::string_view> words_;
  std::vector<std::string> repeated_words_;  // where a step's are repeated
  std::vector<std::string_view> repeated_views_;
  std::size_t word_times_ = 1;
  std::size_t text_times_ = 1;
  std::uint64_t patience_used_ = 0;  // bytes searched where there are many
  std::string text_;
  std::unique_ptr<char[]> alone_;
  std::string outcome_;
  std::uint64_t position_ = 0;
  std::size_t from_ = 0;   // no match ends within so many bytes
  std::size_t found_ = 0;  // where the match that was found last ends
  std::size_t count_ = 0;
  bool examines_ = false;
};

}  // namespace

std::size_t run_search(const script& input, transcript& out) {
  search_session session(out);
  std::size_t done = 0;
  for (const step& one : input.steps()) {
    if (out.wants_steps()) out.begin(input.text(one));
    if (session.run(input, one)) ++done;
    if (out.wants_steps()) out.end(session.outcome());
  }
  return done;
}

}  // namespace penstock::fuzz
