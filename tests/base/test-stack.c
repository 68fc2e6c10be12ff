/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The stack pool, its guards, and the report of overflows. What ends in a crash or needs a process limit runs in a subprocess. */

#include "base/anyio-stack-slab-private.h"

#include <gio/gio.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#if ANYIO_HAVE_VALGRIND
#include <valgrind/valgrind.h>
#else
#define RUNNING_ON_VALGRIND 0
#endif

/* These count memory or address space, and the tools have a good deal of their own. */
#define WITH_TOOLS (ANYIO_WITH_ASAN || ANYIO_WITH_TSAN || RUNNING_ON_VALGRIND)

#define N_MANY 100000

static AnyioStack *
acquire (AnyioStackPool *pool,
         AnyioStackClass class)
{
  g_autoptr (GError) error = NULL;
  AnyioStack *stack = anyio_stack_pool_acquire (pool, class, &error);

  g_assert_no_error (error);
  g_assert_nonnull (stack);

  return stack;
}

/* Memory in use, page tables included, in KiB. */
static gsize
get_memory_kib (void)
{
  g_autofree char *status = NULL;
  gsize kib = 0;

  g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
  kib += strtoul (strstr (status, "VmRSS:") + 6, NULL, 10);
  kib += strtoul (strstr (status, "VmPTE:") + 6, NULL, 10);

  return kib;
}

static guint
count_mappings (void)
{
  g_autofree char *maps = NULL;
  guint n = 0;

  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  for (const char *c = maps; *c != '\0'; c++)
    n += *c == '\n';

  return n;
}

static void
test_class (void)
{
  g_test_summary ("A size gets the smallest class that is large enough.");

  g_assert_cmpint (anyio_stack_class_for_size (0), ==, ANYIO_STACK_SMALL);
  g_assert_cmpint (anyio_stack_class_for_size (64 * 1024), ==, ANYIO_STACK_SMALL);
  g_assert_cmpint (anyio_stack_class_for_size (64 * 1024 + 1), ==, ANYIO_STACK_NORMAL);
  g_assert_cmpint (anyio_stack_class_for_size (1024 * 1024 + 1), ==, ANYIO_STACK_LARGE);
  g_assert_cmpint (anyio_stack_class_for_size (G_MAXSIZE), ==, ANYIO_STACK_LARGE);
}

static void
test_usable (void)
{
  AnyioStackPool *pool = anyio_stack_pool_new ();
  AnyioStack *stacks[ANYIO_STACK_N_CLASSES][3];

  g_test_summary ("All memory between low and high of each class is the user's.");

  for (guint class = 0; class < ANYIO_STACK_N_CLASSES; class ++)
    for (guint i = 0; i < 3; i++)
      {
        AnyioStack *stack = acquire (pool, class);

        g_assert_cmpint (stack->class, ==, class);
        g_assert_null (stack->owner);
        g_assert_cmpuint ((gsize) stack->high % 16, ==, 0);
        g_assert_cmpuint (stack->high - stack->low, >=, anyio_stack_class_get_size (class) * 15 / 16 - 4096);
        memset (stack->low, 'x', stack->high - stack->low);
        stacks[class][i] = stack;
      }
  g_assert_cmpuint (anyio_stack_pool_get_n_used (pool), ==, 9);

  /* Nobody wrote over a neighbour's record. */
  for (guint class = 0; class < ANYIO_STACK_N_CLASSES; class ++)
    for (guint i = 0; i < 3; i++)
      {
        g_assert_cmpint (stacks[class][i]->class, ==, class);
        anyio_stack_pool_release (pool, stacks[class][i]);
      }
  g_assert_cmpuint (anyio_stack_pool_get_n_used (pool), ==, 0);
  anyio_stack_pool_free (pool);
}

static void
test_lifo (void)
{
  AnyioStackPool *pool = anyio_stack_pool_new ();
  AnyioStack *first = acquire (pool, ANYIO_STACK_SMALL);
  AnyioStack *second = acquire (pool, ANYIO_STACK_SMALL);

  g_test_summary ("The stack that was released last is acquired first.");

  g_assert_true (first != second);
  anyio_stack_pool_release (pool, second);
  anyio_stack_pool_release (pool, first);
  g_assert_true (acquire (pool, ANYIO_STACK_SMALL) == first);
  g_assert_true (acquire (pool, ANYIO_STACK_SMALL) == second);
  anyio_stack_pool_release (pool, first);
  anyio_stack_pool_release (pool, second);
  anyio_stack_pool_free (pool);
}

