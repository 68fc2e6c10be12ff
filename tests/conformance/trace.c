/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What an interpreter in C writes: events with their time, words for errors; and GLib's log, in which misuse is found. */

#include "interpreter.h"

#include <stdio.h>

void
say (const char *format,
     ...)
{
  va_list arguments;

  printf ("%g ", anyio_current_time ());
  va_start (arguments, format);
  vprintf (format, arguments);
  va_end (arguments);
  putchar ('\n');
}

static AnyioTask *misuser; /* borrowed; only compared */
static guint n_misuses;

void
expect_misuse (void)
{
  misuser = anyio_get_current_task ();
  n_misuses = 0;
}

gboolean
was_misused (void)
{
  misuser = NULL;

  return n_misuses > 0;
}

static GLogWriterOutput
write_log (GLogLevelFlags level,
           const GLogField *fields,
           gsize n_fields,
           gpointer user_data)
{
  if (misuser != NULL && (level & G_LOG_LEVEL_CRITICAL) != 0 && anyio_get_current_task () == misuser)
    {
      n_misuses++;
      return G_LOG_WRITER_HANDLED;
    }
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) == 0)
    return G_LOG_WRITER_HANDLED;

  fflush (stdout);
  g_log_writer_default (level, fields, n_fields, user_data);
  g_abort ();
}

static void
append_error (GString *text,
              const GError *error)
{
  static const struct
  {
    GQuark (*get_domain) (void);
    int code;
    const char *word;
  } known[] = {
    { g_io_error_quark, G_IO_ERROR_BROKEN_PIPE, "broken" },
    { g_io_error_quark, G_IO_ERROR_CANCELLED, "cancelled" },
    { g_io_error_quark, G_IO_ERROR_CLOSED, "closed" },
    { g_io_error_quark, G_IO_ERROR_PENDING, "pending" },
    { g_io_error_quark, G_IO_ERROR_TIMED_OUT, "timed-out" },
    { g_io_error_quark, G_IO_ERROR_WOULD_BLOCK, "would-block" },
    { anyio_error_quark, ANYIO_ERROR_BROKEN, "broken" },
    { anyio_error_quark, ANYIO_ERROR_EMPTY, "empty" },
    { anyio_error_quark, ANYIO_ERROR_END_OF_STREAM, "end" },
    { anyio_error_quark, ANYIO_ERROR_LAGGED, "lagged" },
    { anyio_error_quark, ANYIO_ERROR_MISUSE, "misuse" },
    { anyio_error_quark, ANYIO_ERROR_NOT_STARTED, "not-started" },
  };

  if (g_error_matches (error, ANYIO_ERROR, ANYIO_ERROR_GROUP))
    {
      GPtrArray *errors = anyio_error_group_get_errors (error);

      for (guint i = 0; i < errors->len; i++)
        {
          g_string_append_c (text, i == 0 ? '(' : ',');
          append_error (text, g_ptr_array_index (errors, i));
        }
      g_string_append_c (text, ')');
      return;
    }
  if (error->domain == FAILURE)
    {
      g_string_append (text, error->message);
      return;
    }
  for (guint i = 0; i < G_N_ELEMENTS (known); i++)
    if (g_error_matches (error, known[i].get_domain (), known[i].code))
      {
        g_string_append (text, known[i].word);
        return;
      }
  g_string_append_printf (text, "[%s_%d]", g_quark_to_string (error->domain), error->code);
}

char *
describe (const GError *error)
{
  GString *text = g_string_new (NULL);

  append_error (text, error);

  return g_string_free (text, FALSE);
}

void
trace_init (void)
{
  g_log_set_writer_func (write_log, NULL, NULL);
}
