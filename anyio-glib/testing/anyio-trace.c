/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The trace of a test: words that the code under test leaves behind, in order of time, to be compared as one string ("a1 b1 a2").
 *
 * There is one trace per process. Any thread may add words; it is read and cleared by the thread of the test. It costs a
 * formatted string and a lock per word.
 */

#include "anyio-testing.h"

static GMutex lock;
static GString *words; /* guarded by lock; lazily made, never freed */

/* Holds the lock. */
static GString *
get_words_locked (void)
{
  if (words == NULL)
    words = g_string_new (NULL);

  return words;
}

/**
 * anyio_trace:
 * @format: a format as of printf()
 * @...: its arguments
 *
 * Adds a word to the trace. Any thread may do so.
 *
 * Since: 0.1
 */
void
anyio_trace (const char *format,
             ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_mutex_lock (&lock);
  if (get_words_locked ()->len > 0)
    g_string_append_c (words, ' ');
  g_string_append_vprintf (words, format, arguments);
  g_mutex_unlock (&lock);
  va_end (arguments);
}

/**
 * anyio_trace_get:
 *
 * Reads the trace.
 *
 * Returns: (transfer none): the words in order of time, one space between; valid until the next word is added or the trace cleared
 *
 * Since: 0.1
 */
const char *
anyio_trace_get (void)
{
  const char *text;

  g_mutex_lock (&lock);
  text = get_words_locked ()->str;
  g_mutex_unlock (&lock);

  return text;
}

/**
 * anyio_trace_clear:
 *
 * Empties the trace. The test cases of this library begin with an empty one.
 *
 * Since: 0.1
 */
void
anyio_trace_clear (void)
{
  g_mutex_lock (&lock);
  g_string_truncate (get_words_locked (), 0);
  g_mutex_unlock (&lock);
}
