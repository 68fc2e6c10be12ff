/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The load of tcp_echo, the same for all: a child process with N connections sends 64 bytes on each and waits for them to come back, again and again, all of them at once in each
 * round. What is measured is the CPU time of the server's thread, in microseconds a round trip. The server listens at a socket that is made here, and ends when all connections
 * have ended.
 */
#pragma once

#include "bench.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ECHO_BYTES 64
#define ECHO_ROUND_TRIPS 400000

typedef struct
{
  int fd; /* listens; non-blocking; the server's */
  gsize n;
  pid_t child;
  double begin_seconds;
} EchoLoad;

static inline void
echo_check (gboolean success, const char *what)
{
  if (success)
    return;
  perror (what);
  exit (1);
}

static inline void
echo_play_clients (gsize n, const struct sockaddr_in *address)
{
  int *fds = g_new (int, n);
  char buffer[ECHO_BYTES] = { 0 };
  int yes = 1;

  for (gsize i = 0; i < n; i++)
    {
      fds[i] = socket (AF_INET, SOCK_STREAM, 0);
      echo_check (connect (fds[i], (const struct sockaddr *) address, sizeof *address) == 0, "connect");
      setsockopt (fds[i], IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
  for (gsize round = 0; round < ECHO_ROUND_TRIPS / n; round++)
    {
      for (gsize i = 0; i < n; i++)
        echo_check (send (fds[i], buffer, sizeof buffer, MSG_NOSIGNAL) == sizeof buffer, "send");
      for (gsize i = 0; i < n; i++)
        echo_check (recv (fds[i], buffer, sizeof buffer, MSG_WAITALL) == sizeof buffer, "recv");
    }
  _exit (0);
}

static inline void
echo_begin (EchoLoad *self, gsize n)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl (INADDR_LOOPBACK) } };
  socklen_t size = sizeof address;
  struct rlimit limit;

  getrlimit (RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit (RLIMIT_NOFILE, &limit);
  *self = (EchoLoad){ .fd = socket (AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), .n = n };
  echo_check (bind (self->fd, (struct sockaddr *) &address, sizeof address) == 0 && listen (self->fd, SOMAXCONN) == 0, "listen");
  getsockname (self->fd, (struct sockaddr *) &address, &size);
  self->child = fork ();
  echo_check (self->child >= 0, "fork");
  if (self->child == 0)
    echo_play_clients (n, &address);
  self->begin_seconds = bench_cpu_seconds ();
}

/* When all connections have ended. */
static inline void
echo_end (EchoLoad *self)
{
  double spent = bench_cpu_seconds () - self->begin_seconds;
  int status;

  waitpid (self->child, &status, 0);
  echo_check (status == 0, "clients");
  bench_print ("tcp_echo", self->n, spent * 1e6 / (ECHO_ROUND_TRIPS / self->n * self->n), "us");
}
