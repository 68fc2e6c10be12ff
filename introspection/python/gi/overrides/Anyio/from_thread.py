# SPDX-License-Identifier: LGPL-2.1-or-later
"""What other threads ask of an event loop: calls of its workers, and portals for all threads."""

from ._portal import BlockingPortal, BlockingPortalProvider, start_blocking_portal
from ._threads import check_cancelled, run_from_thread as run, run_sync_from_thread as run_sync

__all__ = ["BlockingPortal", "BlockingPortalProvider", "check_cancelled", "run", "run_sync", "start_blocking_portal"]
