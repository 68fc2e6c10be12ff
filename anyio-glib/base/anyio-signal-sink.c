/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The handler of Unix signals, and the list of those to whom it gives them.
 *
 * The handler may run at any moment: in any thread, in the middle of malloc(), on the small stack of a fiber, and while another thread changes the list. So it
 * only loads, adds and writes to pipes that do not block; with SA_ONSTACK it runs on the thread's alternate stack where there is one, as in all threads that run fibers
 * (anyio-stack-overflow.c), and takes less than 1 KiB otherwise.
 *
 * The list is changed under a mutex and read without one. Who takes a sink out waits until no handler is inside, and only then closes its pipe; otherwise a late one would
 * write into whatever has got the number of the descriptor. A handler that interrupts the thread that waits has ended before the wait goes on, so this cannot
 * deadlock. In a child made by fork() a handler of a thread that is not there any more would be inside for ever, so a child does not wait; it has one thread.
 *
 * Such a child has the handler and the descriptors, but a signal that it gets is not the parent's: it does there what it did before the first sink.
 *
 * Invariants
 *   S1   while a sink asks for a signal, the handler has been set for it, unless somebody set another one since
 *   S2   previous[n] is valid before the handler can run for n
 *   S3   n_inside counts the handlers that may look at a sink
 */

#include "base/anyio-signal-sink-private.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <unistd.h>

G_STATIC_ASSERT (NSIG <= 256); /* a byte in the pipe */

struct _AnyioSignalSink
{
  AnyioSignalSink *next; /* atomic; NULL: the last one */
  sigset_t signals;
  AnyioSignalSinkLevel level;
  gboolean exclusive;
  int fds[2];            /* owned */
  pid_t pid;             /* of the process that made it */
  guint n_lost;          /* atomic */
};

G_LOCK_DEFINE_STATIC (sinks);
static AnyioSignalSink *sinks;          /* atomic; changed under the lock */
static guint n_sinks[NSIG];             /* that ask for a signal; under the lock */
static struct sigaction previous[NSIG]; /* what was there before the first of them */
static guint n_inside;                  /* atomic */

/* What tells of the instruction at which the thread stands. */
static const int faults[] = { SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP };

/* The thread is in the handler that was there before ours. If that calls ours, because it was set in its place once, the signal has been given already. No other
 * signal comes in between: all are blocked. */
static __thread gboolean is_chaining __attribute__ ((tls_model ("initial-exec")));

/* --- the handler ------------------------------------------------------------------------------------------------------------------------------ */

/* Gives the signal to all that are to have it. FALSE if nobody is. @exclusive tells whether one of them wants nobody else to have it. */
static gboolean
deliver (int number,
         gboolean *exclusive)
{
  AnyioSignalSink *first = __atomic_load_n (&sinks, __ATOMIC_SEQ_CST);
  pid_t pid = getpid ();
  int level = -1;

  for (AnyioSignalSink *sink = first; sink != NULL; sink = __atomic_load_n (&sink->next, __ATOMIC_ACQUIRE))
    if (sink->pid == pid && (int) sink->level > level && sigismember (&sink->signals, number) == 1)
      level = sink->level;

  for (AnyioSignalSink *sink = first; sink != NULL; sink = __atomic_load_n (&sink->next, __ATOMIC_ACQUIRE))
    {
      guint8 byte = number;

      if (sink->pid != pid || (int) sink->level != level || sigismember (&sink->signals, number) != 1)
        continue;
      if (write (sink->fds[1], &byte, 1) != 1)
        __atomic_add_fetch (&sink->n_lost, 1, __ATOMIC_RELAXED);
      *exclusive = *exclusive || sink->exclusive;
    }

  return level >= 0;
}

static void handle_signal (int number, siginfo_t *info, void *context);

static gboolean
is_ours (const struct sigaction *action)
{
  return (action->sa_flags & SA_SIGINFO) != 0 && action->sa_sigaction == handle_signal;
}

/* The signal takes its default action when the handler returns, which is until when it is blocked; unless it has another handler by now, to whom it has been told. */
static void
take_default_action (int number)
{
  struct sigaction current;

  if (sigaction (number, NULL, &current) != 0)
    return;
  if (is_ours (&current))
    signal (number, SIG_DFL);
  else if ((current.sa_flags & SA_SIGINFO) != 0 || current.sa_handler != SIG_DFL)
    return;
  raise (number);
}

static void
chain (const struct sigaction *before,
       int number,
       siginfo_t *info,
       void *context)
{
  is_chaining = TRUE;
  if ((before->sa_flags & SA_SIGINFO) != 0)
    before->sa_sigaction (number, info, context);
  else
    before->sa_handler (number);
  is_chaining = FALSE;
}

