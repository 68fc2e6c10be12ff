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

static const char *
describe_kind (const AnyioScope *self)
{
  return self->group != NULL ? "task group" : "cancel scope";
}

void
anyio_scope_force_close (AnyioScope *self)
{
  AnyioRecord *host = self->host;
  g_autoptr (GError) error = NULL;

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
      anyio_scope_leave_by_cleanup (self, NULL);
    }
}

void
anyio_scope_close_forgotten (AnyioScope *self)
{
  g_autofree char *where = describe_where (self->where);

  g_critical ("Task \"%s\" returned with a %s open that it entered at %s; use g_autoptr, or exit it on every path",
              self->host->name, describe_kind (self), where);
  anyio_scope_force_close (self);
}

gboolean
anyio_scope_refuse_entry (const AnyioScope *self,
                          const AnyioRecord *record,
                          GError **error)
{
  g_autofree char *where = describe_where (self->where);

  if (self->host == NULL)
    return anyio_misuse (error, "Task \"%s\" entered a %s for the second time; make a new one for each use", record->name, describe_kind (self));

  return anyio_misuse (error, "A %s that task \"%s\" entered at %s was entered again by task \"%s\"; make a new one for each use",
                       describe_kind (self), self->host->name, where, record->name);
}

gboolean
anyio_scope_check_exit (AnyioScope *self,
                        GError **error)
{
  const char *what = describe_kind (self);
  AnyioRecord *record = anyio_runtime_current_or_visitor ();
  g_autofree char *where = NULL;

  if (G_LIKELY (record != NULL && self->host == record && record->scope == self))
    return TRUE;

  if (self->state == ANYIO_SCOPE_NEW)
    return anyio_misuse (error, "%s%s%s exited a %s that was never entered; enter it first",
                         record != NULL ? "Task \"" : "Code outside any task", record != NULL ? record->name : "", record != NULL ? "\"" : "", what);

  where = describe_where (self->where);
  if (record != self->host)
    return anyio_misuse (error,
                         "A %s that task \"%s\" entered at %s was exited from %s%s%s; a scope is exited by the task that entered it",
                         what, self->host->name, where, record != NULL ? "task \"" : "outside any task", record != NULL ? record->name : "", record != NULL ? "\"" : "");

  for (AnyioScope *scope = record->scope; scope != self->parent; scope = scope->parent)
    if (scope->leaving)
      return anyio_misuse (error, "Task \"%s\" exited the %s that it entered at %s in a deferred cleanup, which runs because it leaves a scope already", record->name, what, where);

  {
    g_autofree char *inner = describe_where (record->scope->where);

    anyio_misuse (error,
                  "Task \"%s\" exited the %s that it entered at %s while the %s that it entered inside, at %s, was still open; "
                  "the inner one is cancelled and closed. Exit scopes in reverse order, or let g_autoptr do it",
                  record->name, what, where, describe_kind (record->scope), inner);
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
