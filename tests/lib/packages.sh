# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash

# Sourced by tests/run and demos/run. Installs Debian packages, only those that are missing, and asks nothing.

# What a build of the library and its C demos needs.
packages_build=(gcc libc6-dev meson ninja-build pkg-config python3 libglib2.0-dev)

# What the optional parts need: GIR, typelib, vapi.
packages_introspection=(gobject-introspection libgirepository1.0-dev valac)

# What the demos with windows need, to be built in C and Vala, and to be run in Python and JavaScript.
packages_window_c=(libgtk-4-dev)
packages_window_vala=(libgtk-4-dev)
packages_window_python=(gir1.2-gtk-4.0)
packages_window_gjs=(gir1.2-gtk-4.0)

# What the tests need besides.
packages_tests=(
  g++ binutils clang valgrind libc6-dbg libglib-testing-0-dev python3-gi gjs mypy node-typescript gi-docgen
  "${packages_window_c[@]}" "${packages_window_python[@]}" xvfb
)

# Of all these, what the build leaves out by itself (and says so) where a distribution has no such package.
packages_optional=(
  mypy libglib-testing-0-dev node-typescript gi-docgen
  "${packages_window_c[@]}" "${packages_window_python[@]}" xvfb
)

# What running the other languages' demos needs.
packages_vala=(valac)
packages_python=(python3-gi)
packages_gjs=(gjs)

# Sets `missing` to those of the arguments that are not installed.
packages_find_missing ()
{
  local package

  missing=()
  for package; do
    if ! dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed; then
      missing+=("$package")
    fi
  done
}

# Runs a command as root.
packages_as_root ()
{
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo -n "$@"
  else
    echo "Not root and no sudo: install ${missing[*]} by hand" >&2
    exit 1
  fi
}

# apt without questions and without a word about what went well; waits for whoever else installs something.
packages_apt ()
{
  packages_as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 "$@" </dev/null >/dev/null
}

# Takes out of `missing` what is optional and not to be had.
packages_drop_unknown ()
{
  local package known=()

  for package in "${missing[@]}"; do
    if [[ " ${packages_optional[*]} " = *" $package "* ]] && ! apt-cache show --no-all-versions "$package" &>/dev/null; then
      echo "Not in this distribution: $package"
    else
      known+=("$package")
    fi
  done
  missing=("${known[@]}")
}

# Makes sure that all of the arguments are installed. Where there is no apt, the programs are expected to be there.
packages_need ()
{
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    return 0
  fi
  packages_find_missing "$@"
  if [ "${#missing[@]}" -eq 0 ]; then
    return 0
  fi

  echo "Installing ${missing[*]}"
  packages_apt update || echo "Not all of apt's lists are up to date" >&2
  packages_drop_unknown
  [ "${#missing[@]}" -eq 0 ] && return 0
  packages_apt install -y --no-install-recommends --no-remove "${missing[@]}"
}

# What cross-building for aarch64 needs; the libraries are of the foreign architecture.
packages_aarch64=(gcc-aarch64-linux-gnu qemu-user libglib2.0-dev:arm64)

packages_need_foreign ()
{
  local architecture=$1
  shift

  if command -v dpkg >/dev/null && ! dpkg --print-foreign-architectures | grep -qx "$architecture"; then
    missing=("$@")
    packages_as_root dpkg --add-architecture "$architecture"
  fi
  packages_need "$@"
}
