/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Address space for stacks, and their guards.
 *
 * Facts that force the design, with what they cost on the reference machine (kernel 6.18):
 *
 * - A process has 65,530 memory mappings (vm.max_map_count). A stack of its own mapping with an mprotect()ed guard takes two, which is
 *   why so many runtimes end near 32,700 fibers. MADV_GUARD_INSTALL (kernel 6.13) marks the page table instead of splitting the
 *   mapping, so all stacks of a slab stay one mapping, and neighbouring slabs merge. On older kernels mprotect() is what is left.
 * - Either way a guard is a system call: 570 ns by madvise(), 1,720 ns by mprotect(). A batch of a thousand in one process_madvise() costs
 *   450 ns each, which is little beside the 1,230 ns of the first page fault, and a program with one task would pay for 1,024 of
 *   them. So each guard is made when its slot is first handed out, and stays when the memory is given back: MADV_DONTNEED
 *   leaves guards alone.
 * - Transparent huge pages would make the first touched byte of a small stack cost 2 MiB: MADV_NOHUGEPAGE.
 * - A frame larger than the guard can step over it into the next stack (compilers probe only with -fstack-clash-protection). Guards
 *   cost address space only, so all classes but the small one have 64 KiB of it.
 * - A thousand stack tops at the same offset in their pages would compete for the same few sets of the first-level cache, hence the colours:
 *   slot i starts COLOUR_BYTES * (i % N_COLOURS) lower. A switch among 1,000 fibers in turn costs 7.4 ns with them and 13.5 without, among
 *   10,000 it is 16 and 19 ns. More than 1 KiB of colour would push small tasks over into a second page.
 * - A million small stacks with one touched page each cost 4.13 KiB each, the page tables included.
 *
 * The table of slabs is a list that only grows. Records of unmapped slabs stay in it and are used again, so that a signal
 * handler on any thread can walk it without a lock: links never change, and a record is valid while its base is not NULL.
 */

#include "base/anyio-stack-slab-private.h"

#include <gio/gio.h>

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if ANYIO_HAVE_VALGRIND
#include <valgrind/valgrind.h>
#endif

#if ANYIO_WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

#define ADVICE_THAT_DOES_NOT_EXIST 9999

#ifndef MAP_NORESERVE
#define MAP_NORESERVE 0
#endif

#ifndef MAP_STACK
#define MAP_STACK 0
#endif

/* Address space that is left to others when it is limited: GLib aborts when malloc() gets none, and a stack that is refused is only an error. */
#define RESERVE_BYTES (4 * 1024 * 1024)

#define BIG_GUARD_BYTES (64 * 1024)
#define COLOUR_BYTES 64
#define N_COLOURS 16

#define ADVICE "let fewer tasks live at once, or raise the limits (sysctl vm.max_map_count, vm.overcommit_memory; ulimit -v)"

/* How guards are made. */
typedef enum
{
  GUARD_BY_MADVISE,
  GUARD_BY_MPROTECT,        /* as madvise() was refused once */
  GUARD_BY_MPROTECT_FORCED,
} GuardMethod;

static int guard_method;         /* atomic */
static AnyioStackSlab *slabs;    /* atomic; the newest record */
G_LOCK_DEFINE_STATIC (slabs);    /* held by whoever claims or retires a record */

void
anyio_stack_slab_force_mprotect (gboolean force)
{
  g_atomic_int_set (&guard_method, force ? GUARD_BY_MPROTECT_FORCED : GUARD_BY_MADVISE);
}

gboolean
anyio_stack_slab_guards_are_mappings (void)
{
  return g_atomic_int_get (&guard_method) != GUARD_BY_MADVISE;
}

/* Whether madvise() is not to be trusted with guards. An emulator (qemu-user) takes all advice, does nothing, and calls it success, while a
 * kernel refuses advice that does not exist. Valgrind (3.27) keeps account of guards and ends the program when they are many. */
