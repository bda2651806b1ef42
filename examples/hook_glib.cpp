// SPDX-License-Identifier: BSL-1.0
// A line echo server in a GLib main context, by a hook: `hook_glib [--once N]`.
#include <glib-unix.h>

#include <penstock/hooks/glib.hpp>

#include "hooked_echo.hpp"

using client = hooked::session<penstock::hooks::glib_connection, GMainContext*>;

int main(int argc, char** argv) {
  const auto [listener, once] = line_echo::begin(argc, argv);
  GMainContext* context = g_main_context_default();
  g_unix_fd_add(
      listener, G_IO_IN,
      [](gint fd, GIOCondition, gpointer loop) -> gboolean {
        hooked::accept_from<client>(fd, *static_cast<GMainContext**>(loop));
        return G_SOURCE_CONTINUE;
      },
      &context);
  while (client::ended != once) g_main_context_iteration(context, TRUE);
}
