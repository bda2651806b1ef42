// SPDX-License-Identifier: BSL-1.0
#include "asio_loop.hpp"

#include <stdexcept>

#include "asio_parts.hpp"

namespace penstock_test {

asio_loop::asio_loop() : parts_(std::make_unique<parts>()) {}
asio_loop::~asio_loop() = default;

void asio_loop::run(const std::function<void()>& start, const std::function<bool()>& done) {
  parts_->context.restart();
  parts_->loop.get().inside(start);
  while (!done())
    if (parts_->context.run_one() == 0) throw std::logic_error("nothing can happen any more\n" + explain());
}

bool asio_loop::poll() {
  parts_->context.restart();
  return parts_->context.poll() != 0;
}

penstock::time_point asio_loop::now() const noexcept {
  parts_->loop.get().look_at_clock();
  return parts_->loop.get().now();
}

penstock::counters asio_loop::counters() const noexcept { return parts_->loop.counters(); }
std::string asio_loop::explain() const { return parts_->loop.explain(); }
void asio_loop::on_unhandled(std::function<void(std::exception_ptr)> told) {
  parts_->loop.on_unhandled(std::move(told));
}
asio_loop::operator penstock::scheduler&() const noexcept { return parts_->loop; }

}  // namespace penstock_test
