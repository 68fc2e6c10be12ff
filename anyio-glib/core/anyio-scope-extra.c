/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What few scopes have: a GCancellable for foreign code, links from foreign GCancellables, deferred cleanups. It is allocated when the
 * first of these, or the text of a reason, is needed.
 *
 * GCancellable calls its handlers inside g_cancellable_cancel(). Therefore our own GCancellables are cancelled on the home stack.
 */

#include "core/anyio-scope-private.h"

#include "core/anyio-cancel-scope-private.h"
#include "core/anyio-cancellable-link-private.h"
#include "core/anyio-error-private.h"
#include "core/anyio-fiber-private.h"
#include "core/anyio-runtime-private.h"
#include "core/anyio-stop-private.h"

#define DEFAULT_GRACE 5.0 /* seconds; SEMANTICS 8.9 */

typedef struct
{
  AnyioTaskFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} AnyioCleanup;

AnyioScopeExtra *
anyio_scope_get_extra (AnyioScope *self)
{
  if (self->extra == NULL)
    {
      self->extra = g_new0 (AnyioScopeExtra, 1);
      self->extra->grace = DEFAULT_GRACE;
      anyio_list_init (&self->extra->cancellable_dependent.link);
    }

  return self->extra;
}

/* --- outwards -------------------------------------------------------------------------------------------------------------------------- */

static void
cancel_cancellable (AnyioList *link)
{
  AnyioScopeExtra *extra = ANYIO_CONTAINER (link, AnyioScopeExtra, cancellable_dependent.link);
  g_autoptr (GCancellable) cancellable = g_object_ref (extra->cancellable);

  g_cancellable_cancel (cancellable);
}

GCancellable *
anyio_scope_get_cancellable (AnyioScope *self)
{
  AnyioScopeExtra *extra = anyio_scope_get_extra (self);

  if (extra->cancellable == NULL)
    {
      extra->cancellable = g_cancellable_new ();
      extra->cancellable_dependent.cancel = cancel_cancellable;
      if (self->eff || (self->state != ANYIO_SCOPE_LIVE && self->called))
        g_cancellable_cancel (extra->cancellable); /* it is new: nobody listens */
      else
        anyio_list_append (&self->dependents, &extra->cancellable_dependent.link);
    }

  return extra->cancellable;
}

void
anyio_scope_drop_cancellable (AnyioScope *self)
{
  AnyioScopeExtra *extra = self->extra;

  if (extra->cancellable == NULL)
    return;

  /* It is on its way to be cancelled, or is already. Who holds it was told the truth of that moment. */
  if (!anyio_list_is_empty (&extra->cancellable_dependent.link))
    {
      anyio_list_remove (&extra->cancellable_dependent.link);
      anyio_runtime_doom_cancellable (self->runtime, g_steal_pointer (&extra->cancellable));
    }
  g_clear_object (&extra->cancellable);
}

/* --- inwards ---------------------------------------------------------------------------------------------------------------------------- */

static void
cancel_from_link (gpointer user_data)
{
  anyio_scope_cancel (user_data, ANYIO_CANCEL_LINKED, NULL, NULL);
}

void
anyio_scope_add_link (AnyioScope *self,
                      GCancellable *cancellable)
{
  AnyioScopeExtra *extra;

  if (g_cancellable_is_cancelled (cancellable))
    {
      anyio_scope_cancel (self, ANYIO_CANCEL_LINKED, NULL, NULL);
      return;
    }

  extra = anyio_scope_get_extra (self);
  extra->links = g_slist_prepend (extra->links, anyio_cancellable_link_new (self->runtime, cancellable, cancel_from_link, self));
}

void
anyio_scope_remove_links (AnyioScope *self)
{
  if (self->extra != NULL)
    g_slist_free_full (g_steal_pointer (&self->extra->links), (GDestroyNotify) anyio_cancellable_link_free);
}

/* --- deferred cleanups --------------------------------------------------------------------------------------------------------------------- */

void
anyio_scope_defer (AnyioScope *self,
                   AnyioTaskFunc func,
                   gpointer user_data,
                   GDestroyNotify destroy)
{
  AnyioCleanup *cleanup = g_new (AnyioCleanup, 1);

  *cleanup = (AnyioCleanup){ func, user_data, destroy };
  anyio_scope_get_extra (self)->cleanups = g_slist_prepend (anyio_scope_get_extra (self)->cleanups, cleanup);
}

/* @error (taken) behind @errors, which are created if need be. */
static void
add_error (GPtrArray **errors,
           GError *error)
{
  if (*errors == NULL)
    *errors = g_ptr_array_new ();
  g_ptr_array_add (*errors, error);
}

static void
destroy_cleanup (gpointer data)
{
  AnyioCleanup *cleanup = data;

  cleanup->destroy (cleanup->user_data);
}

