/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The error domain, groups of errors, and the messages for misuse. A group error carries its leaves as private data of an
 * extended GError, so that copying and freeing it needs no special care. */

#include "core/anyio-error-private.h"

typedef struct
{
  GPtrArray *errors; /* of GError; owned; NULL except for ANYIO_ERROR_GROUP */
} AnyioErrorPrivate;

static void
anyio_error_private_init (AnyioErrorPrivate *self)
{
}

static void
anyio_error_private_copy (const AnyioErrorPrivate *source,
                          AnyioErrorPrivate *target)
{
  target->errors = source->errors != NULL ? g_ptr_array_ref (source->errors) : NULL;
}

static void
anyio_error_private_clear (AnyioErrorPrivate *self)
{
  g_clear_pointer (&self->errors, g_ptr_array_unref);
}

/**
 * anyio_error_quark:
 *
 * The domain of #AnyioError; in C, %ANYIO_ERROR.
 *
 * Returns: the domain
 *
 * Since: 0.1
 */

/* Defines anyio_error_quark() and the static functions that reach the private data. */
G_DEFINE_EXTENDED_ERROR (AnyioError, anyio_error)

GError *
anyio_error_group_new (GPtrArray *errors)
{
  const GError *first = g_ptr_array_index (errors, 0);
  GError *error = g_error_new_literal (ANYIO_ERROR, ANYIO_ERROR_GROUP, first->message);

  if (errors->len > 1)
    {
      g_free (error->message);
      error->message = g_strdup_printf ("%s (and %u more)", first->message, errors->len - 1);
    }
  g_ptr_array_set_free_func (errors, (GDestroyNotify) g_error_free);
  anyio_error_get_private (error)->errors = errors;

  return error;
}

/**
 * anyio_error_is_cancelled:
 * @error: (nullable): an error
 *
 * Tells whether @error itself says that something was cancelled. Such an error is passed on, not shown to a user.
 *
 * Returns: %TRUE if @error is %G_IO_ERROR_CANCELLED
 *
 * Since: 0.1
 */
gboolean
anyio_error_is_cancelled (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/**
 * anyio_error_group_get_errors:
 * @error: an error
 *
 * Gets the failures of which a group error consists, in the order in which they happened. A member may be a group itself.
 *
 * Returns: (transfer none) (nullable) (element-type GLib.Error): the failures; %NULL if @error is no group
 *
 * Since: 0.1
 */
GPtrArray *
anyio_error_group_get_errors (const GError *error)
{
  if (!g_error_matches (error, ANYIO_ERROR, ANYIO_ERROR_GROUP))
    return NULL;

  return anyio_error_get_private (error)->errors;
}

/**
 * anyio_error_matches:
 * @error: (nullable): an error
 * @domain: an error domain
 * @code: a code of that domain
 *
 * Tells whether @error, or any failure in it if it is a group, has this domain and code.
 *
 * Returns: %TRUE if there is a match
 *
 * Since: 0.1
 */
gboolean
anyio_error_matches (const GError *error,
                     GQuark domain,
                     int code)
{
  g_autoptr (GPtrArray) todo = NULL;
  gboolean found = g_error_matches (error, domain, code);

  if (found || anyio_error_group_get_errors (error) == NULL)
    return found;

  todo = g_ptr_array_new ();
  g_ptr_array_add (todo, (gpointer) error);
  while (!found && todo->len > 0)
    {
      const GError *next = g_ptr_array_steal_index_fast (todo, todo->len - 1);
      GPtrArray *errors = anyio_error_group_get_errors (next);

      found = g_error_matches (next, domain, code);
      if (errors != NULL)
        g_ptr_array_extend (todo, errors, NULL, NULL);
    }

  return found;
}

gboolean
anyio_misuse (GError **error,
              const char *format,
              ...)
{
  g_autofree char *message = NULL;
  va_list arguments;

  va_start (arguments, format);
  message = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_critical ("%s", message);
  g_set_error_literal (error, ANYIO_ERROR, ANYIO_ERROR_MISUSE, message);

  return FALSE;
}

gboolean
anyio_misuse_no_task (GError **error,
                      const char *function)
{
  g_autofree char *message = g_strdup_printf ("%s() suspends and can therefore only be called in a task; start one with anyio_run() or anyio_start()", function);

  g_critical ("%s", message);
  g_set_error_literal (error, ANYIO_ERROR, ANYIO_ERROR_NO_TASK, message);

  return FALSE;
}