static void
test_trim (void)
{
  const guint n_stacks = 2000;
  AnyioStackPool *pool = anyio_stack_pool_new ();
  g_autofree AnyioStack **stacks = g_new (AnyioStack *, n_stacks);
  gsize before = get_memory_kib ();
  gsize full;
  gsize after;

  g_test_summary ("Trimming gives the memory of idle stacks back, and they can be used again.");

  for (guint i = 0; i < n_stacks; i++)
    {
      stacks[i] = acquire (pool, ANYIO_STACK_SMALL);
      memset (stacks[i]->high - 12 * 1024, 'x', 12 * 1024);
    }
  /* Stacks in use are left alone. */
  g_assert_false (anyio_stack_pool_trim (pool));
  g_assert_cmpint (stacks[0]->high[-1], ==, 'x');
  for (guint i = 0; i < n_stacks; i++)
    anyio_stack_pool_release (pool, stacks[i]);
  full = get_memory_kib ();

  /* The first call only begins to watch: all of these were in use a moment ago. */
  g_assert_true (anyio_stack_pool_trim (pool));
  if (!WITH_TOOLS)
    g_assert_cmpuint (full - get_memory_kib (), <, 1000);
  while (anyio_stack_pool_trim (pool))
    ;
  after = get_memory_kib ();
  if (!WITH_TOOLS)
    {
      g_assert_cmpuint (full - before, >, n_stacks * 12);
      /* What stays are 128 warm ones, and page tables. */
      g_assert_cmpuint (after - before, <, 128 * 16 + 1024);
    }

  /* Blank stacks come back as good as new. */
  for (guint i = 0; i < n_stacks; i++)
    {
      stacks[i] = acquire (pool, ANYIO_STACK_SMALL);
      g_assert_null (stacks[i]->owner);
      memset (stacks[i]->low, 'y', 64);
    }
  for (guint i = 0; i < n_stacks; i++)
    anyio_stack_pool_release (pool, stacks[i]);
  anyio_stack_pool_free (pool);
}

static void
test_trim_busy (void)
{
  const guint n_stacks = 400;
  AnyioStackPool *pool = anyio_stack_pool_new ();
  AnyioStack *stacks[400];

  g_test_summary ("Trimming takes nothing that was needed since the last call.");

  for (guint round = 0; round < 3; round++)
    {
      for (guint i = 0; i < n_stacks; i++)
        {
          stacks[i] = acquire (pool, ANYIO_STACK_SMALL);
          if (round == 0)
            *stacks[i]->low = 'x';
          else
            g_assert_cmpint (*stacks[i]->low, ==, 'x');
        }
      for (guint i = 0; i < n_stacks; i++)
        anyio_stack_pool_release (pool, stacks[i]);

      /* All of them were needed since the last call, so nothing is given back. */
      g_assert_true (anyio_stack_pool_trim (pool));
    }

  anyio_stack_pool_free (pool);
}

static char *touched;

static const char *
describe (gpointer owner)
{
  return owner;
}

/* Steps on the guard of a stack, from the home stack: the handler cannot tell the difference. */
static void
overflow (AnyioStackClass class,
          gsize distance)
{
  AnyioStackPool *pool = anyio_stack_pool_new ();
  AnyioStack *stack;

  acquire (pool, class);
  stack = acquire (pool, class);
  stack->owner = (gpointer) "greedy";
  *stack->low = 1;
  touched = stack->low - distance;
  *(volatile char *) touched = 1;
  g_print ("survived\n");
}

