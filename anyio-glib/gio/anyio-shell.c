/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting without a fiber. Some 100 bytes an operation beside its GTask, where a fiber would take a stack.
 *
 * A GCancellable may be cancelled in any thread and calls its handlers inside; so the handler only posts a message, and has a reference of its own to what it posts,
 * because it may still run when the operation has ended.
 */

#include "gio/anyio-shell-private.h"

#include "core/anyio-operation-private.h"

struct _AnyioShellLink
{
  AnyioRunnable message;
  AnyioShell *shell;         /* NULL once it has ended; owner thread */
  AnyioRuntime *runtime;     /* owned */
  GCancellable *cancellable; /* owned */
  gulong handler;
  int posted;    /* atomic */
  int ref_count; /* atomic; the shell's, the handler's and the message's */
};

static void
unref_link (gpointer data)
{
  AnyioShellLink *link = data;

  if (!g_atomic_int_dec_and_test (&link->ref_count))
    return;

  g_object_unref (link->cancellable);
  anyio_runtime_unref (link->runtime);
  g_free (link);
}

static void
end (AnyioShell *self,
     gboolean cancelled)
{
  AnyioRuntime *runtime = self->runtime;
  AnyioShellLink *link = self->link;

  if (link != NULL)
    {
      link->shell = NULL;
      if (link->handler != 0)
        g_signal_handler_disconnect (link->cancellable, link->handler);
      unref_link (link);
    }

  if (self->is_awaited)
    anyio_operation_give (runtime, self->party.cancellable);
  self->finish (self, cancelled);
  g_object_unref (self->task);
  g_free (self);
  anyio_runtime_end_use (runtime);
}

static void
end_committed (AnyioRunnable *runnable)
{
  end (ANYIO_CONTAINER (runnable, AnyioShell, runnable), FALSE);
}

static void
accept_offer (AnyioParty *party)
{
  AnyioShell *self = ANYIO_CONTAINER (party, AnyioShell, party);

  anyio_loop_push (&self->runtime->loop, &self->runnable);
}

static void
take_message (AnyioRunnable *runnable)
{
  AnyioShellLink *link = ANYIO_CONTAINER (runnable, AnyioShellLink, message);
  AnyioShell *shell = link->shell;

  if (shell != NULL && shell->party.committed == NULL)
    {
      anyio_list_remove (&shell->offer->link);
      end (shell, TRUE);
    }
  unref_link (link);
}

static void
cancelled_cb (GCancellable *cancellable,
              gpointer user_data)
{
  AnyioShellLink *link = user_data;

  if (!g_atomic_int_compare_and_exchange (&link->posted, FALSE, TRUE))
    return;

  g_atomic_int_inc (&link->ref_count);
  if (!anyio_loop_post (&link->runtime->loop, &link->message))
    unref_link (link);
}

gboolean
anyio_shell_init (AnyioShell *self,
                  GTask *task,
                  void (*finish) (AnyioShell *self, gboolean cancelled),
                  GError **error)
{
  AnyioRuntime *runtime = anyio_runtime_use (g_task_get_context (task), NULL, NULL, error);

  if (runtime == NULL)
    return FALSE;

  g_task_set_check_cancellable (task, FALSE);
  *self = (AnyioShell){
    .party = { .accept = accept_offer, .cancellable = g_task_get_cancellable (task) },
    .task = task,
    .runtime = runtime,
    .runnable.run = end_committed,
    .finish = finish,
  };

  return TRUE;
}

void
anyio_shell_wait (AnyioShell *self,
                  AnyioOffer *offer)
{
  GCancellable *cancellable = self->party.cancellable;
  AnyioShellLink *link;

  self->offer = offer;
  self->is_awaited = anyio_operation_take (self->runtime, cancellable); /* a replaced clock goes on while we wait */
  if (cancellable == NULL)
    return;

  link = g_new0 (AnyioShellLink, 1);
  link->message.run = take_message;
  link->shell = self;
  link->runtime = anyio_runtime_ref (self->runtime);
  link->cancellable = g_object_ref (cancellable);
  link->ref_count = 1;
  self->link = link;
  g_atomic_int_set (&link->posted, FALSE); /* publishes the link to the thread that cancels */
  g_atomic_int_inc (&link->ref_count);
  link->handler = g_cancellable_connect (cancellable, G_CALLBACK (cancelled_cb), link, unref_link);
}
