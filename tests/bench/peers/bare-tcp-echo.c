/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcp_echo: epoll by hand, level-triggered, one thread: wait, receive, send. */
#define BENCH_PEER "bare"
#include "tcp-echo.h"

#include <sys/epoll.h>

int
main (int argc, char **argv)
{
  EchoLoad load;
  struct epoll_event events[256];
  int epoll = epoll_create1 (EPOLL_CLOEXEC), yes = 1;
  gsize n_left;

  echo_begin (&load, bench_size (argc, argv, 500));
  n_left = load.n;
  echo_check (epoll_ctl (epoll, EPOLL_CTL_ADD, load.fd, &(struct epoll_event){ EPOLLIN, { .fd = load.fd } }) == 0, "epoll_ctl");
  while (n_left > 0)
    {
      int n_events = epoll_wait (epoll, events, G_N_ELEMENTS (events), -1);

      for (int i = 0; i < n_events; i++)
        {
          int fd = events[i].data.fd;
          char buffer[4096];
          gssize n;

          if (fd == load.fd)
            {
              while ((fd = accept4 (load.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0)
                {
                  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
                  echo_check (epoll_ctl (epoll, EPOLL_CTL_ADD, fd, &(struct epoll_event){ EPOLLIN, { .fd = fd } }) == 0, "epoll_ctl");
                }
              continue;
            }
          n = recv (fd, buffer, sizeof buffer, 0);
          if (n > 0)
            {
              echo_check (send (fd, buffer, n, MSG_NOSIGNAL) == n, "send");
              continue;
            }
          close (fd);
          n_left--;
        }
    }
  echo_end (&load);

  return 0;
}
