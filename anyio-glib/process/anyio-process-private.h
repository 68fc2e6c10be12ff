/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the files of AnyioProcess share. */

#pragma once

#include "core/anyio-runtime-private.h"
#include "process/anyio-process.h"
#include "sync/anyio-event.h"

/* What the callback of g_subprocess_wait_async() needs; the object may have gone until then. */
typedef struct
{
  AnyioEvent *exited;    /* owned */
  AnyioRuntime *runtime; /* a use of it, while its clock is held; NULL */
} AnyioProcessWatch;

struct _AnyioProcess
{
  GObject parent_instance;

  GSubprocess *subprocess;               /* owned */
  AnyioProcessWatch *watch;              /* a reference */
  AnyioByteSendStream *stdin_stream;     /* owned; NULL if not piped */
  AnyioByteReceiveStream *stdout_stream; /* owned; NULL if not piped */
  AnyioByteReceiveStream *stderr_stream; /* owned; NULL if not piped */
  int pid;                               /* 0: it was reaped before it was known */
};

void     anyio_process_close_pipes    (AnyioProcess *self);
/* The one of AnyioAsyncResource. */
gboolean anyio_process_close_resource (AnyioAsyncResource *resource, GError **error);
