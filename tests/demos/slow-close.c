/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Preloaded by check-loader.py: a disk that takes its time to close a file, in whatever thread GIO does that. So the window is gone long before the loads have ended. */

#include <sys/syscall.h>
#include <unistd.h>

#define SLOW_MICROSECONDS 100000

int
close (int fd)
{
  if (syscall (SYS_gettid) != getpid ())
    usleep (SLOW_MICROSECONDS);

  return (int) syscall (SYS_close, fd);
}
