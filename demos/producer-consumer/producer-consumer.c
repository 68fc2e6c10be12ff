/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A producer and two consumers, with a stream between them that holds two items. Who produces too fast waits for room; each item goes to one consumer; when the
 * producer closes its end, the consumers take what is left, and end.
 */

#include <anyio.h>

ANYIO_DEFINE_MEMORY_OBJECT_STREAM (Text, text, char *, g_free)

typedef struct
{
  const char *name;
  double delay;              /* seconds that an item takes */
  TextReceiveStream *stream; /* borrowed */
} Consumer;

static gboolean
produce (gpointer data, GError **error)
{
  TextSendStream *stream = data;

  for (int i = 1; i <= 6; i++)
    {
      g_autofree char *item = g_strdup_printf ("item %d", i);

      g_print ("Here is %s\n", item);
      if (!text_send (stream, item, error))
        return FALSE;
      item = NULL; /* the stream's now */
    }
  g_print ("That was the last one\n");
  text_send_stream_close (stream);

  return TRUE;
}

static gboolean
consume (gpointer data, GError **error)
{
  const Consumer *consumer = data;
  g_autoptr (GError) end = NULL;
  char *item;

  while (text_receive (consumer->stream, &item, &end))
    {
      g_print ("%s takes %s\n", consumer->name, item);
      g_free (item);
      if (!anyio_sleep (consumer->delay, error))
        return FALSE;
    }
  if (!g_error_matches (end, ANYIO_ERROR, ANYIO_ERROR_END_OF_STREAM))
    {
      g_propagate_error (error, g_steal_pointer (&end));
      return FALSE;
    }
  g_print ("%s has done\n", consumer->name);

  return TRUE;
}

static gboolean
run_all (gpointer data, GError **error)
{
  g_autoptr (TextSendStream) send = NULL;
  g_autoptr (TextReceiveStream) receive = NULL;
  Consumer ann = { "Ann", 0.2 };
  Consumer bob = { "Bob", 0.5 };
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  text_stream_create (2, &send, &receive);
  ann.stream = bob.stream = receive;
  anyio_task_group_start_soon (group, consume, &ann, NULL);
  anyio_task_group_start_soon (group, consume, &bob, NULL);
  anyio_task_group_start_soon (group, produce, send, NULL);

  return anyio_task_group_join (group, error);
}

int
main (void)
{
  g_autoptr (GError) error = NULL;

  if (!anyio_run (run_all, NULL, &error))
    g_printerr ("%s\n", error->message);

  return error != NULL;
}
