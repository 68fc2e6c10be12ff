/* SPDX-License-Identifier: LGPL-2.1-or-later */

#include "fake-operation.h"

static void
cancelled_cb (GCancellable *cancellable,
              gpointer user_data)
{
  Fake *fake = user_data;

  fake->n_cancelled++;
  if (anyio_get_current_task () != NULL)
    fake->cancelled_in_task = TRUE;
  if (fake->ignores || fake->task == NULL)
    return;

  /* Calls back from inside g_cancellable_cancel(). */
  if (fake->value_if_cancelled != 0)
    g_task_return_int (fake->task, fake->value_if_cancelled);
  else
    g_task_return_new_error (fake->task, G_IO_ERROR, G_IO_ERROR_CANCELLED, "The fake was cancelled");
  g_clear_object (&fake->task);
}

void
fake_async (Fake *fake,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  g_assert_null (fake->task);

  g_set_object (&fake->cancellable, cancellable);
  fake->task = g_task_new (NULL, cancellable, callback, user_data);
  g_task_set_check_cancellable (fake->task, fake->late_check);
  fake->handler = cancellable != NULL ? g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), fake, NULL) : 0;
}

int
fake_finish (GAsyncResult *result,
             GError **error)
{
  gssize value = g_task_propagate_int (G_TASK (result), error);

  return value > 0 ? (int) value : 0;
}

void
fake_end (Fake *fake,
          int value)
{
  g_autoptr (GTask) task = g_steal_pointer (&fake->task);

  g_assert_nonnull (task);
  g_cancellable_disconnect (fake->cancellable, fake->handler);
  fake->handler = 0;
  g_task_return_int (task, value);
}

void
fake_clear (Fake *fake)
{
  g_assert_null (fake->task);

  if (fake->cancellable != NULL && fake->handler != 0)
    g_cancellable_disconnect (fake->cancellable, fake->handler);
  g_clear_object (&fake->cancellable);
}

void
fake_soon_async (int value,
                 GCancellable *cancellable,
                 GAsyncReadyCallback callback,
                 gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_return_int (task, value);
}

static void
work (GTask *task,
      gpointer source_object,
      gpointer task_data,
      GCancellable *cancellable)
{
  g_usleep (1000);
  g_task_return_int (task, GPOINTER_TO_INT (task_data));
}

void
fake_thread_async (int value,
                   GCancellable *cancellable,
                   GAsyncReadyCallback callback,
                   gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);

  g_task_set_task_data (task, GINT_TO_POINTER (value), NULL);
  g_task_run_in_thread (task, work);
}
