// SPDX-License-Identifier: BSL-1.0
// Proves that a sending half, alone or in a connection, answers what the rules say, call by call:
// random sessions against the model of fuzz/support, one command an operation. A failure is printed
// as the steps of a script.
#include <penstock/write_half.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <ostream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <rapidcheck/state.h>

#include <penstock/connection.hpp>
#include <penstock/describe.hpp>
#include <penstock/send_queue.hpp>

#include "fuzz/support/counting_blocks.hpp"
#include "fuzz/support/loans.hpp"
#include "fuzz/support/sending_end.hpp"
#include "fuzz/support/writer_model.hpp"
#include "properties/property.hpp"

namespace ps = penstock;
using namespace penstock_test;
using penstock::fuzz::writer_model;

namespace {

struct stream {
  stream(writer_model::kind what, ps::write_options options) : end(what, options, blocks.source()) {}
  penstock::fuzz::counting_blocks blocks;
  penstock::fuzz::loans loans;  // outlives the bytes
  penstock::fuzz::sending_end end;
  std::string accepted;  // what was dropped included
  std::string sink;
};

// Everything that can be asked at any time, of both.
void compare(const writer_model& model, stream& sut) {
  const ps::write_half& half = sut.end.half();
  sut.end.validate();
  std::size_t count = 0;
  RC_ASSERT((sut.end.next({}, count) == model.next()));
  RC_ASSERT(half.pending() == model.pending().size());
  RC_ASSERT(half.full() == model.full());
  RC_ASSERT(half.ending() == model.ending());
  RC_ASSERT(half.bytes_lost() == model.bytes_lost());
  RC_ASSERT(half.limits().high == model.limits().high);
  RC_ASSERT(half.limits().low == model.limits().low);
  RC_ASSERT(half.limits().max_pending == model.limits().max_pending);
  RC_ASSERT(half.capacity() == sut.blocks.live_bytes());
  sut.loans.check(sut.sink.size(), model.dropped(), ps::send_queue::worth_owning);
  ps::connection* const c = sut.end.connection();
  if (c == nullptr) return;
  RC_ASSERT(ps::name(c->state()) == ps::name(model.state()));
  RC_ASSERT(c->is_closing() == model.is_closing());
  RC_ASSERT(c->close_reason() == model.close_reason());
  RC_ASSERT((c->input_room() != 0) == model.takes_input());
}

// Both sides of a command in one function: without a stream only the model makes the step.
struct command : rc::state::Command<writer_model, stream> {
  virtual void play(writer_model& model, stream* sut) const = 0;

  void apply(writer_model& model) const override { play(model, nullptr); }
  void run(const writer_model& before, stream& sut) const override {
    writer_model model = before;
    try {
      play(model, &sut);
      compare(model, sut);
    } catch (const penstock::fuzz::mismatch& found) {
      RC_FAIL(found.what + ": expected " + found.expected + ", observed " + found.observed);
    }
  }
};

// A call that writes: what it writes, and how.
struct writing : command {
  virtual std::string bytes() const = 0;
  virtual std::error_code call(stream& sut) const = 0;

