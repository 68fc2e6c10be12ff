/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Main loops inside main loops: in a GIO callback at home, in a cancelled handler, and in a fiber. */

#include "fake-operation.h"

typedef struct
{
  GMainLoop *loop; /* owned */
  guint n_steps;   /* of the worker */
  gboolean is_back; /* the loop has returned */
} Nest;

static void
nest_clear (Nest *self)
{
  g_clear_pointer (&self->loop, g_main_loop_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Nest, nest_clear)

static Nest
nest_new (void)
{
  return (Nest){ g_main_loop_new (g_main_context_get_thread_default (), FALSE) };
}

/* Goes on under the nested loop, and ends that after a few steps. */
static gboolean
work_and_quit (gpointer user_data,
               GError **error)
{
  Nest *self = user_data;

  for (guint i = 0; i < 10; i++)
    {
      g_auto (AnyioCall) call = ANYIO_CALL_INIT;

      fake_soon_async (1, ANYIO_CALL (&call));
      if (fake_finish (anyio_call_await (&call), error) != 1 || !anyio_sleep (0.001, error))
        return FALSE;
      self->n_steps++;
    }
  while (!g_main_loop_is_running (self->loop))
    if (!anyio_sleep (0.001, error))
      return FALSE;
  anyio_trace ("quit");
  g_main_loop_quit (self->loop);

  return TRUE;
}

static gboolean
finish_with_loop (GObject *source,
                  GAsyncResult *result,
                  gpointer user_data,
                  GError **error)
{
  Nest *self = user_data;

  anyio_trace ("nested");
  g_main_loop_run (self->loop);
  anyio_trace ("back");
  g_assert_cmpuint (self->n_steps, ==, 10);

  return fake_finish (result, error) != 0;
}

static gboolean
in_gio_callback (gpointer user_data,
                 GError **error)
{
  g_auto (Nest) nest = nest_new ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  AnyioAdopted *adopted;

  g_test_summary ("PEERS 4: a main loop inside a GIO callback; tasks go on under it, and the group waits for all");

  adopted = anyio_task_group_adopt (group, finish_with_loop, &nest);
  fake_soon_async (1, ANYIO_ADOPTED (adopted));
  anyio_task_group_start_soon (group, work_and_quit, &nest, NULL);
  if (!anyio_task_group_join (group, error))
    return FALSE;
  anyio_assert_trace ("nested quit back");

  return TRUE;
}

static void
run_loop_cb (GCancellable *cancellable,
             gpointer user_data)
{
  Nest *self = user_data;

  anyio_trace ("nested");
  g_main_loop_run (self->loop);
  anyio_trace ("back");
  self->is_back = TRUE;
}

static gboolean
in_cancelled_handler (gpointer user_data,
                      GError **error)
{
  g_auto (Nest) nest = nest_new ();
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = anyio_move_on_after (INFINITY);

  g_test_summary ("1.8, PEERS 7: a main loop inside a handler of a scope's cancellable; tasks and other cancellations go on under it");

  anyio_task_group_start_soon (group, work_and_quit, &nest, NULL);
  g_signal_connect (anyio_cancel_scope_get_cancellable (scope), "cancelled", G_CALLBACK (run_loop_cb), &nest);
  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_false (anyio_sleep_forever (error));
  g_clear_error (error);
  if (!anyio_cancel_scope_exit (scope, error) || !anyio_task_group_join (group, error))
    return FALSE;
  while (!nest.is_back) /* we may still run under it */
    if (!anyio_sleep (0.001, error))
      return FALSE;
  anyio_assert_trace ("nested quit back");

  return TRUE;
}

static gboolean
in_fiber (gpointer user_data,
          GError **error)
{
  g_auto (Nest) nest = nest_new ();
  g_auto (Fake) fake = { 0 };
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  g_test_summary ("PEERS 4: a main loop inside a fiber; the other tasks go on, and a call that ends meanwhile is awaited afterwards");

  anyio_task_group_start_soon (group, work_and_quit, &nest, NULL);
  fake_async (&fake, ANYIO_CALL (&call));
  fake_end (&fake, 4);
  g_main_loop_run (nest.loop);
  g_assert_cmpuint (nest.n_steps, ==, 10);
  g_assert_cmpint (fake_finish (anyio_call_await (&call), error), ==, 4);

  return anyio_task_group_join (group, error);
}

static gboolean
await_in_callback (gpointer user_data)
{
  Nest *self = user_data;
  AnyioCall call = ANYIO_CALL_INIT;

  EXPECT_CRITICAL ("ANYIO_CALL() was called from a callback of a main loop that task \"*\" runs inside itself*");
  g_assert_null (anyio_call_begin (&call));
  g_test_assert_expected_messages ();
  g_main_loop_quit (self->loop);

  return G_SOURCE_REMOVE;
}

static gboolean
await_under_loop (gpointer user_data,
                  GError **error)
{
  g_auto (Nest) nest = nest_new ();
  g_autoptr (GSource) source = g_idle_source_new ();

  g_test_summary ("11.1: awaiting from a callback of a loop that a fiber nested would stop that loop: misuse");

  g_source_set_callback (source, await_in_callback, &nest, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  g_main_loop_run (nest.loop);

  return TRUE;
}

static gboolean
pushed_context (gpointer user_data,
                GError **error)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  g_test_summary ("11.1: a call begun under a pushed thread-default context would call back there: misuse");

  g_main_context_push_thread_default (context);
  EXPECT_CRITICAL ("ANYIO_CALL() was called in task \"*\" while a thread-default main context that it pushed is in force*");
  g_assert_null (anyio_call_begin (&call));
  g_test_assert_expected_messages ();
  g_main_context_pop_thread_default (context);

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  anyio_test_add_func_real_time ("/nested-loop/in-gio-callback/tasks-go-on", in_gio_callback);
  anyio_test_add_func_real_time ("/nested-loop/in-cancelled-handler/tasks-go-on", in_cancelled_handler);
  anyio_test_add_func_real_time ("/nested-loop/in-fiber/tasks-go-on", in_fiber);
  anyio_test_add_func_real_time ("/nested-loop/await-under-loop/misuse", await_under_loop);
  anyio_test_add_func ("/nested-loop/pushed-context/misuse", pushed_context);

  return g_test_run ();
}
