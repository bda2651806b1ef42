// SPDX-License-Identifier: BSL-1.0
// A user's program: reads one line and prints it.
#include <cstdio>

#include <penstock/core.hpp>

int main() {
  penstock::read_half in;
  in.feed("hello, ");
  penstock::readline line;
  if (in.poll(line).status() != penstock::read_status::need_more) return 1;
  in.feed("consumer\n");
  const penstock::read_outcome answer = in.poll(line);
  if (answer.status() != penstock::read_status::data) return 1;
  std::printf("%.*s", static_cast<int>(answer.text().size()), answer.text().data());
}
