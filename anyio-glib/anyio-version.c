/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The version of the library that a program runs with, which may be newer than that of the headers it was compiled with. */

#include "anyio-version.h"

/**
 * anyio_get_major_version:
 *
 * Returns the major version of the library that the program runs with.
 *
 * Returns: the major version
 *
 * Since: 0.1
 */
guint
anyio_get_major_version (void)
{
  return ANYIO_MAJOR_VERSION;
}

/**
 * anyio_get_minor_version:
 *
 * Returns the minor version of the library that the program runs with.
 *
 * Returns: the minor version
 *
 * Since: 0.1
 */
guint
anyio_get_minor_version (void)
{
  return ANYIO_MINOR_VERSION;
}

/**
 * anyio_get_micro_version:
 *
 * Returns the micro version of the library that the program runs with.
 *
 * Returns: the micro version
 *
 * Since: 0.1
 */
guint
anyio_get_micro_version (void)
{
  return ANYIO_MICRO_VERSION;
}

/**
 * anyio_check_version:
 * @required_major: the major version that the program needs
 * @required_minor: the minor version that the program needs
 * @required_micro: the micro version that the program needs
 *
 * Checks that the library in use is compatible with the given version: of the same major version, and not older.
 *
 * Returns: (transfer none) (nullable): %NULL if it is compatible, otherwise a sentence that says why not
 *
 * Since: 0.1
 */
const char *
anyio_check_version (guint required_major, guint required_minor, guint required_micro)
{
  if (required_major > anyio_get_major_version ())
    return "anyio-glib is too old (major version)";
  if (required_major < anyio_get_major_version ())
    return "anyio-glib is too new (major version)";
  if (required_minor > anyio_get_minor_version ())
    return "anyio-glib is too old (minor version)";
  if (required_minor == anyio_get_minor_version () && required_micro > anyio_get_micro_version ())
    return "anyio-glib is too old (micro version)";

  return NULL;
}
