/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The open descriptors of the process, before and after: what /proc/self/fd lists (/dev/fd elsewhere; a system that has neither has no such check).
 *
 * A descriptor is the same as before if its number, its device and its inode are: a number that was closed and opened again counts as one
 * that is left. One that was open before and is gone is reported, too, because closing somebody else's is as bad. Anonymous inodes (eventfd, epoll) cannot be
 * told from each other.
 */

#include "anyio-descriptors-private.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static DIR *
open_folder (void)
{
  DIR *folder = opendir ("/proc/self/fd");

  return folder != NULL ? folder : opendir ("/dev/fd");
}

static char *
identify (int fd)
{
  struct stat status;

  if (fstat (fd, &status) != 0)
    return NULL;

  return g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64) status.st_dev, (guint64) status.st_ino);
}

GHashTable *
anyio_descriptors_list (void)
{
  GHashTable *table = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  DIR *folder = open_folder ();
  struct dirent *entry;

  if (folder == NULL)
    return table;

  while ((entry = readdir (folder)) != NULL)
    {
      int fd = atoi (entry->d_name);
      char *identity;

      if (!g_ascii_isdigit (entry->d_name[0]) || fd == dirfd (folder))
        continue;
      identity = identify (fd);
      if (identity != NULL)
        g_hash_table_insert (table, GINT_TO_POINTER (fd), identity);
    }
  closedir (folder);

  return table;
}

static void
complain (GString *complaints,
          int fd,
          const char *what)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/fd/%d", fd);
  char target[256];
  gssize length = readlink (path, target, sizeof target - 1);

  target[MAX (length, 0)] = '\0';
  g_string_append_printf (complaints, "%sdescriptor %d%s%s%s %s", complaints->len > 0 ? "; " : "",
                          fd, length > 0 ? " (" : "", target, length > 0 ? ")" : "", what);
}

guint
anyio_descriptors_complain (GHashTable *before,
                            GString *complaints)
{
  g_autoptr (GHashTable) after = anyio_descriptors_list ();
  guint n = 0;
  GHashTableIter iter;
  gpointer fd;
  gpointer identity;

  g_hash_table_iter_init (&iter, after);
  while (g_hash_table_iter_next (&iter, &fd, &identity))
    if (g_strcmp0 (g_hash_table_lookup (before, fd), identity) != 0)
      {
        n++;
        if (complaints != NULL)
          complain (complaints, GPOINTER_TO_INT (fd), "left open");
      }

  g_hash_table_iter_init (&iter, before);
  while (g_hash_table_iter_next (&iter, &fd, NULL))
    if (!g_hash_table_contains (after, fd))
      {
        n++;
        if (complaints != NULL)
          complain (complaints, GPOINTER_TO_INT (fd), "closed, although it was open before");
      }

  return n;
}