static void
trap_overflow (const char *path,
               const char *pattern)
{
  g_test_trap_subprocess (path, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stdout_unmatched ("*survived*");
  g_test_trap_assert_stderr (pattern);
}

static void
test_overflow_small (void)
{
  g_test_summary ("An overflow of a small stack faults, and the report names the task.");

  if (g_test_subprocess ())
    {
      anyio_stack_report_overflows (describe);
      overflow (ANYIO_STACK_SMALL, 1);
      return;
    }
  trap_overflow ("/stack/overflow-of-small/names-task", "*anyio-glib: stack overflow in task \"greedy\" (64 KiB stack); raise the stack size or move large arrays to the heap*");
}

static void
test_overflow_normal (void)
{
  g_test_summary ("Larger stacks have a larger guard, which a big frame does not step over.");

  if (g_test_subprocess ())
    {
      anyio_stack_report_overflows (describe);
      overflow (ANYIO_STACK_NORMAL, 60 * 1024);
      return;
    }
  trap_overflow ("/stack/overflow-of-normal/names-task", "*in task \"greedy\" (1 MiB stack)*");
}

static void
test_overflow_mprotect (void)
{
  g_test_summary ("The guards of old kernels work as well.");

  if (g_test_subprocess ())
    {
      anyio_stack_slab_force_mprotect (TRUE);
      anyio_stack_report_overflows (describe);
      overflow (ANYIO_STACK_SMALL, 1);
      return;
    }
  trap_overflow ("/stack/overflow-with-mprotect/names-task", "*in task \"greedy\" (64 KiB stack)*");
}

G_GNUC_NO_INLINE static guint
recurse (guint depth)
{
  volatile char frame[256];

  frame[0] = depth;

  return depth == 0 ? 0 : recurse (depth - 1) + frame[0];
}

static AnyioContext home;

static void
recursive_entry (gpointer data)
{
  AnyioStack *stack = data;

  if (recurse (100000000) != 1)
    g_print ("survived\n");
  anyio_context_exit (&stack->context, &home);
}

static void
test_overflow_real (void)
{
  g_test_summary ("A fiber that recurses without end is reported on the alternate stack.");

  if (g_test_subprocess ())
    {
      AnyioStackPool *pool = anyio_stack_pool_new ();
      AnyioStack *stack = acquire (pool, ANYIO_STACK_SMALL);

      stack->owner = (gpointer) "recursive";
      anyio_stack_report_overflows (describe);
      anyio_context_init_running (&home);
      anyio_context_make (&stack->context, stack->low, stack->high, recursive_entry, stack);
      anyio_context_switch (&home, &stack->context);
      return;
    }
  trap_overflow ("/stack/endless-recursion/names-task", "*in task \"recursive\" (64 KiB stack)*");
}

static void
handle_before (int signal_number)
{
  const char text[] = "the handler before\n";

  if (write (STDERR_FILENO, text, sizeof text - 1) < 0)
    abort ();
  _exit (1);
}

static void
test_chain (void)
{
  g_test_summary ("The handler that was there before gets the signal after the report.");

  if (g_test_subprocess ())
    {
      signal (SIGSEGV, handle_before);
      anyio_stack_report_overflows (describe);
      overflow (ANYIO_STACK_SMALL, 1);
      return;
    }
  trap_overflow ("/stack/overflow/goes-on-to-handler-before", "*in task \"greedy\"*the handler before*");
}

static void
test_foreign_fault (void)
{
  g_test_summary ("A fault elsewhere is no stack overflow and still kills the process.");

  if (g_test_subprocess ())
    {
      char *page = mmap (NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

      anyio_stack_report_overflows (describe);
      signal (SIGALRM, handle_before);
      /* Fails the test in place of an endless loop of faults. */
      alarm (30);
      *(volatile char *) page = 1;
      g_print ("survived\n");
      return;
    }
  g_test_trap_subprocess ("/stack/other-fault/is-not-reported", 0, G_TEST_SUBPROCESS_DEFAULT);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stdout_unmatched ("*survived*");
  g_test_trap_assert_stderr_unmatched ("*stack overflow*");
  g_test_trap_assert_stderr_unmatched ("*the handler before*");
}

static void
test_mprotect (void)
{
  AnyioStackPool *pool = anyio_stack_pool_new ();
  AnyioStack *stacks[100];
  guint n_before = count_mappings ();
  guint n_after;

  g_test_summary ("Without MADV_GUARD_INSTALL each guard is a mapping, and all are given back.");

  anyio_stack_slab_force_mprotect (TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (stacks); i++)
    {
      stacks[i] = acquire (pool, ANYIO_STACK_SMALL);
      *stacks[i]->low = 1;
    }
  n_after = count_mappings ();
  anyio_stack_slab_force_mprotect (FALSE);

  /* This is how one sees that the fall-back was taken: two mappings for each. */
  g_assert_cmpuint (n_after - n_before, >=, 150);
  for (guint i = 0; i < G_N_ELEMENTS (stacks); i++)
    anyio_stack_pool_release (pool, stacks[i]);
  anyio_stack_pool_free (pool);
  g_assert_cmpuint (count_mappings (), <=, n_before + 10);
}

static void
test_too_many_mappings (void)
{
  AnyioStackPool *pool;
  g_autoptr (GPtrArray) stacks = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  AnyioStack *stack;

  g_test_summary ("Running out of mappings is an error with advice.");

  if (WITH_TOOLS)
    {
      g_test_skip ("The tools need mappings too");
      return;
    }
  pool = anyio_stack_pool_new ();
  anyio_stack_slab_force_mprotect (TRUE);
  while ((stack = anyio_stack_pool_acquire (pool, ANYIO_STACK_SMALL, &error)) != NULL && stacks->len < 1000000)
    g_ptr_array_add (stacks, stack);
  anyio_stack_slab_force_mprotect (FALSE);

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
  g_assert_nonnull (strstr (error->message, "vm.max_map_count"));
  g_assert_cmpuint (anyio_stack_pool_get_n_used (pool), ==, stacks->len);
  for (guint i = 0; i < stacks->len; i++)
    anyio_stack_pool_release (pool, stacks->pdata[i]);
  anyio_stack_pool_free (pool);
}

static void
test_address_space (void)
{
  g_test_summary ("Running out of address space is an error with advice, and nothing is lost.");

  if (g_test_subprocess ())
    {
      AnyioStackPool *pool = anyio_stack_pool_new ();
      g_autofree char *status = NULL;
      struct rlimit limit;
      g_autoptr (GPtrArray) stacks = g_ptr_array_new ();

      /* Room for one whole slab of eight stacks and a bit. */
      g_assert_true (g_file_get_contents ("/proc/self/status", &status, NULL, NULL));
      limit.rlim_cur = (strtoul (strstr (status, "VmSize:") + 7, NULL, 10) + 100 * 1024) * 1024;
      limit.rlim_max = limit.rlim_cur;
      g_assert_cmpint (setrlimit (RLIMIT_AS, &limit), ==, 0);
      for (guint round = 0; round < 2; round++)
        {
          g_autoptr (GError) error = NULL;
          AnyioStack *stack;

          while ((stack = anyio_stack_pool_acquire (pool, ANYIO_STACK_LARGE, &error)) != NULL)
            {
              *stack->low = 1;
              g_ptr_array_add (stacks, stack);
            }
          g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
          g_assert_nonnull (strstr (error->message, "ulimit -v"));
          /* Smaller slabs fill the rest of the space that a whole one does not fit into. */
          g_assert_cmpuint (stacks->len, >=, 11);
          g_assert_cmpuint (anyio_stack_pool_get_n_used (pool), ==, stacks->len);

          while (stacks->len > 0)
            anyio_stack_pool_release (pool, g_ptr_array_remove_index (stacks, stacks->len - 1));
        }
      anyio_stack_pool_free (pool);
      return;
    }
  if (WITH_TOOLS || g_getenv ("ANYIO_EMULATED_PROGRAM") != NULL)
    {
      g_test_skip ("Tools and emulators need address space too");
      return;
    }
  g_test_trap_subprocess ("/stack/no-address-space/is-an-error", 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
}

static void
test_many (void)
{
  g_autofree AnyioStack **stacks = NULL;
  AnyioStackPool *pool;
  guint n_stacks;
  gsize before;
  gsize used;

  g_test_summary ("A hundred thousand small stacks cost little more than a page each (where each guard is a mapping: ten thousand).");

  if (WITH_TOOLS || g_getenv ("ANYIO_EMULATED_PROGRAM") != NULL)
    {
      g_test_skip ("Tools and emulators keep memory of their own for each stack");
      return;
    }
  stacks = g_new0 (AnyioStack *, N_MANY);
  pool = anyio_stack_pool_new ();
  anyio_stack_pool_release (pool, acquire (pool, ANYIO_STACK_SMALL));
  n_stacks = anyio_stack_slab_guards_are_mappings () ? N_MANY / 10 : N_MANY;
  before = get_memory_kib ();
  for (guint i = 0; i < n_stacks; i++)
    {
      stacks[i] = acquire (pool, ANYIO_STACK_SMALL);
      stacks[i]->high[-200] = 1;
    }
  used = get_memory_kib () - before;
  g_test_message ("%.3f KiB for each stack, %u mappings", (double) used / n_stacks, count_mappings ());
  g_assert_cmpfloat ((double) used / n_stacks, <, 4.4);
  g_assert_cmpfloat ((double) used / n_stacks, >=, 4.0);

  for (guint i = 0; i < n_stacks; i++)
    anyio_stack_pool_release (pool, stacks[i]);
  anyio_stack_pool_free (pool);
  g_assert_cmpuint (get_memory_kib (), <, before + 4096);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/stack/class/is-smallest-that-fits", test_class);
  g_test_add_func ("/stack/acquired/is-all-usable", test_usable);
  g_test_add_func ("/stack/released/is-next-acquired", test_lifo);
  g_test_add_func ("/stack/trim/gives-memory-back", test_trim);
  g_test_add_func ("/stack/trim-while-busy/keeps-memory", test_trim_busy);
  g_test_add_func ("/stack/overflow-of-small/names-task", test_overflow_small);
  g_test_add_func ("/stack/overflow-of-normal/names-task", test_overflow_normal);
  g_test_add_func ("/stack/overflow-with-mprotect/names-task", test_overflow_mprotect);
  g_test_add_func ("/stack/endless-recursion/names-task", test_overflow_real);
  g_test_add_func ("/stack/overflow/goes-on-to-handler-before", test_chain);
  g_test_add_func ("/stack/other-fault/is-not-reported", test_foreign_fault);
  g_test_add_func ("/stack/old-kernel/falls-back-to-mprotect", test_mprotect);
  g_test_add_func ("/stack/no-mapping-left/is-an-error", test_too_many_mappings);
  g_test_add_func ("/stack/no-address-space/is-an-error", test_address_space);
  g_test_add_func ("/stack/hundred-thousand/cost-a-page-each", test_many);

  return g_test_run ();
}
