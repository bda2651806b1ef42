// SPDX-License-Identifier: BSL-1.0
// The raw peer of grounds that have none: a stream whose calls ask for a turn.
#include <penstock/testing/ground.hpp>

#include <utility>

namespace penstock { inline namespace v0 { namespace testing {
namespace {

class stream_peer final : public raw_peer {
 public:
  explicit stream_peer(end far) : far_(std::move(far)) { far_.out.transport().pause_reading(); }

  void send(std::string_view bytes) override { far_.out.write(bytes); }
  std::string receive() override {
    far_.out.transport().resume_reading();
    read_half& half = far_.in.underlying().inner().in();
    std::string bytes(half.consume(half.buffered().size()));
    far_.in.underlying().update();
    return bytes;
  }
  bool at_end() override { return !was_reset() && far_.in.at_eof(); }
  bool was_reset() override { return static_cast<bool>(far_.out.close_reason()); }
  void finish() override { far_.out.write_eof(); }
  void reset() override { far_.out.abort(); }

 private:
  end far_;
};

}  // namespace

raw_peer::~raw_peer() = default;
ground::~ground() = default;

task<raw_connected> ground::connect_raw(stream_options first) {
  connected both = co_await connect(first, {});
  co_return raw_connected{std::move(both.first), std::make_unique<stream_peer>(std::move(both.second))};
}

}}}  // namespace penstock::v0::testing
