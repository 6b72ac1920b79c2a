// SPDX-License-Identifier: GPL-2.0
/* The server's tracepoints are instantiated here. */
#define CREATE_TRACE_POINTS
#include "rtrs-srv-trace.h"
