/* SPDX-License-Identifier: GPL-2.0 */
#include <stdlib.h>

#define GFP_KERNEL	0
#define kmalloc(n, gfp)	malloc(n)
#define kfree(p)	free(p)
