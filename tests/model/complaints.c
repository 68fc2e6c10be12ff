/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The log of the process. */

#include "complaints.h"

static struct
{
  GString *trace;
  gboolean expects_misuse; /* the current call may be misuse */
  guint n_misuses;
} the_log;

static GLogWriterOutput
write_log (GLogLevelFlags level,
           const GLogField *fields,
           gsize n_fields,
           gpointer user_data)
{
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) == 0)
    return G_LOG_WRITER_HANDLED;

  if (the_log.expects_misuse && (level & G_LOG_LEVEL_CRITICAL) != 0)
    {
      the_log.n_misuses++;
      return G_LOG_WRITER_HANDLED;
    }

  if ((level & G_LOG_LEVEL_ERROR) != 0 || the_log.trace == NULL)
    return g_log_writer_default (level, fields, n_fields, user_data);

  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE"))
      {
        g_autofree char *text = g_strdelimit (g_strdup (fields[i].value), "\n#", ' ');

        g_string_append_printf (the_log.trace, "! %s\n", text);
      }

  return G_LOG_WRITER_HANDLED;
}

void
model_complaints_init (void)
{
  g_log_set_writer_func (write_log, NULL, NULL);
}

void
model_complaints_set_trace (GString *trace)
{
  the_log.trace = trace;
  the_log.expects_misuse = FALSE;
}

void
model_complaints_expect_misuse (void)
{
  the_log.expects_misuse = TRUE;
  the_log.n_misuses = 0;
}

guint
model_complaints_end_misuse (void)
{
  the_log.expects_misuse = FALSE;

  return the_log.n_misuses;
}
