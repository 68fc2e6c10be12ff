/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* anyio-glib: structured concurrency for GLib. The one header to include. */

#pragma once

#include <anyio-glib/anyio-version.h>
#include <anyio-glib/combinators/anyio-backoff.h>
#include <anyio-glib/combinators/anyio-cache.h>
#include <anyio-glib/combinators/anyio-gather.h>
#include <anyio-glib/combinators/anyio-map.h>
#include <anyio-glib/combinators/anyio-retry.h>
#include <anyio-glib/combinators/anyio-supervise.h>
#include <anyio-glib/combinators/anyio-task-slot.h>
#include <anyio-glib/core/anyio-block.h>
#include <anyio-glib/core/anyio-cancel-scope.h>
#include <anyio-glib/core/anyio-clock.h>
#include <anyio-glib/core/anyio-completions.h>
#include <anyio-glib/core/anyio-driver.h>
#include <anyio-glib/core/anyio-enums.h>
#include <anyio-glib/core/anyio-error.h>
#include <anyio-glib/core/anyio-failure.h>
#include <anyio-glib/core/anyio-fd.h>
#include <anyio-glib/core/anyio-join-policy.h>
#include <anyio-glib/core/anyio-max-concurrency.h>
#include <anyio-glib/core/anyio-run-options.h>
#include <anyio-glib/core/anyio-run.h>
#include <anyio-glib/core/anyio-select.h>
#include <anyio-glib/core/anyio-stop.h>
#include <anyio-glib/core/anyio-task-group.h>
#include <anyio-glib/core/anyio-task.h>
#include <anyio-glib/core/anyio-time.h>
#include <anyio-glib/core/anyio-types.h>
#include <anyio-glib/core/anyio-values.h>
#include <anyio-glib/gio/anyio-adopted.h>
#include <anyio-glib/gio/anyio-application.h>
#include <anyio-glib/gio/anyio-async.h>
#include <anyio-glib/gio/anyio-call.h>
#include <anyio-glib/stream/anyio-broadcast-stream.h>
#include <anyio-glib/stream/anyio-memory-object-receive-stream.h>
#include <anyio-glib/stream/anyio-memory-object-send-stream.h>
#include <anyio-glib/stream/anyio-memory-object-stream.h>
#include <anyio-glib/sync/anyio-barrier.h>
#include <anyio-glib/sync/anyio-capacity-limiter.h>
#include <anyio-glib/sync/anyio-condition.h>
#include <anyio-glib/sync/anyio-event.h>
#include <anyio-glib/sync/anyio-future.h>
#include <anyio-glib/sync/anyio-lock.h>
#include <anyio-glib/sync/anyio-rate-limiter.h>
#include <anyio-glib/sync/anyio-resource-guard.h>
#include <anyio-glib/sync/anyio-semaphore.h>
#include <anyio-glib/thread/anyio-from-thread.h>
#include <anyio-glib/thread/anyio-portal-future.h>
#include <anyio-glib/thread/anyio-portal-provider.h>
#include <anyio-glib/thread/anyio-portal.h>
#include <anyio-glib/thread/anyio-progress.h>
#include <anyio-glib/thread/anyio-thread-limiters.h>
#include <anyio-glib/thread/anyio-to-thread.h>
