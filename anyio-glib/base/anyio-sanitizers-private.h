/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Which sanitizers this build runs under, for gcc and clang alike. */

#pragma once

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ANYIO_WITH_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define ANYIO_WITH_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ANYIO_WITH_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define ANYIO_WITH_TSAN 1
#endif

#ifndef ANYIO_WITH_ASAN
#define ANYIO_WITH_ASAN 0
#endif
#ifndef ANYIO_WITH_TSAN
#define ANYIO_WITH_TSAN 0
#endif
