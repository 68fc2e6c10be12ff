/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A service that works until it is told to end. SIGHUP has it read its settings again. At SIGTERM it finishes what it has begun, for which it has five seconds; a second SIGTERM
 * ends it at once. Here it sends the signals to itself. With `--slow` its work takes so long that the second one is needed.
 */

#include <anyio.h>

#include <signal.h>

typedef struct
{
  AnyioTaskGroup *group; /* borrowed */
  gboolean slow;
} Service;

static gboolean
receive_signals (gpointer data, GError **error)
{
  Service *self = data;
  AnyioCancelScope *scope = anyio_task_group_get_cancel_scope (self->group);
  g_autoptr (AnyioSignalReceiver) signals = anyio_signal_receiver_open (ANYIO_SIGNALS (SIGHUP, SIGINT, SIGTERM), error);
  int number;

  if (signals == NULL || !anyio_task_started (NULL, error))
    return FALSE;

  while ((number = anyio_signal_receiver_receive (signals, error)) != 0)
    {
      const char *name = anyio_signal_to_name (number);

      if (number == SIGHUP)
        {
          g_print ("%s: the settings are read again\n", name);
        }
      else if (!anyio_cancel_scope_get_stop_requested (scope))
        {
          g_print ("%s: nothing new is begun\n", name);
          anyio_cancel_scope_request_stop (scope, 5, name);
        }
      else
        {
          g_print ("%s: at once\n", name);
          anyio_cancel_scope_cancel (scope, name);
        }
    }

  return FALSE;
}

/* In the middle of it somebody sends a signal; 0: nobody does. */
static gboolean
do_piece (int number, int signal_number, double seconds, GError **error)
{
  if (!anyio_sleep (seconds / 2, error))
    return FALSE;
  if (signal_number != 0)
    raise (signal_number);
  if (!anyio_sleep (seconds / 2, error))
    return FALSE;
  g_print ("Piece %d is done\n", number);

  return TRUE;
}

static gboolean
send_again (gpointer data, GError **error)
{
  if (!anyio_sleep (0.3, error))
    return FALSE;
  raise (SIGTERM);

  return TRUE;
}

static gboolean
work (Service *self, GError **error)
{
  const int sent[] = { 0, SIGHUP, SIGTERM };

  if (self->slow)
    {
      raise (SIGTERM);
      anyio_task_group_start_soon (self->group, send_again, NULL, NULL);
      return do_piece (1, 0, 60, error);
    }
  for (int i = 0; !anyio_is_stop_requested (); i++)
    if (!do_piece (i + 1, sent[i % 3], 0.2, error))
      return FALSE;

  return TRUE;
}

static gboolean
serve (gpointer data, GError **error)
{
  Service self = { .slow = GPOINTER_TO_INT (data) };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  gboolean is_done;

  self.group = group;
  if (!anyio_task_group_start (group, receive_signals, &self, NULL, NULL, error))
    return FALSE;
  is_done = work (&self, error);
  g_print (is_done ? "The work is done\n" : "The work is given up\n");
  anyio_task_group_cancel (group, "the work has ended");

  return anyio_task_group_join (group, error);
}

int
main (int argc, char **argv)
{
  g_autoptr (GError) error = NULL;
  gboolean slow = argc > 1 && g_str_equal (argv[1], "--slow");

  if (!anyio_run (serve, GINT_TO_POINTER (slow), &error))
    g_printerr ("%s\n", error->message);

  return error != NULL;
}
