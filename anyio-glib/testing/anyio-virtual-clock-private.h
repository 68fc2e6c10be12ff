/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The virtual clock as the sweeps see it: with a function that is told of each suspension point. */

#pragma once

#include "anyio-testing.h"

typedef void (*AnyioSuspendingFunc) (gpointer user_data);

/* @func is called right before a task of the run suspends, in that task; it must not suspend. NULL: none. */
void anyio_virtual_clock_set_suspending_func (AnyioVirtualClock *self, AnyioSuspendingFunc func, gpointer user_data);
