// SPDX-License-Identifier: BSL-1.0
// Two filters as a user would write them: one that changes every byte, one that only watches.
#pragma once

#include <algorithm>
#include <cstddef>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <penstock/error.hpp>
#include <penstock/filter.hpp>

namespace penstock_test {

// Every bit of every byte is flipped on the wire. What it has sealed stays in the connection until
// it has left, so that pending(), full(), deadlines and bytes_lost() go on telling the truth.
class flip_wire final : public penstock::wire {
 public:
  static constexpr std::size_t most_sealed = 16 * 1024;

  flip_wire(penstock::connection& inner, std::string_view first_input) : inner_(inner), waiting_(first_input) {}

  std::size_t input_room() const noexcept override { return waiting_.empty() ? inner_.input_room() : 0; }
  std::span<char> prepare_input(std::size_t n) noexcept override {
    return prepared_ = waiting_.empty() ? inner_.prepare_input(n) : std::span<char>();
  }
  void commit_input(std::size_t n) noexcept override {
    flip(prepared_.first(n));
    inner_.commit_input(n);
  }
  void lend_input(std::span<char> arrived, std::size_t headroom) noexcept override {
    flip(arrived);
    inner_.lend_input(arrived, headroom);
  }
  void settle_input() noexcept override {
    inner_.settle_input();
    if (sealed_.empty()) std::string().swap(sealed_);
  }
  void input_ended() noexcept override {
    ended_ = true;
    if (waiting_.empty()) inner_.input_ended();
  }

  penstock::wire_step next_output(std::span<std::string_view> segments, std::size_t& count) noexcept override {
    const penstock::wire_step step = inner_.next_output(segments, count);
    if (step != penstock::wire_step::send) return step;
    if (sealed_.empty()) {
      for (const std::string_view segment : segments.first(count))
        sealed_ += segment.substr(0, most_sealed - sealed_.size());
      flip(sealed_);
    }
    segments[0] = sealed_;
    count = 1;
    return step;
  }
  void consume_output(std::size_t n) noexcept override {
    sealed_.erase(0, n);
    inner_.consume_output(n);
  }
  void output_shut_down() noexcept override { inner_.output_shut_down(); }

  // Data before the end (R117), also what waits for room.
  void lost(std::error_code ec) noexcept override {
    if (!waiting_.empty() && !inner_.is_closing()) {
      flip(waiting_);
      inner_.in().feed(std::exchange(waiting_, {}));
    }
    if (ended_) inner_.input_ended();
    inner_.lost(ec);
  }
  bool aborted() const noexcept override { return inner_.aborted(); }
  penstock::time_point deadline() const noexcept override {
    const bool another_turn = handed_in_ || (!waiting_.empty() && inner_.input_room() != 0);
    return another_turn ? penstock::time_point() : inner_.deadline();
  }
  // What waited goes in here, for an application that has run already: so the deadline has passed
  // until it has run again.
  void on_time(penstock::time_point now) noexcept override {
    const std::size_t n = std::min(waiting_.size(), inner_.input_room());
    handed_in_ = n != 0;
    if (handed_in_) {
      const std::span<char> to = inner_.prepare_input(n);
      std::copy_n(waiting_.begin(), to.size(), to.begin());
      flip(to);
      inner_.commit_input(to.size());
      waiting_.erase(0, to.size());
      if (waiting_.empty() && ended_) inner_.input_ended();
    }
    inner_.on_time(now);
  }

  static void flip(std::span<char> bytes) noexcept {
    for (char& c : bytes) c = static_cast<char>(~c);
  }

 private:
  penstock::connection& inner_;
  std::string waiting_;  // what was left over and the connection had no room for yet
  std::string sealed_;   // the flipped first bytes of the connection's output
  std::span<char> prepared_;
  bool ended_ = false;
  bool handed_in_ = false;  // since the application last ran
};

class flip_filter final : public penstock::filter {
 public:
  penstock::wire_handle wrap(penstock::connection& inner, const penstock::filter_options& options,
                             std::error_code& ec) const noexcept override {
    const std::string_view left = inner.in().buffered();
    if (!left.empty() && options.leftover == penstock::leftover::reject) {
      ec = penstock::errc::bad_option;
      return {};
    }
    auto* const made = new (std::nothrow) flip_wire(inner, left);
    if (made == nullptr) {
      ec = penstock::errc::no_memory;
      return {};
    }
    inner.in().start_over();
    ec = {};
    return penstock::wire_handle(made);
  }
};

// Changes nothing and writes down what passes.
struct tap_record {
  std::string received;
  std::string sent;
  std::vector<std::string> events;  // "data" once for any number of them in a row
  void note(std::string_view event) {
    if (events.empty() || events.back() != event) events.emplace_back(event);
  }
};

class tap_wire : public penstock::wire {
 public:
  tap_wire(penstock::connection& inner, tap_record& record) : inner_(inner), record_(record) {}

  std::size_t input_room() const noexcept override { return inner_.input_room(); }
  std::span<char> prepare_input(std::size_t n) noexcept override { return prepared_ = inner_.prepare_input(n); }
  void commit_input(std::size_t n) noexcept override {
    see(prepared_.first(n));
    inner_.commit_input(n);
  }
  void lend_input(std::span<char> arrived, std::size_t headroom) noexcept override {
    see(arrived);
    inner_.lend_input(arrived, headroom);
  }
  void settle_input() noexcept override { inner_.settle_input(); }
  void input_ended() noexcept override {
    record_.note("end");
    inner_.input_ended();
  }
  penstock::wire_step next_output(std::span<std::string_view> segments, std::size_t& count) noexcept override {
    const penstock::wire_step step = inner_.next_output(segments, count);
    offered_.clear();
    for (const std::string_view segment : segments.first(count)) offered_ += segment;
    return step;
  }
  void consume_output(std::size_t n) noexcept override {
    record_.sent += std::string_view(offered_).substr(0, n);
    offered_.erase(0, n);
    inner_.consume_output(n);
  }
  void output_shut_down() noexcept override { inner_.output_shut_down(); }
  void lost(std::error_code ec) noexcept override {
    record_.note("lost");
    inner_.lost(ec);
  }
  bool aborted() const noexcept override { return inner_.aborted(); }
  penstock::time_point deadline() const noexcept override { return inner_.deadline(); }
  void on_time(penstock::time_point now) noexcept override { inner_.on_time(now); }

 private:
  void see(std::span<const char> bytes) {
    record_.note("data");
    record_.received.append(bytes.data(), bytes.size());
  }

  penstock::connection& inner_;
  tap_record& record_;
  std::span<char> prepared_;
  std::string offered_;
};

class tap_filter final : public penstock::filter {
 public:
  explicit tap_filter(tap_record& record) : record_(record) {}
  penstock::wire_handle wrap(penstock::connection& inner, const penstock::filter_options&,
                             std::error_code& ec) const noexcept override {
    ec = {};
    return penstock::wire_handle(new (std::nothrow) tap_wire(inner, record_));
  }

 private:
  tap_record& record_;
};

}  // namespace penstock_test
