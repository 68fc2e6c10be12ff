/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The values of a task: an immutable, shared set. Spawning takes a reference; changing makes a copy. */

#pragma once

#include "core/anyio-record-private.h"
#include "core/anyio-values.h"

AnyioValues *anyio_values_ref   (AnyioValues *self);
void         anyio_values_unref (AnyioValues *self); /* destroy functions run on the home stack */
