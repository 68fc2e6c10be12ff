/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* An operation under way may write into the task's stack until it has called back, cancelled or not; nobody else may use that memory until then. */

#include <string.h>

#include "fake-operation.h"

#define N_TASKS 200
#define N_BYTES 64
#define CANARY 0xa5

typedef struct
{
  guchar *buffer;
  GSource *source;    /* owned */
} Write;

static void
write_free (gpointer data)
{
  Write *self = data;

  g_source_destroy (self->source);
  g_source_unref (self->source);
  g_free (self);
}

/* Late, and whether it was cancelled or not: as a kernel does that has the buffer. */
static gboolean
write_late (gpointer user_data)
{
  GTask *task = user_data;
  Write *self = g_task_get_task_data (task);

  memset (self->buffer, 'x', N_BYTES);
  if (!g_task_return_error_if_cancelled (task))
    g_task_return_int (task, N_BYTES);

  return G_SOURCE_REMOVE;
}

static void
read_async (guchar *buffer,
            guint delay_ms,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  GTask *task = g_task_new (NULL, cancellable, callback, user_data);
  Write *self = g_new (Write, 1);

  self->buffer = buffer;
  self->source = g_timeout_source_new (delay_ms);
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, self, write_free);
  g_task_attach_source (task, self->source, write_late);
  g_object_unref (task);
}

static gboolean
is_all (const guchar *bytes,
        guchar value)
{
  for (guint i = 0; i < N_BYTES; i++)
    if (bytes[i] != value)
      return FALSE;

  return TRUE;
}

static gboolean
read_onto_stack (gpointer user_data,
                 GError **error)
{
  guchar before[N_BYTES];
  guchar buffer[N_BYTES];
  guchar after[N_BYTES];
  gboolean success;

  memset (before, CANARY, N_BYTES);
  memset (buffer, 0, N_BYTES);
  memset (after, CANARY, N_BYTES);
  {
    g_auto (AnyioCall) call = ANYIO_CALL_INIT;

    read_async (buffer, GPOINTER_TO_UINT (user_data), ANYIO_CALL (&call));
    success = fake_finish (anyio_call_await (&call), error) == N_BYTES;
  }
  g_assert_true (is_all (buffer, 'x')); /* resumed: then it was written */
  g_assert_true (is_all (before, CANARY));
  g_assert_true (is_all (after, CANARY));

  return success;
}

/* Goes over its stack again and again while the cancelled reads are still to come. */
static gboolean
keep_canaries (gpointer user_data,
               GError **error)
{
  guchar canaries[16 * N_BYTES];

  for (guint round = 0; round < 20; round++)
    {
      memset (canaries, CANARY, sizeof canaries);
      if (!anyio_sleep (0.002, error))
        return FALSE;
      for (guint i = 0; i < 16; i++)
        g_assert_true (is_all (canaries + i * N_BYTES, CANARY));
    }

  return TRUE;
}

static gboolean
cancelled_reads (gpointer user_data,
                 GError **error)
{
  g_autoptr (AnyioTaskGroup) others = anyio_task_group_open (error);
  g_autoptr (AnyioTaskGroup) readers = anyio_task_group_open (error);

  g_test_summary ("PEERS 1, 2.8, 3.1: a cancelled read writes into its own task's buffer, never into the stack of the next fiber");

  for (guint i = 0; i < N_TASKS; i++)
    anyio_task_group_start_soon (readers, read_onto_stack, GUINT_TO_POINTER (1 + i % 30), NULL);
  if (!anyio_checkpoint (error))
    return FALSE;
  anyio_task_group_cancel (readers, NULL);
  for (guint i = 0; i < N_TASKS; i++)
    anyio_task_group_start_soon (others, keep_canaries, NULL, NULL);
  if (!anyio_task_group_join (readers, error))
    return FALSE;
  for (guint i = 0; i < N_TASKS; i++)
    anyio_task_group_start_soon (others, keep_canaries, NULL, NULL); /* on the stacks that the readers have left */

  return anyio_task_group_join (others, error);
}

static void
return_early (void)
{
  guchar buffer[N_BYTES];
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  read_async (buffer, 5, ANYIO_CALL (&call));
}

static gboolean
call_early (gpointer user_data,
            GError **error)
{
  return_early ();

  return keep_canaries (NULL, error);
}

static gboolean
early_returns (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("11.12: a function that returns with its read under way first waits for it");

  for (guint i = 0; i < N_TASKS; i++)
    anyio_task_group_start_soon (group, call_early, NULL, NULL);

  return anyio_task_group_join (group, error);
}

static gboolean
fail_soon (gpointer user_data,
           GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "soon");

  return FALSE;
}

/* The children read into the body's array; the body returns in the middle. */
static gboolean
read_into_body (gpointer user_data,
                GError **error)
{
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  read_async (user_data, 10, ANYIO_CALL (&call));

  return fake_finish (anyio_call_await (&call), error) == N_BYTES;
}

static gboolean
own_group (GError **error)
{
  guchar buffers[8][N_BYTES];
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  for (guint i = 0; i < G_N_ELEMENTS (buffers); i++)
    anyio_task_group_start_soon (group, read_into_body, buffers[i], NULL);
  anyio_task_group_start_soon (group, fail_soon, NULL, NULL);

  return anyio_sleep_forever (error);
}

static gboolean
body_memory (gpointer user_data,
             GError **error)
{
  g_autoptr (GError) local_error = NULL;

  g_test_summary ("3.1, 3.8: children's reads into the memory of a function that leaves its group early have ended when it returns");

  g_assert_false (own_group (&local_error));
  g_assert_error (local_error, G_IO_ERROR, G_IO_ERROR_FAILED);

  return keep_canaries (NULL, error);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func_real_time ("/stack-safety/cancelled-reads/own-memory-only", cancelled_reads);
  anyio_test_add_func_real_time ("/stack-safety/early-returns/wait", early_returns);
  anyio_test_add_func_real_time ("/stack-safety/body-memory/children-end-first", body_memory);

  return g_test_run ();
}
