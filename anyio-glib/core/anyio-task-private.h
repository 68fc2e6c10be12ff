/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The handle of a task, for the records that it stands for. */

#pragma once

#include "core/anyio-record-private.h"

AnyioTask *anyio_task_new      (AnyioRecord *record); /* transfer full */
/* The task has ended: the handle keeps the outcome, and those who wait for it are woken. Drops the record's reference. @error: borrowed, NULL for success. */
void       anyio_task_finished (AnyioRecord *record, const GError *error, gboolean was_cancelled);

/* Of AnyioOffer, of those who wait for its end; NULL if it has ended. */
AnyioList *anyio_task_get_waiters  (AnyioTask *self);
AnyioRuntime *anyio_task_get_runtime (AnyioTask *self);
/* May @record wait for it? Otherwise FALSE with MISUSE. It has not ended. */
gboolean   anyio_task_check_waiter (AnyioTask *self, AnyioRecord *record, GError **error);
