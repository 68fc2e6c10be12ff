/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Reads programs from standard input and writes their traces to standard output.
 *
 *   model-runner --schedules N   each program under the schedules 0 to N - 1
 *   model-runner --schedule K    under schedule K only
 *   model-runner --one           the whole input is one program (for fuzzers); otherwise each has its size in front, 16 bits, low byte first
 *
 * Before each trace stands a line "#PROGRAM SCHEDULE", programs counted from 0. A run that takes longer than ten seconds ends the process
 * with SIGALRM. After a failed assertion or that, the output holds the trace as far as it came; with --unbuffered it holds at least the last
 * such line also after other crashes. */

#include "complaints.h"
#include "interpreter.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define RUN_SECONDS 10
#define FLUSH_SIZE  65536

static GString *the_output; /* for the signal handler */

/* Writes what there is and lets the signal do its work. */
static void
die (int signal_number)
{
  gssize written = write (STDOUT_FILENO, the_output->str, the_output->len);

  (void) written;
  signal (signal_number, SIG_DFL);
  raise (signal_number);
}

static void
flush (GString *out)
{
  fwrite (out->str, 1, out->len, stdout);
  fflush (stdout);
  g_string_truncate (out, 0);
}

static void
run_program (const guint8 *data,
             gsize size,
             guint index,
             guint first,
             guint end,
             gboolean unbuffered,
             GString *out)
{
  ModelProgram program;

  model_program_decode (&program, data, size);
  for (guint schedule = first; schedule < end; schedule++)
    {
      g_string_append_printf (out, "#%u %u\n", index, schedule);
      if (unbuffered)
        flush (out);
      alarm (RUN_SECONDS);
      model_interpreter_run (&program, schedule, out);
    }
  alarm (0);
}

static GByteArray *
read_input (void)
{
  GByteArray *input = g_byte_array_new ();
  guint8 buffer[65536];
  gsize n;

  while ((n = fread (buffer, 1, sizeof buffer, stdin)) > 0)
    g_byte_array_append (input, buffer, n);

  return input;
}

int
main (int argc,
      char **argv)
{
  int schedules = 1;
  int schedule = -1;
  gboolean one = FALSE;
  gboolean unbuffered = FALSE;
  GOptionEntry entries[] = {
    { "schedules", 0, 0, G_OPTION_ARG_INT, &schedules, "How many schedules, from 0", "N" },
    { "schedule", 0, 0, G_OPTION_ARG_INT, &schedule, "This schedule only", "K" },
    { "one", 0, 0, G_OPTION_ARG_NONE, &one, "The whole input is one program", NULL },
    { "unbuffered", 0, 0, G_OPTION_ARG_NONE, &unbuffered, "Write before each run", NULL },
    G_OPTION_ENTRY_NULL
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GByteArray) input = NULL;
  g_autoptr (GString) out = g_string_sized_new (2 * FLUSH_SIZE);
  g_autoptr (GError) error = NULL;
  guint first;
  guint end;
  guint index = 0;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }

  the_output = out;
  signal (SIGABRT, die);
  signal (SIGALRM, die);
  signal (SIGTRAP, die);
  model_complaints_init ();
  first = schedule >= 0 ? schedule : 0;
  end = schedule >= 0 ? schedule + 1 : schedules;
  input = read_input ();
  if (one)
    {
      run_program (input->data, input->len, 0, first, end, unbuffered, out);
      flush (out);
      return 0;
    }

  for (gsize at = 0; at + 2 <= input->len; index++)
    {
      gsize size = input->data[at] | (gsize) input->data[at + 1] << 8;

      at += 2;
      if (at + size > input->len)
        {
          g_printerr ("The input ends inside a program\n");
          return 2;
        }

      run_program (input->data + at, size, index, first, end, unbuffered, out);
      at += size;
      if (out->len >= FLUSH_SIZE)
        flush (out);
    }
  flush (out);

  return 0;
}
