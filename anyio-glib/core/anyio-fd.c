/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Waiting for descriptors: a wait with a watch on the waiter's stack. */

#include "core/anyio-fd-private.h"

#include "core/anyio-error-private.h"
#include "core/anyio-runtime-private.h"

typedef struct
{
  AnyioWait wait;
  AnyioWatch watch;
  GIOCondition revents;
} FdWait;

static void
descriptor_ready (AnyioWatch *watch,
                  GIOCondition revents)
{
  FdWait *self = ANYIO_CONTAINER (watch, FdWait, watch);

  self->revents = revents;
  anyio_wait_complete (&self->wait);
}

static AnyioAbort
abort_fd_wait (AnyioWait *wait)
{
  anyio_loop_remove_watch (&anyio_record_get_runtime (wait->record)->loop, &ANYIO_CONTAINER (wait, FdWait, wait)->watch);

  return ANYIO_ABORT_DONE;
}

gboolean
anyio_fd_check_revents (int fd,
                        GIOCondition revents,
                        GError **error)
{
  if (revents == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_CLOSED, "Descriptor %d was closed while task \"%s\" waited for it", fd, anyio_runtime_current ()->name);
      return FALSE;
    }
  if ((revents & G_IO_NVAL) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "Descriptor %d was closed without anyio_notify_closing() while task \"%s\" waited for it",
                   fd, anyio_runtime_current ()->name);
      return FALSE;
    }

  return TRUE;
}

static gboolean
wait_for (int fd,
          GIOCondition condition,
          const char *function,
          GError **error)
{
  AnyioRecord *record = anyio_wait_begin (function, error);
  FdWait self = { .wait.abort = abort_fd_wait, .watch = { .fd = fd, .condition = condition, .fire = descriptor_ready } };

  if (record == NULL)
    return FALSE;
  if (record->scope->eff)
    return anyio_wait_pass (record, error);
  if (!anyio_loop_add_watch (&anyio_record_get_runtime (record)->loop, &self.watch, error))
    return FALSE;
  if (!anyio_wait_suspend (&self.wait, record))
    return anyio_scope_fail_cancelled (record, error);

  return anyio_fd_check_revents (fd, self.revents, error);
}

/**
 * anyio_wait_readable: (skip)
 * @fd: a descriptor that can be polled
 * @error: return location for an error
 *
 * Waits until reading from @fd would not block: there is data, or the end, or a fault that the read will tell. One task at a time may wait for a
 * direction of a descriptor. Cancel point. AnyIO: wait_readable().
 *
 * Errors: %G_IO_ERROR_CANCELLED; %G_IO_ERROR_PENDING if another task waits already; %G_IO_ERROR_CLOSED if anyio_notify_closing() was called
 * meanwhile; %G_IO_ERROR_INVALID_ARGUMENT or another code of the system if @fd cannot be polled; %ANYIO_ERROR_NO_TASK outside tasks.
 *
 * Returns: %TRUE when it is readable
 *
 * Since: 0.1
 */
gboolean
anyio_wait_readable (int fd,
                     GError **error)
{
  return wait_for (fd, G_IO_IN, G_STRFUNC, error);
}

/**
 * anyio_wait_writable: (skip)
 * @fd: a descriptor that can be polled
 * @error: return location for an error
 *
 * Waits until writing to @fd would not block. As anyio_wait_readable() otherwise. AnyIO: wait_writable().
 *
 * Errors: as anyio_wait_readable().
 *
 * Returns: %TRUE when it is writable
 *
 * Since: 0.1
 */
gboolean
anyio_wait_writable (int fd,
                     GError **error)
{
  return wait_for (fd, G_IO_OUT, G_STRFUNC, error);
}

/**
 * anyio_notify_closing: (skip)
 * @fd: a descriptor that is about to be closed
 *
 * Wakes those who wait for @fd; they get %G_IO_ERROR_CLOSED. Call it right before close(): a closed descriptor that is still polled may be another one by the
 * time that it becomes ready. Never suspends. AnyIO: notify_closing().
 *
 * Since: 0.1
 */
void
anyio_notify_closing (int fd)
{
  AnyioRuntime *runtime = anyio_runtime_find ();

  if (runtime != NULL)
    anyio_loop_notify_closing (&runtime->loop, fd);
}
