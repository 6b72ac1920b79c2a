/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SHIM_KERNEL_H
#define SHIM_KERNEL_H

#include <linux/minmax.h>
#include <linux/types.h>

#define U32_MAX		((u32)~0U)
#define container_of(p, type, m) \
	((type *)((char *)(p) - offsetof(type, m)))

#endif