static void
handle_signal (int number,
               siginfo_t *info,
               void *context)
{
  int saved_errno = errno;
  gboolean exclusive = FALSE;
  gboolean is_delivered;
  struct sigaction before;

  if (is_chaining)
    return;

  __atomic_add_fetch (&n_inside, 1, __ATOMIC_SEQ_CST);
  is_delivered = deliver (number, &exclusive);
  before = previous[number];
  __atomic_sub_fetch (&n_inside, 1, __ATOMIC_SEQ_CST);

  if ((before.sa_flags & SA_SIGINFO) == 0 && before.sa_handler == SIG_DFL)
    {
      if (!is_delivered)
        take_default_action (number);
    }
  else if (!exclusive && ((before.sa_flags & SA_SIGINFO) != 0 || before.sa_handler != SIG_IGN))
    {
      errno = saved_errno;
      chain (&before, number, info, context);
    }
  errno = saved_errno;
}

/* --- the list ---------------------------------------------------------------------------------------------------------------------------------- */

gboolean
anyio_signal_check (int number,
                    GError **error)
{
  struct sigaction action;

  if (number == SIGKILL || number == SIGSTOP)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "Signal %d cannot be received: the system does not tell the process", number);
      return FALSE;
    }
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    if (number == faults[i])
      {
        g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                     "Signal %d cannot be received: it tells of a fault, and the thread would run into it again and again before any task saw the signal; "
                     "set a handler with sigaction() that reports it and does not return",
                     number);
        return FALSE;
      }
  if (number <= 0 || number >= NSIG || sigaction (number, NULL, &action) != 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "There is no signal %d that a program may receive", number);
      return FALSE;
    }

  return TRUE;
}

static void
take_signal (int number)
{
  struct sigaction action = { .sa_sigaction = handle_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART };

  sigfillset (&action.sa_mask);
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    sigdelset (&action.sa_mask, faults[i]);
  sigaction (number, &action, NULL);
}

static void
give_signal_back (int number)
{
  struct sigaction current;

  if (sigaction (number, NULL, &current) == 0 && is_ours (&current))
    sigaction (number, &previous[number], NULL);
}

AnyioSignalSink *
anyio_signal_sink_new (const int *numbers,
                       gsize n_numbers,
                       AnyioSignalSinkLevel level,
                       gboolean exclusive,
                       GError **error)
{
  AnyioSignalSink *self = g_new0 (AnyioSignalSink, 1);

  if (!g_unix_open_pipe (self->fds, FD_CLOEXEC, NULL))
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "No pipe for signals: %s", g_strerror (code));
      g_free (self);
      return NULL;
    }
  for (guint i = 0; i < 2; i++)
    g_unix_set_fd_nonblocking (self->fds[i], TRUE, NULL);
  sigemptyset (&self->signals);
  for (gsize i = 0; i < n_numbers; i++)
    sigaddset (&self->signals, numbers[i]);
  self->level = level;
  self->exclusive = exclusive;
  self->pid = getpid ();

  G_LOCK (sinks);
  /* At the front: the list's end never changes under a handler. */
  self->next = sinks;
  for (int number = 1; number < NSIG; number++)
    if (sigismember (&self->signals, number) == 1 && n_sinks[number] == 0)
      {
        struct sigaction current;

        /* If it is ours already, somebody has put it back who had set another one: what was there before us is known. */
        if (sigaction (number, NULL, &current) == 0 && !is_ours (&current))
          previous[number] = current;
      }
  __atomic_store_n (&sinks, self, __ATOMIC_SEQ_CST);
  for (int number = 1; number < NSIG; number++)
    if (sigismember (&self->signals, number) == 1 && n_sinks[number]++ == 0)
      take_signal (number);
  G_UNLOCK (sinks);

  return self;
}

static void
take_out (AnyioSignalSink *self)
{
  AnyioSignalSink **link = &sinks;

  while (*link != self)
    link = &(*link)->next;
  __atomic_store_n (link, self->next, __ATOMIC_SEQ_CST);
}

void
anyio_signal_sink_free (AnyioSignalSink *self)
{
  G_LOCK (sinks);
  for (int number = 1; number < NSIG; number++)
    if (sigismember (&self->signals, number) == 1 && --n_sinks[number] == 0)
      give_signal_back (number);
  take_out (self);
  while (self->pid == getpid () && __atomic_load_n (&n_inside, __ATOMIC_SEQ_CST) > 0)
    sched_yield ();
  G_UNLOCK (sinks);

  close (self->fds[0]);
  close (self->fds[1]);
  g_free (self);
}

/* --- the pipe ---------------------------------------------------------------------------------------------------------------------------------- */

int
anyio_signal_sink_get_fd (const AnyioSignalSink *self)
{
  return self->fds[0];
}

int
anyio_signal_sink_read (AnyioSignalSink *self)
{
  guint8 byte = 0;

  /* With SA_RESTART, but other handlers may be without. */
  while (read (self->fds[0], &byte, 1) < 0 && errno == EINTR)
    ;

  return byte;
}

guint
anyio_signal_sink_get_pending (const AnyioSignalSink *self)
{
  int n = 0;

  return ioctl (self->fds[0], FIONREAD, &n) == 0 ? n : 0;
}

guint
anyio_signal_sink_get_lost (const AnyioSignalSink *self)
{
  return __atomic_load_n (&self->n_lost, __ATOMIC_RELAXED);
}
