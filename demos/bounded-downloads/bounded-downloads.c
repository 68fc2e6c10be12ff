/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Five downloads, two at a time; the first error stops the rest.
 *
 * The files are local, made for the occasion, and come over a line that is as slow as the program pretends. With --fail one of them is missing.
 */

#include <anyio.h>
#include <glib/gstdio.h>
#include <string.h>

#define AT_A_TIME 2
#define BYTES_PER_SECOND 5000

typedef struct
{
  const char *name;
  gsize size_bytes;
  char *path; /* owned */
} Download;

static gboolean
download (gpointer data, GError **error)
{
  const Download *self = data;
  g_autoptr (GFile) file = g_file_new_for_path (self->path);
  g_autofree char *contents = NULL;
  gsize length_bytes;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  g_file_load_contents_async (file, ANYIO_CALL (&call));
  if (!g_file_load_contents_finish (file, anyio_call_await (&call), &contents, &length_bytes, NULL, error))
    return FALSE;
  g_print ("%s has %" G_GSIZE_FORMAT " bytes\n", self->name, length_bytes);
  if (!anyio_sleep ((double) length_bytes / BYTES_PER_SECOND, error))
    return FALSE;
  g_print ("%s is here\n", self->name);

  return TRUE;
}

static Download downloads[] = { { "one", 1000 }, { "two", 6000 }, { "three", 2000 }, { "four", 5000 }, { "five", 1000 } };

static gboolean
download_all (gpointer data, GError **error)
{
  return anyio_map (download, downloads, sizeof *downloads, G_N_ELEMENTS (downloads), AT_A_TIME, error);
}

static void
make_files (const char *folder, const char *missing)
{
  for (guint i = 0; i < G_N_ELEMENTS (downloads); i++)
    {
      g_autofree char *contents = g_strnfill (downloads[i].size_bytes, 'x');

      downloads[i].path = g_build_filename (folder, downloads[i].name, NULL);
      if (g_strcmp0 (downloads[i].name, missing) != 0)
        g_file_set_contents (downloads[i].path, contents, -1, NULL);
    }
}

static void
remove_files (const char *folder)
{
  for (guint i = 0; i < G_N_ELEMENTS (downloads); i++)
    {
      g_unlink (downloads[i].path);
      g_free (downloads[i].path);
    }
  g_rmdir (folder);
}

int
main (int argc, char *argv[])
{
  const char *missing = argc == 2 && strcmp (argv[1], "--fail") == 0 ? "three" : NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp ("downloads-XXXXXX", &error);

  if (folder == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  make_files (folder, missing);
  if (!anyio_run (download_all, NULL, &error))
    g_printerr ("Stopped: %s\n", error->message);
  remove_files (folder);

  return error != NULL;
}
