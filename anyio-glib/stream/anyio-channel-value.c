/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Items of a channel as GValues. An item is a pointer, so what is no pointer (a number, say) is sent through a channel of %G_TYPE_VALUE, whose items are GValues. */

#include "stream/anyio-channel-value-private.h"

static gpointer
dup_pointer (const GValue *value)
{
  if (G_VALUE_HOLDS_OBJECT (value))
    return g_value_dup_object (value);
  if (G_VALUE_HOLDS_STRING (value))
    return g_value_dup_string (value);
  if (G_VALUE_HOLDS_VARIANT (value))
    return g_value_dup_variant (value);
  if (G_VALUE_HOLDS_BOXED (value))
    return g_value_dup_boxed (value);

  return g_value_get_pointer (value);
}

gboolean
anyio_channel_item_from_value (const AnyioChannel *self,
                               const GValue *value,
                               gpointer *item,
                               GError **error)
{
  if (self->item_type == G_TYPE_VALUE)
    {
      *item = g_boxed_copy (G_TYPE_VALUE, value);
      return TRUE;
    }
  /* Nothing has no type of its own: scripts give it as they can. */
  if (g_value_fits_pointer (value) && g_value_peek_pointer (value) == NULL)
    {
      *item = NULL;
      return TRUE;
    }
  if (G_VALUE_HOLDS (value, self->item_type) || (G_VALUE_HOLDS_OBJECT (value) && g_type_is_a (G_OBJECT_TYPE (g_value_get_object (value)), self->item_type)))
    {
      *item = dup_pointer (value);
      return TRUE;
    }
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "The items of this stream are of type %s, not %s", g_type_name (self->item_type), G_VALUE_TYPE_NAME (value));

  return FALSE;
}

GValue *
anyio_channel_item_to_value (const AnyioChannel *self,
                             gpointer item)
{
  GValue *value;

  if (self->item_type == G_TYPE_VALUE && item != NULL)
    return item;

  value = g_new0 (GValue, 1);
  g_value_init (value, self->item_type);
  if (g_type_is_a (self->item_type, G_TYPE_OBJECT))
    g_value_take_object (value, item);
  else if (self->item_type == G_TYPE_STRING)
    g_value_take_string (value, item);
  else if (self->item_type == G_TYPE_VARIANT)
    g_value_take_variant (value, item);
  else if (G_TYPE_IS_BOXED (self->item_type))
    g_value_take_boxed (value, item);
  else
    g_value_set_pointer (value, item);

  return value;
}

void
anyio_channel_value_free (gpointer value)
{
  g_boxed_free (G_TYPE_VALUE, value);
}
