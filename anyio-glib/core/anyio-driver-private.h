/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Drivers inside: the slots behind the numbers, and how the core tells of what happens. */

#pragma once

#include "core/anyio-driver.h"
#include "core/anyio-group-private.h"
#include "core/anyio-start-private.h"

typedef struct
{
  AnyioDriver *driver; /* borrowed */
  AnyioRecord *record; /* NULL: the slot is free */
  AnyioTimer timer;
  AnyioList stop_link; /* in the runtime's stop_watchers, if it watches */
  guint id;
  guint next_free;
  guint joins;         /* the number of the group whose closing it waits for */
  guint is_told : 1;   /* an event about its cancellation is in the buffer */
} AnyioDriverTask;

typedef struct
{
  AnyioScope own;        /* what scope points to if this is no group; first */
  AnyioScope *scope;     /* NULL: the slot is free */
  AnyioTaskGroup *group; /* owned; NULL */
  AnyioStart *start;     /* owned; NULL */
  guint id;
  guint next_free;
} AnyioDriverScope;

/* Memory that does not move, found by number. Number 0 is never given. */
typedef struct
{
  GPtrArray *chunks; /* owned */
  gsize slot_size;
  guint n_slots;     /* ever used, the one of number 0 included */
  guint first_free;  /* 0: none */
} AnyioSlots;

struct _AnyioDriver
{
  GObject parent_instance;

  AnyioRunnable runnable;  /* in the ready queue while is_queued */
  AnyioRunnable nested;    /* while func runs: in case that it runs a main loop */
  AnyioRuntime *runtime;   /* borrowed, because of our use; NULL when closed */
  AnyioDriverFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
  AnyioSlots tasks;        /* of AnyioDriverTask */
  AnyioSlots scopes;       /* of AnyioDriverScope */
  GArray *events;          /* of guint */
  AnyioGroup *ending;      /* the group whose closing is returned instead of told; NULL */
  guint n_live;            /* tasks */
  guint n_running;         /* calls of func under way */
  gboolean is_queued;
  gboolean is_nested_queued;
  GPtrArray *operations;   /* of GCancellable, owned, or NULL: those under way elsewhere */
  gboolean is_shutting_down;
  gboolean owns_runtime;   /* nobody had it before us */
};

void anyio_driver_tell         (AnyioRecord *record); /* its cancellation changed */
void anyio_driver_tell_stop    (AnyioRuntime *runtime); /* a stop was requested, or a task has moved */
void anyio_driver_group_closed (AnyioGroup *group);   /* whose host is driven */
void anyio_driver_add_event    (AnyioDriver *self, guint id, AnyioDriverEvent event);
void anyio_driver_forget_task  (AnyioDriver *self, AnyioDriverTask *task); /* events of a task that ends */

gpointer anyio_slots_get  (AnyioSlots *self, guint id); /* NULL if there was never such a slot */
gpointer anyio_slots_take (AnyioSlots *self, guint *id, guint *(*get_next_free) (gpointer slot));

/* NULL, with a critical message, for a number that stands for nothing. */
AnyioDriverTask  *anyio_driver_find_task  (AnyioDriver *self, guint id, const char *function);
AnyioDriverScope *anyio_driver_find_scope (AnyioDriver *self, guint id, const char *function);
/* The group of number @id; the root for 0; NULL with a critical message if it is none. */
AnyioGroup       *anyio_driver_find_group (AnyioDriver *self, guint id, const char *function);
void              anyio_driver_free_scope (AnyioDriver *self, AnyioDriverScope *slot);
void              anyio_driver_free_task  (AnyioDriver *self, AnyioDriverTask *slot);

/* For those who look at the group from elsewhere: @message says what failed in @name, which the language keeps. */
void              anyio_driver_note_failure (AnyioGroup *group, const char *name, const char *message);

/* What @outcome says as an error; NULL for success. */
GError           *anyio_driver_make_error (const AnyioScope *scope, AnyioTaskStatus outcome, const char *message);
