// SPDX-License-Identifier: BSL-1.0
// The wire of a tap: passes everything on, and writes it down on the way.
#include <penstock/testing/tap.hpp>

#include <new>
#include <optional>
#include <span>
#include <utility>

#include <penstock/describe.hpp>
#include <penstock/write_half.hpp>

namespace penstock { inline namespace v0 { namespace testing {
namespace {

class tap_wire final : public wire {
 public:
  tap_wire(connection& inner, const tap::receiver& to, const tap_options& options)
      : inner_(inner), to_(to), options_(options) {
    arrived(inner.in().buffered());
  }
  ~tap_wire() override { hand_over(); }

  std::size_t input_room() const noexcept override { return inner_.input_room(); }
  std::span<char> prepare_input(std::size_t n) noexcept override { return prepared_ = inner_.prepare_input(n); }
  void commit_input(std::size_t n) noexcept override {
    arrived({prepared_.data(), n});
    inner_.commit_input(n);
  }
  void lend_input(std::span<char> bytes, std::size_t headroom) noexcept override {
    arrived({bytes.data(), bytes.size()});
    inner_.lend_input(bytes, headroom);
  }
  void settle_input() noexcept override { inner_.settle_input(); }
  void input_ended() noexcept override {
    ended_ = true;
    inner_.input_ended();
  }

  wire_step next_output(std::span<std::string_view> segments, std::size_t& count) noexcept override {
    const wire_step step = inner_.next_output(segments, count);
    offered_count_ = 0;
    if (step == wire_step::send)
      for (const std::string_view one : segments.first(count))
        if (offered_count_ != std::size(offered_)) offered_[offered_count_++] = one;
    return step;
  }
  void consume_output(std::size_t n) noexcept override {
    sent(n);
    inner_.consume_output(n);
  }
  void output_shut_down() noexcept override { inner_.output_shut_down(); }

  void lost(std::error_code ec) noexcept override {
    write_down_arrived();
    if (ended_) add("feed_eof\n");
    if (ec == std::errc::connection_reset)
      add("fault 5 " + std::to_string(total_arrived_) + "  # a reset behind so many bytes\n");
    add("lost " +
        std::to_string(ec.category() == std::generic_category() || ec.category() == std::system_category() ? ec.value()
                                                                                                           : 0) +
        (ec ? "  # " + ec.message() : "") + '\n');
    hand_over();
    inner_.lost(ec);
  }
  bool aborted() const noexcept override { return inner_.aborted(); }
  time_point deadline() const noexcept override { return inner_.deadline(); }
  // What arrived in this turn gets its time here.
  void on_time(time_point now) noexcept override {
    if (!last_) last_ = now;
    now_ = now;
    write_down_arrived();
    inner_.on_time(now);
  }

 private:
  void add(const std::string& line) noexcept {
    if (full_) return;
    try {
      script_ += line;
    } catch (const std::bad_alloc&) {
      full_ = true;
    }
  }

  std::string as_recorded(std::string_view bytes, bool arrives) const {
    return quoted(options_.redact ? options_.redact(bytes, arrives) : std::string(bytes));
  }

  // False, once and for all, when too much was written down.
  bool count(std::size_t n) noexcept {
    full_ = full_ || options_.most - recorded_ < n;
    if (!full_) recorded_ += n;
    return !full_;
  }

  void arrived(std::string_view bytes) noexcept {
    total_arrived_ += bytes.size();
    if (bytes.empty() || !count(bytes.size())) return;
    try {
      pending_ += "feed " + as_recorded(bytes, true) + '\n';
    } catch (...) {
      full_ = true;
    }
  }
  void write_down_arrived() noexcept {
    if (pending_.empty()) return;
    const duration passed = last_ ? now_ - *last_ : duration();
    if (passed > duration()) add("pass_time " + std::to_string(passed.count()) + '\n');
    last_ = now_;
    add(pending_);
    pending_.clear();
  }
  void sent(std::size_t n) noexcept {
    write_down_arrived();
    if (n == 0 || !count(n)) return;
    try {
      std::string bytes;
      for (const std::string_view one : std::span(offered_).first(offered_count_))
        bytes += one.substr(0, n - bytes.size());
      add("write " + as_recorded(bytes, false) + '\n');
    } catch (...) {
      full_ = true;
    }
  }

  void hand_over() noexcept {
    if (std::exchange(handed_over_, true)) return;
    try {
      to_(full_ ? script_ + "# no more was written down\n" : std::move(script_));
    } catch (...) {  // a recording is no reason to end a server
    }
  }

  connection& inner_;
  const tap::receiver to_;
  const tap_options options_;
  std::string script_ = "penstock script 1\n";
  std::string pending_;  // feeds that have no time
  std::span<char> prepared_;
  std::string_view offered_[write_half::useful_segments];
  std::size_t offered_count_ = 0;
  std::size_t recorded_ = 0;
  std::uint64_t total_arrived_ = 0;
  std::optional<time_point> last_;  // when something arrived
  time_point now_;
  bool ended_ = false;
  bool full_ = false;
  bool handed_over_ = false;
};

}  // namespace

tap::tap(receiver to, tap_options options) : to_(std::move(to)), options_(std::move(options)) {}

wire_handle tap::wrap(connection& inner, const filter_options&, std::error_code& ec) const noexcept {
  try {
    return wire_handle(new tap_wire(inner, to_, options_));
  } catch (const std::bad_alloc&) {
    ec = errc::no_memory;
    return {};
  }
}

}}}  // namespace penstock::v0::testing
