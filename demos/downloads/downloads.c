/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Three downloads at once; the first error stops the others.
 *
 * The arguments are locations: anything that GFile can read. Without arguments the program makes three local files and reads
 * those, so that it runs without a network; with --fail one of them is missing.
 */

#include <anyio.h>
#include <glib/gstdio.h>
#include <string.h>

static gboolean
download (gpointer data, GError **error)
{
  const char *location = data;
  g_autoptr (GFile) file = g_file_new_for_commandline_arg (location);
  g_autofree char *name = g_file_get_basename (file);
  g_autofree char *contents = NULL;
  gsize length_bytes;
  g_auto (AnyioCall) call = ANYIO_CALL_INIT;

  g_file_load_contents_async (file, ANYIO_CALL (&call));
  if (!g_file_load_contents_finish (file, anyio_call_await (&call), &contents, &length_bytes, NULL, error))
    return FALSE;

  g_print ("%s: %" G_GSIZE_FORMAT " bytes\n", name, length_bytes);

  return TRUE;
}

static gboolean
download_all (gpointer data, GError **error)
{
  char **locations = data;
  g_autoptr (AnyioTaskGroup) group = anyio_task_group_open (error);

  for (guint i = 0; locations[i] != NULL; i++)
    anyio_task_group_start_soon (group, download, locations[i], NULL);

  return anyio_task_group_join (group, error);
}

/* Makes the files one, two and three in a new folder; returns their paths. */
static char **
make_files (const char *folder, gboolean one_missing)
{
  const char *names[] = { "one", "two", "three" };
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);
      g_autofree char *contents = g_strnfill (1000 * (i + 1), 'x');

      if (!(one_missing && i == 1))
        g_file_set_contents (path, contents, -1, NULL);
      g_strv_builder_add (paths, path);
    }

  return g_strv_builder_end (paths);
}

static void
remove_files (const char *folder, char **paths)
{
  for (guint i = 0; paths[i] != NULL; i++)
    g_unlink (paths[i]);
  g_rmdir (folder);
}

int
main (int argc, char *argv[])
{
  gboolean fail = argc == 2 && strcmp (argv[1], "--fail") == 0;
  g_autofree char *folder = NULL;
  g_auto (GStrv) made = NULL;
  g_autoptr (GError) error = NULL;

  if (argc == 1 || fail)
    {
      folder = g_dir_make_tmp ("downloads-XXXXXX", &error);
      if (folder == NULL)
        {
          g_printerr ("%s\n", error->message);
          return 1;
        }
      made = make_files (folder, fail);
    }

  if (!anyio_run (download_all, made != NULL ? made : argv + 1, &error))
    g_printerr ("Stopped: %s\n", error->message);
  if (made != NULL)
    remove_files (folder, made);

  return error != NULL;
}
