/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* await_gtask_ns@libdex: a fiber awaits, N times in a row, a GTask-based function that has its answer at once, through a promise that the
 * function's callback resolves: the usual way to bring a GIO function into libdex. */
#include "libdex-bench.h"

#include "await-gtask.h"

static void
answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  DexPromise *promise = user_data;
  GError *error = NULL;

  if (answer_finish (result, &error))
    dex_promise_resolve_boolean (promise, TRUE);
  else
    dex_promise_reject (promise, error);
  dex_unref (promise);
}

static DexFuture *
measure (gpointer user_data)
{
  const gsize n = *(const gsize *) user_data;
  gint64 begin_ns = bench_now_ns ();

  for (gsize i = 0; i < n; i++)
    {
      DexPromise *promise = dex_promise_new_cancellable ();

      answer_async (dex_promise_get_cancellable (promise), answered, dex_ref (promise));
      dex_await (DEX_FUTURE (promise), NULL);
    }
  bench_print ("await_gtask_ns", n, (bench_now_ns () - begin_ns) / (double) n, "ns");

  return dex_future_new_true ();
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 200000);

  return libdex_bench_run (measure, &n);
}
