/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which back end a loop gets, and the error messages that the back ends share. */

#include "loop/anyio-poller-private.h"

#include <gio/gio.h>

/* All names that there are on some system, the best first; NULL where it is not built. */
static const struct
{
  const char *name;
  const AnyioPollerClass *klass;
} backends[] = {
#ifdef __linux__
  { "epoll", &anyio_poller_epoll },
#else
  { "epoll", NULL },
#endif
  { "glib", &anyio_poller_glib },
};

static char *
list_names (gboolean all)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (backends); i++)
    if (all || backends[i].klass != NULL)
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", backends[i].name);

  return g_string_free (g_steal_pointer (&names), FALSE);
}

/* The first that works. Having no descriptors left is no reason to take another one: that would work worse and hide the trouble. */
static AnyioPoller *
new_best (AnyioLoop *loop,
          GSource *source,
          GError **error)
{
  g_autoptr (GError) last = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (backends); i++)
    {
      AnyioPoller *poller;

      if (backends[i].klass == NULL)
        continue;
      g_clear_error (&last);
      poller = backends[i].klass->new (loop, source, &last);
      if (poller != NULL)
        return poller;
      if (!g_error_matches (last, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED) && !g_error_matches (last, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
        break;
    }

  g_propagate_error (error, g_steal_pointer (&last));
  return NULL;
}

AnyioPoller *
anyio_poller_new (AnyioLoop *loop,
                  GSource *source,
                  const char *backend,
                  GError **error)
{
  g_autofree char *names = NULL;

  if (backend == NULL)
    backend = g_getenv ("ANYIO_BACKEND");
  if (backend == NULL || *backend == '\0')
    return new_best (loop, source, error);

  for (guint i = 0; i < G_N_ELEMENTS (backends); i++)
    {
      if (!g_str_equal (backend, backends[i].name))
        continue;
      if (backends[i].klass != NULL)
        return backends[i].klass->new (loop, source, error);

      names = list_names (FALSE);
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "The back end “%s” is not available on this system; there are: %s", backend, names);
      return NULL;
    }

  names = list_names (TRUE);
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "There is no back end “%s”; known are: %s", backend, names);
  return NULL;
}

gboolean
anyio_poller_fail_pending (const AnyioWatch *watch,
                           GError **error)
{
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_PENDING, "Another task is already waiting until descriptor %d is %s",
               watch->fd, watch->condition == G_IO_IN ? "readable" : "writable");
  return FALSE;
}

gboolean
anyio_poller_fail_errno (const AnyioWatch *watch,
                         int code,
                         GError **error)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "Cannot wait until descriptor %d is %s: %s",
               watch->fd, watch->condition == G_IO_IN ? "readable" : "writable", g_strerror (code));
  return FALSE;
}
