# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034

# Sourced by tests/run: what is built and which setups run in each build. The other languages are tested with gcc and release. One line per configuration:
#
#   configure NAME SUMMARY SETUPS COMPILER MESON-OPTION...
#
# SETUPS are Meson test setups, separated by commas. The setup `valgrind` leaves out what is slow. With `:slow` behind it, a setup
# runs the library's test programs alone and with `-m slow`: what they skip otherwise.

configurations=()
declare -A configuration_summary configuration_setups configuration_compiler configuration_options

configure ()
{
  local name=$1

  configurations+=("$name")
  configuration_summary[$name]=$2
  configuration_setups[$name]=$3
  configuration_compiler[$name]=$4
  shift 4
  configuration_options[$name]=$*
}

configure gcc 'gcc, debug, invariants, everything optional' epoll,glib,valgrind gcc \
  -Dbuildtype=debug -Doptimization=1 -Dinvariants=true -Dintrospection=enabled -Dvapi=enabled -Dpython=enabled
configure release 'gcc, optimised' epoll,glib,epoll:slow gcc -Dbuildtype=release
configure clang 'clang, optimised, with debugging; other orders of scheduling' epoll,stress2,stress5,stress1234 clang \
  -Dbuildtype=debugoptimized -Dintrospection=disabled -Dvapi=disabled -Dpython=disabled
configure asan 'gcc, address and undefined behaviour' epoll,glib gcc \
  -Dbuildtype=debug -Doptimization=1 -Db_sanitize=address,undefined -Dinvariants=true
configure tsan 'gcc, thread' epoll,glib gcc -Dbuildtype=debug -Doptimization=1 -Db_sanitize=thread -Dinvariants=true
configure ucontext 'stacks switched by ucontext' epoll gcc -Dbuildtype=debugoptimized -Dfiber=ucontext -Dinvariants=true \
  -Dintrospection=disabled -Dvapi=disabled -Dpython=disabled -Ddemos=false
configure minimal 'without introspection and all else that is optional' glib gcc \
  -Dbuildtype=debugoptimized -Dintrospection=disabled -Dvapi=disabled -Dpython=disabled -Ddemos=false

thorough_configurations=(aarch64)
configuration_summary[aarch64]='cross-built for aarch64, under qemu-user'
configuration_setups[aarch64]=epoll,glib
configuration_compiler[aarch64]=aarch64-linux-gnu-gcc
configuration_options[aarch64]='-Dbuildtype=debugoptimized -Dinvariants=true --cross-file=tests/cross/aarch64.ini'

# By how much a configuration is slower than the others.
declare -A configuration_patience=([asan]=4 [tsan]=4 [aarch64]=10)

# The suites of test programs that take GLib's test options.
program_suites=(
  base
  combinators
  core
  gio
  loop
  signal
  stream
  sync
  testing
  thread
)

# The environment of all tests, and what is special to a configuration.
configuration_environment ()
{
  case $1 in
    asan)
      # Stacks that belong to fibers that never ended are leaks, too: the tests leave none.
      export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1:abort_on_error=1
      export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
      export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
      ;;
    tsan)
      export TSAN_OPTIONS=suppressions=$PWD/tests/tsan.supp:halt_on_error=1:second_deadlock_stack=1
      ;;
    aarch64)
      export PATH=$PWD/tests/cross:$PATH
      ;;
  esac
  export G_SLICE=always-malloc
}
