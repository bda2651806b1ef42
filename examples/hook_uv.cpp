// SPDX-License-Identifier: BSL-1.0
// A line echo server in a libuv loop, by a hook: `hook_uv [--once N]`.
#include <uv.h>

#include <penstock/hooks/uv.hpp>

#include "hooked_echo.hpp"

using client = hooked::session<penstock::hooks::uv_connection, uv_loop_t*>;

int main(int argc, char** argv) {
  const auto [listener, once] = line_echo::begin(argc, argv);
  uv_loop_t* loop = uv_default_loop();
  uv_poll_t accepting;
  accepting.data = &loop;
  uv_poll_init(loop, &accepting, listener);
  uv_poll_start(&accepting, UV_READABLE, [](uv_poll_t* handle, int, int) {
    uv_os_fd_t fd;
    uv_fileno(reinterpret_cast<uv_handle_t*>(handle), &fd);
    hooked::accept_from<client>(fd, *static_cast<uv_loop_t**>(handle->data));
  });
  while (client::ended != once) uv_run(loop, UV_RUN_ONCE);
}
