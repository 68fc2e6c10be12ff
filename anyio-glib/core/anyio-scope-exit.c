/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Leaving scopes in the wrong order, from the wrong task, twice or never (SEMANTICS 2.14): clear words, and a state that can be gone on from.
 * Whatever was misnested is cancelled, joined and closed, so that nothing of it runs on. */

#include "core/anyio-scope-private.h"

#include <dlfcn.h>

#include "core/anyio-cancel-scope-private.h"
#include "core/anyio-error-private.h"
#include "core/anyio-group-private.h"
#include "core/anyio-runtime-private.h"

/* "function+0x1c" or the bare address, as far as the dynamic symbols tell. */
static char *
describe_where (gconstpointer where)
{
  Dl_info info;

  if (where == NULL)
    return g_strdup ("an unknown place");
  if (dladdr (where, &info) == 0)
    return g_strdup_printf ("%p", where);
  if (info.dli_sname == NULL)
    return g_strdup_printf ("%s+0x%zx", info.dli_fname, (gsize) ((const char *) where - (const char *) info.dli_fbase));

  return g_strdup_printf ("%s+0x%zx", info.dli_sname, (gsize) ((const char *) where - (const char *) info.dli_saddr));
}

void
anyio_scope_force_close (AnyioScope *self)
{
  AnyioRecord *host = self->host;
  g_autoptr (GError) error = NULL;

  self->forced = TRUE;
  anyio_scope_cancel (self, ANYIO_CANCEL_EXPLICIT, "left out of order", host->name);
  if (self->group != NULL)
    {
      error = anyio_group_exit (self->group);
      if (error != NULL && !anyio_error_is_cancelled (error))
        g_critical ("A task group of task \"%s\" that was left out of order had failed: %s", host->name, error->message);
      if (self->group->is_orphan)
        g_object_unref (self->group->handle);
    }
  else
    {
      anyio_scope_unlink (self);
    }
}

gboolean
anyio_scope_check_exit (AnyioScope *self,
                        GError **error)
{
  const char *what = self->group != NULL ? "task group" : "cancel scope";
  AnyioRecord *record = anyio_runtime_current_or_visitor ();
  g_autofree char *where = NULL;

  if (G_LIKELY (record != NULL && self->host == record && record->scope == self))
    return TRUE;

  if (self->state == ANYIO_SCOPE_NEW)
    return anyio_misuse (error, "A %s was exited that was never entered", what);

  where = describe_where (self->where);
  if (record != self->host)
    return anyio_misuse (error,
                         "A %s that task \"%s\" entered at %s was exited from %s%s%s; a scope is exited by the task that entered it",
                         what, self->host->name, where, record != NULL ? "task \"" : "outside any task", record != NULL ? record->name : "", record != NULL ? "\"" : "");

  {
    g_autofree char *inner = describe_where (record->scope->where);

    anyio_misuse (error,
                  "Task \"%s\" exited the %s that it entered at %s while the %s that it entered inside, at %s, was still open; "
                  "the inner one is cancelled and closed. Exit scopes in reverse order, or let g_autoptr do it",
                  record->name, what, where, record->scope->group != NULL ? "task group" : "cancel scope", inner);
  }
  while (record->scope != self)
    anyio_scope_force_close (record->scope);
  anyio_scope_force_close (self);

  return FALSE;
}

double
anyio_scope_check_seconds (double seconds,
                           const char *function)
{
  if (G_LIKELY (!isnan (seconds)))
    return seconds;

  g_critical ("%s() was called with NaN, which counts as infinity: no deadline", function);

  return INFINITY;
}

double
anyio_scope_check_timeout (double seconds,
                           const char *function)
{
  double checked = anyio_scope_check_seconds (seconds, function);

  return MAX (checked, 0);
}
