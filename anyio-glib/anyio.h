/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The one header that programs include: all of the public API. */

#pragma once

#include "anyio-version.h"
