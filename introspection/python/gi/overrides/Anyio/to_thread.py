# SPDX-License-Identifier: LGPL-2.1-or-later
"""Functions that block, called in worker threads."""

from ._threads import current_default_thread_limiter, run_sync

__all__ = ["current_default_thread_limiter", "run_sync"]
