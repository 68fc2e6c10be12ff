/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Suspension points: which ones yield, and what every one of them does in a cancelled scope. */

#include "core-test.h"

#include <unistd.h>

typedef struct
{
  int fds[2]; /* of a pipe with a byte in it */
  AnyioTask *ended;
  AnyioTask *lives;
  AnyioTaskGroup *group; /* that lives is in */
} Things;

typedef gboolean (*PointFunc) (Things *things, GError **error);

static gboolean
point_checkpoint (Things *things,
                  GError **error)
{
  return anyio_checkpoint (error);
}

static gboolean
point_checkpoint_if_cancelled (Things *things,
                               GError **error)
{
  return anyio_checkpoint_if_cancelled (error);
}

static gboolean
point_sleep_zero (Things *things,
                  GError **error)
{
  return anyio_sleep (0, error);
}

static gboolean
point_sleep (Things *things,
             GError **error)
{
  return anyio_sleep (1, error);
}

static gboolean
point_sleep_until_past (Things *things,
                        GError **error)
{
  return anyio_sleep_until (-1, error);
}

static gboolean
point_sleep_until (Things *things,
                   GError **error)
{
  return anyio_sleep_until (1, error);
}

static gboolean
point_sleep_forever (Things *things,
                     GError **error)
{
  return anyio_sleep_forever (error);
}

static gboolean
point_wait_readable (Things *things,
                     GError **error)
{
  return anyio_wait_readable (things->fds[0], error);
}

static gboolean
point_wait_writable (Things *things,
                     GError **error)
{
  return anyio_wait_writable (things->fds[1], error);
}

static gboolean
point_wait_ended_task (Things *things,
                       GError **error)
{
  return anyio_task_wait (things->ended, error);
}

static gboolean
point_wait_task (Things *things,
                 GError **error)
{
  return anyio_task_wait (things->lives, error);
}

static gboolean
point_wait_all_blocked (Things *things,
                        GError **error)
{
  return anyio_wait_all_tasks_blocked (error);
}

static const struct
{
  const char *name;
  PointFunc func;
} points[] = {
  { "checkpoint", point_checkpoint },
  { "checkpoint_if_cancelled", point_checkpoint_if_cancelled },
  { "sleep (0)", point_sleep_zero },
  { "sleep", point_sleep },
  { "sleep_until, past", point_sleep_until_past },
  { "sleep_until", point_sleep_until },
  { "sleep_forever", point_sleep_forever },
  { "wait_readable", point_wait_readable },
  { "wait_writable", point_wait_writable },
  { "task_wait, ended", point_wait_ended_task },
  { "task_wait", point_wait_task },
  { "wait_all_tasks_blocked", point_wait_all_blocked },
};

static gboolean
count_turns (gpointer user_data,
             GError **error)
{
  guint *n_turns = user_data;

  for (;;)
    {
      (*n_turns)++;
      if (!anyio_checkpoint (error))
        return FALSE;
    }
}

static gboolean
test_every_point (gpointer user_data,
                  GError **error)
{
  g_autoptr (AnyioTask) ended = NULL;
  g_autoptr (AnyioTask) lives = NULL;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  Things things = { .group = group };
  guint n_turns = 0;

  g_test_summary ("SEMANTICS 1.6, 1.5, I7: every suspension point entered while cancelled yields once, fails with CANCELLED, and has no effect");

  g_assert_cmpint (pipe (things.fds), ==, 0);
  g_assert_cmpint (write (things.fds[1], "x", 1), ==, 1);
  ended = anyio_task_group_create_task (group, succeed, NULL, NULL);
  lives = anyio_task_group_create_task (group, sleep_forever, NULL, NULL);
  things.ended = ended;
  things.lives = lives;
  anyio_task_group_start_soon (group, count_turns, &n_turns, NULL);
  g_assert_true (anyio_checkpoint (error));

  for (guint i = 0; i < G_N_ELEMENTS (points); i++)
    {
      g_autoptr (AnyioCancelScope) scope = open_scope ();
      g_autoptr (GError) cancelled = NULL;
      guint n_before = n_turns;

      g_test_message ("%s", points[i].name);
      anyio_cancel_scope_cancel (scope, NULL);
      assert_is_cancelled (points[i].func (&things, &cancelled), cancelled);
      g_assert_cmpuint (n_turns, ==, n_before + 1);
      g_assert_cmpfloat (anyio_current_time (), ==, 0);
      g_assert_true (anyio_cancel_scope_exit (scope, &cancelled));
    }

  g_assert_cmpint (anyio_task_get_status (lives), ==, ANYIO_TASK_PENDING);
  anyio_task_group_cancel (group, NULL);
  assert_joins (group);
  close (things.fds[0]);
  close (things.fds[1]);

  return TRUE;
}

static gboolean
test_yields (gpointer user_data,
             GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  guint n_turns = 0;

  g_test_summary ("SEMANTICS 1.7 and the header: checkpoint, sleep (0) and a sleep into the past yield once; checkpoint_if_cancelled does not");

  anyio_task_group_start_soon (group, count_turns, &n_turns, NULL);
  g_assert_true (anyio_checkpoint (error));
  g_assert_cmpuint (n_turns, ==, 1);
  g_assert_true (anyio_sleep (0, error));
  g_assert_cmpuint (n_turns, ==, 2);
  g_assert_true (anyio_sleep (-1, error));
  g_assert_cmpuint (n_turns, ==, 3);
  g_assert_true (anyio_sleep_until (-1, error));
  g_assert_cmpuint (n_turns, ==, 4);
  anyio_shielded_checkpoint ();
  g_assert_cmpuint (n_turns, ==, 5);
  for (guint i = 0; i < 1000; i++)
    g_assert_true (anyio_checkpoint_if_cancelled (error));
  g_assert_cmpuint (n_turns, ==, 5);

  anyio_task_group_cancel (group, NULL);
  assert_joins (group);

  return TRUE;
}

