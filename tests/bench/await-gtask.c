/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* await_gtask: awaiting, N times in a row, a GTask-based function that has its answer at once, over the same N calls with plain callbacks.
 * await_gtask_ns: the same in nanoseconds a call. Slices of both ways take turns within the process, so that drift meets both. */
#include "await-gtask.h"

#include "bench-task.h"

#define SLICES 10

static gboolean
await_answers (gpointer user_data, GError **error)
{
  const gsize n = *(const gsize *) user_data;

  for (gsize i = 0; i < n; i++)
    {
      g_auto (AnyioCall) call = ANYIO_CALL_INIT;

      answer_async (ANYIO_CALL (&call));
      if (!answer_finish (anyio_call_await (&call), error))
        return FALSE;
    }

  return TRUE;
}

typedef struct
{
  gsize n;
  double ns;
} Slice;

static gboolean
measure (gpointer user_data, GError **error)
{
  Slice *slice = user_data;
  gint64 begin_ns = bench_now_ns ();

  if (!await_answers (&slice->n, error))
    return FALSE;
  slice->ns += (bench_now_ns () - begin_ns) / (double) slice->n;

  return TRUE;
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 200000);
  Slice slice = { .n = MAX (1, n / SLICES) };
  double plain_ns = 0;

  for (guint i = 0; i < SLICES; i++)
    {
      plain_ns += plain_call_ns (slice.n);
      if (bench_run (measure, &slice) != 0)
        return 1;
    }
  bench_print ("await_gtask", n, slice.ns / plain_ns, "x");
  bench_print ("await_gtask_ns", n, slice.ns / SLICES, "ns");

  return 0;
}