  void play(writer_model& model, stream* sut) const override {
    const std::string all = bytes();
    const std::error_code expected = model.judge(all.size());
    if (!expected) model.accept(all);
    if (sut == nullptr) return;
    if (!expected) sut->accepted += all;
    RC_ASSERT(call(*sut) == expected);
  }
};

struct write : writing {
  std::string text = *penstock_test::text();
  std::string bytes() const override { return text; }
  std::error_code call(stream& sut) const override { return sut.end.write(std::string_view(text)); }
  void show(std::ostream& out) const override { out << "write " << ps::quoted(text); }
};

struct write_span : write {
  std::error_code call(stream& sut) const override {
    return sut.end.write(std::as_bytes(std::span(std::as_const(text))));
  }
};

template <penstock::fuzz::owned_form Form>
struct write_owned : writing {
  std::string text = *penstock_test::text();
  bool large = *rc::gen::arbitrary<bool>();  // too large to be worth a copy
  std::string bytes() const override { return large ? text + std::string(1024, 'L') : text; }
  std::error_code call(stream& sut) const override {
    const std::string all = bytes();
    const std::size_t end = sut.accepted.size();
    const std::error_code ec = sut.end.write(sut.loans.make(all, Form));
    if (ec || all.empty())
      sut.loans.refused();
    else
      sut.loans.accepted(end);
    return ec;
  }
  void show(std::ostream& out) const override { out << "write_owned " << ps::quoted(bytes()); }
};

struct writelines : writing {
  std::vector<std::string> parts = *rc::gen::resize(5, rc::gen::container<std::vector<std::string>>(text()));
  std::string bytes() const override {
    std::string all;
    for (const std::string& part : parts) all += part;
    return all;
  }
  std::error_code call(stream& sut) const override { return sut.end.writelines(views(parts)); }
  void show(std::ostream& out) const override {
    out << "writelines";
    for (const std::string& part : parts) out << ' ' << ps::quoted(part);
  }
};

struct write_eof : command {
  void play(writer_model& model, stream* sut) const override {
    const std::error_code expected = model.write_eof();
    if (sut != nullptr) RC_ASSERT(sut->end.write_eof() == expected);
  }
  void show(std::ostream& out) const override { out << "write_eof"; }
};

rc::Gen<ps::write_options> some_marks() {
  return rc::gen::map(rc::gen::container<std::array<std::size_t, 3>>(rc::gen::inRange<std::size_t>(0, 30)),
                      [](const auto& n) { return ps::write_options{n[0], n[1], n[2]}; });
}

struct set_limits : command {
  ps::write_options options = *some_marks();
  void play(writer_model& model, stream* sut) const override {
    const std::error_code expected = model.set_limits(options);
    if (sut != nullptr) RC_ASSERT(sut->end.set_limits(options) == expected);
  }
  void show(std::ostream& out) const override {
    out << "set_write_limits " << options.high << ' ' << options.low << ' ' << options.max_pending;
  }
};

// A send of what is gathered, that takes n bytes of it or as many as there are.
struct send : command {
  std::size_t segments = *rc::gen::inRange<std::size_t>(0, 6);
  std::size_t n = *rc::gen::element<std::size_t>(0, 1, 2, 3, 10, 500, 1024, 5000);
  void play(writer_model& model, stream* sut) const override {
    if (sut == nullptr) return model.sent(std::min(n, model.pending().size()));
    std::vector<std::string_view> gathered(segments);
    std::size_t count = 0;
    sut->end.next(gathered, count);
    std::string bytes;
    for (const std::string_view view : std::span(gathered).first(count)) bytes += view;
    RC_ASSERT(bytes == model.pending().substr(0, bytes.size()));
    // What was not asked for may leave, too: the sink has its own views.
    const std::size_t all = std::min(n, model.pending().size());
    sut->sink += model.pending().substr(0, all);
    sut->end.consume(all);
    model.sent(all);
    RC_ASSERT(sut->sink == sut->accepted.substr(0, sut->sink.size()));
  }
  void show(std::ostream& out) const override { out << "gather " << segments << "\nsent " << n; }
};

// The calls that have neither arguments nor an answer.
template <auto OfEnd, auto OfModel>
struct plain : command {
  void play(writer_model& model, stream* sut) const override {
    if (sut != nullptr) (sut->end.*OfEnd)();
    (model.*OfModel)();
  }
  void show(std::ostream& out) const override { out << name(); }
  virtual const char* name() const = 0;
};

struct close : plain<&penstock::fuzz::sending_end::close, &writer_model::close> {
  const char* name() const override { return "close"; }
};
struct abort : plain<&penstock::fuzz::sending_end::abort, &writer_model::abort> {
  const char* name() const override { return "abort"; }
};
struct shut_down : plain<&penstock::fuzz::sending_end::shut_down, &writer_model::shut_down> {
  void checkPreconditions(const writer_model& model) const override {
    RC_PRE((model.next() == ps::wire_step::shutdown));
  }
  const char* name() const override { return "shut_down"; }
};

struct lost : command {
  int number = *rc::gen::inRange(0, 3);
  void play(writer_model& model, stream* sut) const override {
    const std::error_code ec = number == 0 ? std::error_code() : std::error_code(number, std::generic_category());
    if (sut != nullptr) sut->end.lost(ec);
    model.lost(ec);
  }
  void show(std::ostream& out) const override { out << "lost " << number; }
};

struct input_ended : command {
  void play(writer_model& model, stream* sut) const override {
    if (sut != nullptr && sut->end.connection() != nullptr) sut->end.connection()->input_ended();
    model.input_ended();
  }
  void show(std::ostream& out) const override { out << "feed_eof"; }
};

struct settle : command {
  void play(writer_model& model, stream* sut) const override {
    if (sut == nullptr) return;
    sut->end.settle();
    const std::size_t size = model.pending().size();
    RC_ASSERT(sut->blocks.live_bytes() <= (size == 0 ? 0 : 2 * size + 4096));
  }
  void show(std::ostream& out) const override { out << "settle_output"; }
};

void answers(writer_model::kind what) {
  using form = penstock::fuzz::owned_form;
  ps::write_options options = *some_marks().as("limits");
  options.low = std::min(options.low, options.high);
  stream sut(what, options);
  rc::state::check(
      [&] { return writer_model(what, options); }, sut,
      rc::state::gen::execOneOfWithArgs<write, write_span, write_owned<form::view>, write_owned<form::string>,
                                        write_owned<form::vector>, writelines, write_eof, set_limits, send, send, send,
                                        shut_down, settle, close, abort, lost, input_ended>());
}

}  // namespace

// R57, R71-R76, R80, I-3, I-11, I-12, I-13: whatever is written, sent and changed, each answer and each
// level is the model's; owned bytes are given back once, when they have left or were dropped.
TEST(WriterProperty, AHalfAnswersWhatTheRulesSay) {
  holds([] { answers(writer_model::kind::half); });
}

// R49, R50, R55, R57, R59, R78-R80, I-6, I-22: the same through a connection, and what it tells its
// transport to do next.
TEST(WriterProperty, AConnectionAnswersWhatTheRulesSay) {
  holds([] { answers(writer_model::kind::connection); });
}