static gboolean
test_shielded (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  guint n_turns = 0;

  g_test_summary ("Header: a shielded checkpoint yields also in a cancelled scope and takes no cancellation away");

  anyio_task_group_start_soon (group, count_turns, &n_turns, NULL);
  g_assert_true (anyio_checkpoint (error));
  anyio_task_group_cancel (group, NULL);
  anyio_shielded_checkpoint ();
  anyio_shielded_checkpoint ();
  assert_checkpoint_is_cancelled ();
  g_assert_cmpuint (n_turns, ==, 1);
  assert_joins (group);

  return TRUE;
}

typedef struct
{
  AnyioCancelScope *scope;
  gboolean shield;
} Shielding;

static gboolean
set_shield (gpointer user_data,
            GError **error)
{
  Shielding *self = user_data;

  anyio_cancel_scope_set_shield (self->scope, self->shield);

  return TRUE;
}

static gboolean
test_state_after_yield (gpointer user_data,
                        GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) outer = NULL;
  g_autoptr (AnyioCancelScope) inner = NULL;
  g_autoptr (GError) failure = NULL;
  Shielding shielding = { .shield = TRUE };

  g_test_summary ("Header: a checkpoint reports the state after its yield; what else is entered while cancelled fails whatever happens meanwhile (SEMANTICS 1.6)");

  outer = open_scope ();
  inner = open_scope ();
  shielding.scope = inner;
  anyio_cancel_scope_cancel (outer, NULL);

  anyio_task_group_start_soon (group, set_shield, &shielding, NULL);
  g_assert_true (anyio_checkpoint (error));

  anyio_cancel_scope_set_shield (inner, FALSE);
  anyio_task_group_start_soon (group, set_shield, &shielding, NULL);
  assert_sleep_is_cancelled ();
  g_assert_false (anyio_cancel_scope_is_cancelled (inner));

  anyio_cancel_scope_set_shield (inner, FALSE);
  anyio_task_group_start_soon (group, set_shield, &shielding, NULL);
  g_assert_false (anyio_checkpoint_if_cancelled (&failure));
  g_assert_error (failure, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_true (anyio_checkpoint_if_cancelled (error));

  assert_exits (inner);
  assert_exits (outer);
  assert_joins (group);

  return TRUE;
}

static gboolean
say_ready (gpointer user_data,
           GError **error)
{
  anyio_trace ("child");
  assert_checkpoint_is_cancelled ();
  anyio_trace ("cancelled");

  return anyio_checkpoint (error);
}

static gboolean
test_start (gpointer user_data,
            GError **error)
{
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_autoptr (GError) cancelled = NULL;

  g_test_summary ("SEMANTICS 1.6: start() in a cancelled scope spawns its child all the same, which runs to its first suspension point");

  anyio_cancel_scope_cancel (scope, NULL);
  g_assert_false (anyio_task_group_start (group, say_ready, NULL, NULL, NULL, &cancelled));
  g_assert_error (cancelled, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  anyio_assert_trace ("child cancelled");
  g_assert_true (anyio_cancel_scope_exit (scope, &cancelled));
  assert_joins (group);

  return TRUE;
}

static void
work_in_thread (GTask *task,
                gpointer source,
                gpointer task_data,
                GCancellable *cancellable)
{
  g_task_return_int (task, 42);
}

static gboolean
test_gio_call (gpointer user_data,
               GError **error)
{
  g_autoptr (AnyioCancelScope) scope = open_scope ();
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;
  g_autoptr (GTask) task = NULL;
  GCancellable *cancellable = NULL;

  g_test_summary ("SEMANTICS 1.6, 11.12: awaiting a GIO call in a cancelled scope returns that call's own result");

  anyio_cancel_scope_cancel (scope, NULL);
  cancellable = anyio_call_begin (&call);
  g_assert_true (g_cancellable_is_cancelled (cancellable));
  task = g_task_new (NULL, cancellable, anyio_call_ready, &call);
  g_task_set_check_cancellable (task, FALSE);
  g_task_run_in_thread (task, work_in_thread);
  g_assert_cmpint (g_task_propagate_int (G_TASK (anyio_call_await (&call)), error), ==, 42);
  assert_sleep_is_cancelled ();
  assert_exits (scope);

  return TRUE;
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  core_add_ordered ("/checkpoint/every-point-while-cancelled/yields-once-and-fails", test_every_point);
  core_add_ordered ("/checkpoint/not-cancelled/yields-once-or-never", test_yields);
  core_add_ordered ("/checkpoint/shielded/yields-and-never-fails", test_shielded);
  core_add_ordered ("/checkpoint/shield-raised-meanwhile/state-after-the-yield", test_state_after_yield);
  anyio_test_add_func ("/checkpoint/start-while-cancelled/spawns", test_start);
  anyio_test_add_func ("/checkpoint/gio-call-while-cancelled/own-result", test_gio_call);

  return g_test_run ();
}
