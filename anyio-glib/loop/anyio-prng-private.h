/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The pseudo-random numbers that a schedule seed stands for: splitmix64.
 *
 * This is a specification as much as code, because tests/model replays the same schedules in Python:
 *
 *   state = seed                                              (64 bits, all arithmetic modulo 2^64)
 *   next:  state += 0x9E3779B97F4A7C15
 *          z = state
 *          z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9
 *          z = (z ^ (z >> 27)) * 0x94D049BB133111EB
 *          return z ^ (z >> 31)
 *
 *   shuffle a[0 .. n-1]:  for i = n-1, n-2 .. 1:  j = next () % (i + 1);  swap a[i] and a[j]
 *
 * The state advances once per number drawn, so n - 1 times per shuffle, and not at all for n < 2. Seed 1 draws
 * 0x910A2DEC89025CC1 first, then 0xBEEB8DA1658EEC67. The modulo favours small indices by less than n / 2^64. Not for secrets.
 */

#pragma once

#include <glib.h>

typedef struct _AnyioPrng AnyioPrng;

struct _AnyioPrng
{
  guint64 state;
};

static inline void
anyio_prng_init (AnyioPrng *self,
                 guint64 seed)
{
  self->state = seed;
}

static inline guint64
anyio_prng_next (AnyioPrng *self)
{
  guint64 z = self->state += G_GUINT64_CONSTANT (0x9E3779B97F4A7C15);

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xBF58476D1CE4E5B9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94D049BB133111EB);

  return z ^ (z >> 31);
}

static inline void
anyio_prng_shuffle (AnyioPrng *self,
                    gpointer *items,
                    gsize n_items)
{
  for (gsize i = n_items; i-- > 1;)
    {
      gsize j = anyio_prng_next (self) % (i + 1);
      gpointer item = items[i];

      items[i] = items[j];
      items[j] = item;
    }
}
