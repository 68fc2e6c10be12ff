/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* switch_yield@libdex: N fibers in a ring; each resolves the promise that the next one awaits and awaits its own. Nanoseconds a switch. libdex
 * has no yield. With two fibers this is the faster of the two ways there are; with 10,000 a work item of the scheduler that resolves a promise
 * for each fiber, as in libdex-gtk-frames.c, takes a fifth less. */
#include "libdex-bench.h"

#define SWITCHES 1000000

typedef struct
{
  DexPromise **promises; /* one a fiber; NULL where nobody waits yet */
  gsize n;
  gsize i;
  gsize times;
} Seat;

static DexFuture *
pass_on (gpointer user_data)
{
  const Seat *seat = user_data;
  DexPromise **mine = &seat->promises[seat->i];
  DexPromise **next = &seat->promises[(seat->i + 1) % seat->n];

  for (gsize turn = 0; turn < seat->times; turn++)
    {
      g_autoptr (DexPromise) awaited = *mine;

      /* The first fiber starts the round, all others wait for their turn before they pass it on. */
      if (seat->i > 0 || turn > 0)
        dex_await (dex_ref (awaited), NULL);
      *mine = dex_promise_new ();
      dex_promise_resolve_boolean (*next, TRUE);
    }

  return dex_future_new_true ();
}

static DexFuture *
measure (gpointer user_data)
{
  const gsize n = *(const gsize *) user_data;
  gsize times = MAX (1, SWITCHES / n);
  g_autofree DexPromise **promises = g_new (DexPromise *, n);
  g_autofree Seat *seats = g_new (Seat, n);
  g_autoptr (GPtrArray) fibers = g_ptr_array_new_with_free_func (dex_unref);
  gint64 begin_ns;

  for (gsize i = 0; i < n; i++)
    promises[i] = dex_promise_new ();
  begin_ns = bench_now_ns ();
  for (gsize i = 0; i < n; i++)
    {
      seats[i] = (Seat){ promises, n, i, times };
      g_ptr_array_add (fibers, dex_scheduler_spawn (NULL, 0, pass_on, &seats[i], NULL));
    }
  dex_await (dex_future_allv ((DexFuture **) fibers->pdata, fibers->len), NULL);
  bench_print ("switch_yield", n, (bench_now_ns () - begin_ns) / (double) (n * times), "ns");
  for (gsize i = 0; i < n; i++)
    dex_unref (promises[i]);

  return dex_future_new_true ();
}

int
main (int argc, char **argv)
{
  gsize n = bench_size (argc, argv, 2);

  return libdex_bench_run (measure, &n);
}