void
anyio_scope_run_cleanups (AnyioScope *self,
                          GPtrArray **errors)
{
  AnyioRecord *host = self->host;
  AnyioScope shield;
  GError *late = NULL;

  if (!anyio_scope_has_cleanups (self))
    return;

  anyio_scope_init (&shield);
  shield.shield = TRUE;
  shield.fails = TRUE;
  shield.has_timeout = TRUE;
  shield.deadline = self->extra->grace;
  anyio_scope_enter (&shield, host);
  self->leaving = TRUE;
  while (self->extra->cleanups != NULL)
    {
      AnyioCleanup *cleanup = self->extra->cleanups->data;
      GError *error = NULL;

      self->extra->cleanups = g_slist_delete_link (self->extra->cleanups, self->extra->cleanups);
      if (!cleanup->func (cleanup->user_data, &error) && error == NULL)
        error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "A deferred cleanup returned FALSE without setting an error");
      if (error != NULL && anyio_error_is_cancelled (error) && shield.eff)
        {
          g_clear_error (&late);
          late = g_steal_pointer (&error); /* the grace ran out: said once, below */
        }
      if (error != NULL)
        add_error (errors, error);
      if (cleanup->destroy != NULL)
        anyio_fiber_call_home (self->runtime, destroy_cleanup, cleanup);
      g_free (cleanup);
    }
  self->leaving = FALSE;
  if (anyio_scope_check_exit (&shield, NULL))
    anyio_scope_close (&shield, &late);
  if (late != NULL)
    add_error (errors, late);
  anyio_scope_clear (&shield);
}

/* @errors behind @error; an answer to our own abort vanishes beside them. Takes both; @errors may be NULL. */
static GError *
join_errors (GError *error,
             gboolean is_own,
             GPtrArray *errors)
{
  GError *only;

  if (errors == NULL)
    return error;

  if (is_own && anyio_error_is_cancelled (error))
    g_error_free (error);
  else if (error != NULL)
    g_ptr_array_insert (errors, 0, error);
  if (errors->len > 1)
    return anyio_error_group_new (errors);

  only = g_ptr_array_steal_index (errors, 0);
  g_ptr_array_unref (errors);

  return only;
}

void
anyio_scope_join_cleanups (AnyioScope *self,
                           GError **error)
{
  gboolean is_own = anyio_record_owns_cancellation (self->host, *error);
  GPtrArray *errors = NULL;

  anyio_scope_run_cleanups (self, &errors);
  *error = join_errors (*error, is_own, errors);
}

gboolean
anyio_scope_close_with_cleanups (AnyioScope *self,
                                 GError **error)
{
  gboolean is_own = anyio_record_owns_cancellation (self->host, *error);
  GPtrArray *errors = NULL;

  anyio_scope_run_cleanups (self, &errors);
  anyio_scope_close (self, error);
  *error = join_errors (*error, is_own, errors);

  return *error == NULL;
}

void
anyio_scope_leave_with_cleanups (AnyioScope *self,
                                 GError **location)
{
  gboolean has_error = location != NULL && *location != NULL;
  gboolean is_own = has_error && anyio_record_owns_cancellation (self->host, *location);
  g_autoptr (GError) untold = NULL;
  GPtrArray *errors = NULL;

  anyio_scope_run_cleanups (self, &errors);
  anyio_scope_leave_by_cleanup (self, location);
  if (has_error)
    {
      *location = join_errors (*location, is_own, errors);
      return;
    }
  untold = join_errors (NULL, FALSE, errors);
  if (untold != NULL)
    g_critical ("A deferred cleanup failed in a scope that was left without an error to join it to: %s", untold->message);
}

/* --- the end --------------------------------------------------------------------------------------------------------------------------------- */

void
anyio_scope_retire_extra (AnyioScope *self)
{
  anyio_scope_remove_links (self);
  if (self->extra->stop != NULL)
    anyio_stop_retire (self->extra->stop);
  if (self->extra->n_stop_operations > 0)
    anyio_stop_end_operations (self);
  /* One that was handed out and never cancelled dies with the scope; one on its way to be cancelled gets there. */
  if (self->extra->cancellable != NULL)
    {
      if (self->eff)
        anyio_scope_drop_cancellable (self);
      else
        anyio_list_remove (&self->extra->cancellable_dependent.link);
      g_clear_object (&self->extra->cancellable);
    }
}

void
anyio_scope_free_extra (AnyioScope *self)
{
  AnyioScopeExtra *extra = g_steal_pointer (&self->extra);

  g_clear_pointer (&extra->stop, anyio_stop_free);
  g_clear_object (&extra->cancellable);
  g_free (extra->text);
  g_free (extra->message);
  g_free (extra);
}
