/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The life of what few task groups have. */

#include "core/anyio-group-extra-private.h"

AnyioGroupExtra *
anyio_group_get_extra (AnyioGroup *self)
{
  if (self->extra == NULL)
    {
      self->extra = g_new0 (AnyioGroupExtra, 1);
      self->extra->max_concurrency = G_MAXUINT;
      g_queue_init (&self->extra->completed);
      anyio_list_init (&self->extra->completion_waiters);
    }

  return self->extra;
}

void
anyio_group_extra_free (AnyioGroupExtra *self)
{
  g_clear_object (&self->winner);
  g_clear_pointer (&self->kept, g_ptr_array_unref);
  g_queue_clear_full (&self->completed, g_object_unref);
  g_free (self);
}

void
anyio_group_child_ended (AnyioGroup *self,
                         AnyioTask *handle,
                         const char *name,
                         GError *error,
                         gboolean is_own,
                         gboolean succeeded)
{
  anyio_group_child_completed (self, handle); /* first, see there */
  anyio_group_policy_ended (self, handle, name, error, is_own, succeeded);
  anyio_group_release_held (self);
}
