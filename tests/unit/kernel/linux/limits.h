/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_LIMITS_H
#define SHIM_LIMITS_H

#include_next <linux/limits.h>

#endif
