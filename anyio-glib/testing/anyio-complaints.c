/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Collecting what is wrong with a run, and failing the GLib test with it. A test's message is one line of its protocol, and a second one would
 * replace the first; hence all is collected and lines are joined. The text as it was goes to stderr, because a test in a subprocess shows no message. */

#include "anyio-complaints-private.h"

void
anyio_complain (GString *complaints,
                const char *format,
                ...)
{
  va_list arguments;

  if (complaints->len > 0)
    g_string_append (complaints, "; ");
  va_start (arguments, format);
  g_string_append_vprintf (complaints, format, arguments);
  va_end (arguments);
}

void
anyio_complain_error (GString *complaints,
                      const char *who,
                      const GError *error)
{
  anyio_complain (complaints, "%s failed (%s, %d): %s", who, g_quark_to_string (error->domain), error->code, error->message);
}

void
anyio_complaints_fail (const GString *complaints,
                       const char *context,
                       guint seed)
{
  g_autofree char *line = NULL;

  if (complaints->len == 0)
    return;

  g_printerr ("%s: %s%s\n", g_test_get_path (), context, complaints->str);
  if (seed != 0)
    g_printerr ("%s: ANYIO_SCHEDULE_SEED=%u repeats this run\n", g_test_get_path (), seed);
  line = g_strdelimit (g_strdup (complaints->str), "\n", '|');
  g_test_fail_printf ("%s%s", context, line);
}
