// SPDX-License-Identifier: GPL-2.0
/* The trace points' own code. */
#include "rtrs-clt.h"

#define CREATE_TRACE_POINTS
#include "rtrs-clt-trace.h"
