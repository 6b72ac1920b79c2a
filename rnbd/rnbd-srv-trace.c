// SPDX-License-Identifier: GPL-2.0
/* Where the trace events of rnbd-srv-trace.h come to life. */
#define CREATE_TRACE_POINTS
#include "rnbd-srv-trace.h"
