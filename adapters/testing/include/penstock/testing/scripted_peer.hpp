// SPDX-License-Identifier: BSL-1.0
// The other end of a handler's connection as a list of what it does and expects, on virtual time.
//
//   std::string wrong = scripted_peer()
//                           .expect_send("220 ready\r\n")
//                           .give("QUIT\r\n")
//                           .stall(std::chrono::seconds(30))
//                           .expect_send("221 bye\r\n")
//                           .expect_shutdown()
//                           .talk_to(serve);
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <penstock/contract.hpp>
#include <penstock/testing/handler.hpp>
#include <penstock/time.hpp>

namespace penstock { inline namespace v0 { namespace testing {

// Each step begins when the one before it is done. Behind the last one the peer sends its end, unless it
// did, and the handler has to end without sending more and without a reset.
class PENSTOCK_API scripted_peer {
 public:
  scripted_peer& give(std::string_view bytes) { return add(kind::give, bytes); }  // they arrive together
  // The handler sends these bytes, in however many pieces.
  scripted_peer& expect_send(std::string_view bytes) { return add(kind::expect_send, bytes); }
  // Nothing comes from the peer for so long; what the handler sends meanwhile is there afterwards.
  scripted_peer& stall(duration how_long) { return add(kind::stall, {}, how_long); }
  // The handler ends its direction, and has sent nothing more; a reset is no such end.
  scripted_peer& expect_shutdown() { return add(kind::expect_shutdown); }
  // The handler breaks the connection, and has sent nothing more; the last step.
  scripted_peer& expect_reset() { return add(kind::expect_reset); }
  scripted_peer& finish() { return add(kind::finish); }  // sends the end; still reads
  scripted_peer& reset() { return add(kind::reset); }    // breaks the connection; the last step

  // Runs the handler against it. Empty: all came as it should; else the first step that did not, what
  // came instead, and who waits for what if nothing can happen any more.
  std::string talk_to(const handler& what, const handler_options& options = {}) const;

 private:
  friend class scripted_talk;
  enum class kind : std::uint8_t { give, expect_send, stall, expect_shutdown, expect_reset, finish, reset };
  struct deed {
    kind what;
    std::string bytes;
    duration time;
  };
  scripted_peer& add(kind what, std::string_view bytes = {}, duration time = {}) {
    deeds_.push_back({what, std::string(bytes), time});
    return *this;
  }

  std::vector<deed> deeds_;
};

}}}  // namespace penstock::v0::testing
