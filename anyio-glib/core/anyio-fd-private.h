/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the watch of a descriptor said, for those who waited for it. */

#pragma once

#include "core/anyio-fd.h"

/* FALSE if the running task waited for @fd in vain: it was closed meanwhile. */
gboolean anyio_fd_check_revents (int fd, GIOCondition revents, GError **error);
