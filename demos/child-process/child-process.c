/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lines of a program as it prints them, but not for ever: after a time limit it is asked to end, and killed if it does not listen.
 *
 * The arguments are a program and its own arguments. Without any, it is a shell that counts, and does not listen. Whatever happens, also Ctrl+C in a program that handles it,
 * the child is reaped before the main function goes on.
 */

#include <anyio.h>
#include <string.h>

#define TIME_LIMIT_S 0.5
#define GRACE_S 0.2

static const char *stubborn[] = { "/bin/sh", "-c", "trap 'echo \"I do not listen\"' TERM; for i in 1 2 3; do echo \"line $i\"; done; while :; do sleep 0.05; done", NULL };

static void
print_lines (GString *text)
{
  const char *end;

  while ((end = strchr (text->str, '\n')) != NULL)
    {
      g_print ("> %.*s\n", (int) (end - text->str), text->str);
      g_string_erase (text, 0, end - text->str + 1);
    }
}

static gboolean
show_output (gpointer data, GError **error)
{
  AnyioProcess *process = data;
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[1024];
  gssize n;

  while ((n = anyio_byte_receive_stream_receive (anyio_process_get_stdout (process), buffer, sizeof buffer, error)) > 0)
    {
      g_string_append_len (text, buffer, n);
      print_lines (text);
    }

  return n == 0;
}

static gboolean
run_program (gpointer data, GError **error)
{
  g_autoptr (AnyioProcess) process = anyio_open_process (data, G_SUBPROCESS_FLAGS_STDOUT_PIPE, error);
  g_autoptr (GError) failure = NULL;

  if (process == NULL)
    return FALSE;

  if (!anyio_with_timeout (TIME_LIMIT_S, show_output, process, &failure))
    {
      g_print ("It is asked to end: %s\n", g_error_matches (failure, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ? "the time is over" : failure->message);
      if (!anyio_process_stop (process, GRACE_S, error))
        return FALSE;
    }
  if (!anyio_process_close (process, error))
    return FALSE;

  if (anyio_process_get_returncode (process) < 0)
    g_print ("It was ended by signal %d\n", -anyio_process_get_returncode (process));
  else
    g_print ("It has ended with status %d\n", anyio_process_get_returncode (process));

  return TRUE;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;

  if (!anyio_run (run_program, argc > 1 ? (gpointer) (argv + 1) : (gpointer) stubborn, &error))
    g_printerr ("%s\n", error->message);

  return error != NULL;
}