static gboolean
cannot_advise (char *base,
               gsize size_bytes)
{
  static int answer; /* atomic; 0 for not asked yet */

  if (g_atomic_int_get (&answer) == 0)
    {
      gboolean result = madvise (base, size_bytes, ADVICE_THAT_DOES_NOT_EXIST) == 0;

#if ANYIO_HAVE_VALGRIND
      result |= RUNNING_ON_VALGRIND != 0;
#endif
      g_atomic_int_set (&answer, result ? 1 : -1);
    }

  return g_atomic_int_get (&answer) > 0;
}

static gboolean
install_guard (char *base,
               gsize size_bytes)
{
  if (g_atomic_int_get (&guard_method) == GUARD_BY_MADVISE && !cannot_advise (base, size_bytes))
    {
      int result;

      do
        result = madvise (base, size_bytes, MADV_GUARD_INSTALL);
      while (result != 0 && (errno == EINTR || errno == EAGAIN));

      if (result == 0)
        return TRUE;
      if (errno != EINVAL)
        return FALSE;
    }

  /* Also an old kernel refuses, and every kernel for memory that mlockall() keeps. */
  if (g_atomic_int_get (&guard_method) == GUARD_BY_MADVISE)
    g_atomic_int_set (&guard_method, GUARD_BY_MPROTECT);

  return mprotect (base, size_bytes, PROT_NONE) == 0;
}

static inline char *
slot_base (const AnyioStackSlab *self,
           guint slot)
{
  return self->base + slot * self->slot_bytes;
}

static inline AnyioStack *
slot_stack (const AnyioStackSlab *self,
            guint slot)
{
  gsize colour = (slot % N_COLOURS) * COLOUR_BYTES;

  return (AnyioStack *) (slot_base (self, slot) + self->slot_bytes - colour - ((sizeof (AnyioStack) + 63) & ~(gsize) 63));
}

/* A record that nobody uses: one of an unmapped slab, or a new one. */
static AnyioStackSlab *
claim_record (void)
{
  AnyioStackSlab *self;

  for (self = g_atomic_pointer_get (&slabs); self != NULL; self = self->next)
    if (self->n_slots == 0)
      return self;

  self = g_try_new0 (AnyioStackSlab, 1);
  if (self != NULL)
    {
      self->next = slabs;
      g_atomic_pointer_set (&slabs, self);
    }

  return self;
}

/* Maps a full slab or, under tight limits, as large a part of one as there is room for. */
static char *
map_slab (gsize slot_bytes,
          gsize *size_bytes)
{
  for (gsize size = ANYIO_STACK_SLAB_BYTES; size >= slot_bytes; size /= 2)
    {
      char *base = mmap (NULL, RESERVE_BYTES + size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

      if (base != MAP_FAILED)
        {
          /* The lower end: the upper one touches the slab before, and merges with it. */
          munmap (base, RESERVE_BYTES);
          base += RESERVE_BYTES;
#ifdef MADV_NOHUGEPAGE
          madvise (base, size, MADV_NOHUGEPAGE);
#endif
          *size_bytes = size;
          return base;
        }
    }

  return NULL;
}

static void
set_no_space_error (GError **error,
                    AnyioStackClass class,
                    const char *what,
                    int code)
{
  gsize kib = anyio_stack_class_get_size (class) / 1024;

  g_set_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE, "No memory for another stack of %" G_GSIZE_FORMAT " KiB (%s: %s); " ADVICE, kib, what, g_strerror (code));
}

AnyioStackSlab *
anyio_stack_slab_new (AnyioStackClass class,
                      GError **error)
{
  gsize page_bytes = sysconf (_SC_PAGESIZE);
  gsize slot_bytes = anyio_stack_class_get_size (class);
  gsize size_bytes;
  char *base = map_slab (slot_bytes, &size_bytes);
  AnyioStackSlab *self;

  if (base == NULL)
    {
      set_no_space_error (error, class, "mmap", errno);
      return NULL;
    }

  G_LOCK (slabs);
  self = claim_record ();
  if (self != NULL)
    self->n_slots = size_bytes / slot_bytes;
  G_UNLOCK (slabs);

  if (self == NULL)
    {
      munmap (base, size_bytes);
      set_no_space_error (error, class, "malloc", ENOMEM);
      return NULL;
    }

  anyio_list_init (&self->link);
  self->class = class;
  self->size_bytes = size_bytes;
  self->slot_bytes = slot_bytes;
  self->guard_bytes = class == ANYIO_STACK_SMALL ? page_bytes : MAX (page_bytes, BIG_GUARD_BYTES);
  self->n_blank = self->n_slots;
  self->n_guarded = 0;
  self->first_maybe_blank = 0;
  for (guint slot = 0; slot < self->n_slots; slot++)
    self->blank[slot / 64] |= G_GUINT64_CONSTANT (1) << slot % 64;
#if ANYIO_HAVE_VALGRIND
  if (RUNNING_ON_VALGRIND)
    self->valgrind_ids = g_new0 (guint, self->n_slots);
#endif
  g_atomic_pointer_set (&self->base, base);

  return self;
}

