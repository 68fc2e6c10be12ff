/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The report of stack overflows: which task, and what to do about it.
 *
 * An overflow touches the guard of its stack, and the kernel raises SIGSEGV (SIGBUS on some systems). The handler cannot run on the stack that is
 * full, so each thread that asks gets an alternate one. The report only adds a line: afterwards the signal goes on to whoever
 * had it before, so that core dumps, crash reporters and sanitizers see what they would have seen.
 *
 * Everything in the handler is async-signal-safe: no stdio, no allocation, no lock.
 */

#include "base/anyio-stack-slab-private.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HANDLER_STACK_BYTES (64 * 1024)

typedef struct
{
  char text[256];
  gsize length;
} Line;

static const char *(*describe_owner) (gpointer owner);
static struct sigaction previous_segv;
static struct sigaction previous_bus;

static void
append (Line *self,
        const char *text)
{
  while (*text != '\0' && self->length < sizeof self->text - 1)
    self->text[self->length++] = *text++;
}

static void
append_number (Line *self,
               gsize number)
{
  char digits[24];
  gsize i = sizeof digits - 1;

  digits[i] = '\0';
  do
    digits[--i] = '0' + number % 10;
  while ((number /= 10) != 0);
  append (self, &digits[i]);
}

static void
report (const AnyioStack *stack)
{
  Line line = { .length = 0 };
  gsize kib = anyio_stack_class_get_size (stack->class) / 1024;
  const char *name = stack->owner != NULL && describe_owner != NULL ? describe_owner (stack->owner) : NULL;

  append (&line, "anyio-glib: stack overflow in ");
  if (name != NULL)
    {
      append (&line, "task \"");
      /* Leaves room for the rest of the line. */
      for (; *name != '\0' && line.length < 128; name++)
        line.text[line.length++] = *name;
      append (&line, "\"");
    }
  else
    append (&line, "a task");
  append (&line, " (");
  append_number (&line, kib % 1024 == 0 ? kib / 1024 : kib);
  append (&line, kib % 1024 == 0 ? " MiB" : " KiB");
  append (&line, " stack); raise the stack size or move large arrays to the heap\n");

  if (write (STDERR_FILENO, line.text, line.length) < 0)
    return; /* nobody is left who could be told */
}

static void
handle_signal (int signal_number,
               siginfo_t *info,
               void *context)
{
  const struct sigaction *previous = signal_number == SIGBUS ? &previous_bus : &previous_segv;
  int saved_errno = errno;

  /* A positive code says that the kernel raised it for an instruction; only then there is an address. */
  if (info->si_code > 0)
    {
      const AnyioStack *stack = anyio_stack_slab_find_guard (info->si_addr);

      if (stack != NULL)
        report (stack);
    }

  errno = saved_errno;

  if ((previous->sa_flags & SA_SIGINFO) != 0)
    previous->sa_sigaction (signal_number, info, context);
  else if (previous->sa_handler != SIG_DFL && previous->sa_handler != SIG_IGN)
    previous->sa_handler (signal_number);
  else if (info->si_code > 0 || previous->sa_handler == SIG_DFL)
    {
      /* Back to the default, and the instruction runs into the fault once more on return: the core dump then shows the true place. The
       * kernel does not let a fault be ignored. A signal that another process sent does not come again by itself. */
      signal (signal_number, SIG_DFL);
      if (info->si_code <= 0)
        raise (signal_number);
    }
}

static void
free_handler_stack (gpointer memory)
{
  stack_t none = { .ss_flags = SS_DISABLE };
  stack_t current;

  /* Somebody may have put another one in its place, which is not ours to remove. */
  if (sigaltstack (NULL, &current) == 0 && current.ss_sp == memory)
    sigaltstack (&none, NULL);
  munmap (memory, HANDLER_STACK_BYTES);
}

static GPrivate handler_stack = G_PRIVATE_INIT (free_handler_stack);

/* Gives the thread an alternate signal stack unless it has one, ours or another's. */
static void
ensure_handler_stack (void)
{
  stack_t current;
  stack_t ours = { .ss_size = HANDLER_STACK_BYTES };

  if (sigaltstack (NULL, &current) != 0 || (current.ss_flags & SS_DISABLE) == 0 || g_private_get (&handler_stack) != NULL)
    return;

  ours.ss_sp = mmap (NULL, HANDLER_STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (ours.ss_sp == MAP_FAILED)
    return;
  if (sigaltstack (&ours, NULL) == 0)
    g_private_set (&handler_stack, ours.ss_sp);
  else
    munmap (ours.ss_sp, HANDLER_STACK_BYTES);
}

void
anyio_stack_report_overflows (const char *(*describe) (gpointer owner))
{
  static gsize installed;

  ensure_handler_stack ();

  if (g_once_init_enter (&installed))
    {
      struct sigaction action = { .sa_sigaction = handle_signal, .sa_flags = SA_SIGINFO | SA_ONSTACK };

      describe_owner = describe;
      sigemptyset (&action.sa_mask);
      /* The old dispositions first: the handler may run from the moment it is installed. */
      sigaction (SIGSEGV, NULL, &previous_segv);
      sigaction (SIGBUS, NULL, &previous_bus);
      sigaction (SIGSEGV, &action, NULL);
      sigaction (SIGBUS, &action, NULL);
      g_once_init_leave (&installed, 1);
    }
}
