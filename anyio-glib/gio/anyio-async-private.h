/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* For the _async halves that are a fiber with a result: see anyio_run_in_task(). */

#pragma once

#include <gio/gio.h>

/* Ends @task with @result, on the home stack, where its callback may be a script's. @destroy frees the result if nobody takes it. Always TRUE. */
gboolean anyio_async_return_pointer (GTask *task, gpointer result, GDestroyNotify destroy);
gboolean anyio_async_return_boolean (GTask *task, gboolean result);