void
anyio_stack_slab_free (AnyioStackSlab *self)
{
  char *base = self->base;

  g_assert (self->n_blank == self->n_slots);

  anyio_list_remove (&self->link);
  g_atomic_pointer_set (&self->base, NULL);
#if ANYIO_HAVE_VALGRIND
  if (self->valgrind_ids != NULL)
    for (guint slot = 0; slot < self->n_guarded; slot++)
      VALGRIND_STACK_DEREGISTER (self->valgrind_ids[slot]);
#endif
  g_clear_pointer (&self->valgrind_ids, g_free);
  memset (self->blank, 0, sizeof self->blank);
  munmap (base, self->size_bytes);

  G_LOCK (slabs);
  self->n_slots = 0;
  G_UNLOCK (slabs);
}

AnyioStack *
anyio_stack_slab_take (AnyioStackSlab *self,
                       GError **error)
{
  guint word = self->first_maybe_blank;
  guint slot;
  char *base;
  AnyioStack *stack;

  g_assert (self->n_blank > 0);

  while (self->blank[word] == 0)
    word++;
  self->first_maybe_blank = word;
  slot = word * 64 + __builtin_ctzll (self->blank[word]);
  base = slot_base (self, slot);
  stack = slot_stack (self, slot);

  /* The lowest blank slot is taken, so the slots that ever were taken are [0, n_guarded). */
  if (slot >= self->n_guarded)
    {
      if (!install_guard (base, self->guard_bytes))
        {
          set_no_space_error (error, self->class, "guard page", errno);
          return NULL;
        }
      self->n_guarded = slot + 1;
#if ANYIO_HAVE_VALGRIND
      if (self->valgrind_ids != NULL)
        self->valgrind_ids[slot] = VALGRIND_STACK_REGISTER (base + self->guard_bytes, base + self->slot_bytes - 1);
#endif
    }

  stack->low = base + self->guard_bytes;
  stack->high = (char *) stack;
  stack->slab = self;
  stack->class = self->class;
  self->blank[word] &= self->blank[word] - 1;
  self->n_blank--;

  return stack;
}

void
anyio_stack_slab_drop (AnyioStackSlab *self,
                       AnyioStack *stack)
{
  char *low = stack->low;
  guint slot = (low - self->base) / self->slot_bytes;

#if ANYIO_WITH_ASAN
  ASAN_UNPOISON_MEMORY_REGION (low, self->slot_bytes - self->guard_bytes);
#endif
  /* The record is gone after this line: the kernel gives zeroes for it. */
  madvise (low, self->slot_bytes - self->guard_bytes, MADV_DONTNEED);
  self->blank[slot / 64] |= G_GUINT64_CONSTANT (1) << slot % 64;
  self->first_maybe_blank = MIN (self->first_maybe_blank, slot / 64);
  self->n_blank++;
}

AnyioStack *
anyio_stack_slab_find_guard (gconstpointer address)
{
  for (AnyioStackSlab *self = g_atomic_pointer_get (&slabs); self != NULL; self = self->next)
    {
      const char *base = g_atomic_pointer_get (&self->base);
      gsize offset = (const char *) address - base;
      guint slot;

      if (base == NULL || (const char *) address < base || offset >= self->size_bytes)
        continue;

      slot = offset / self->slot_bytes;
      if (offset % self->slot_bytes >= self->guard_bytes || (self->blank[slot / 64] >> slot % 64 & 1) != 0)
        return NULL;

      return slot_stack (self, slot);
    }

  return NULL;
}
