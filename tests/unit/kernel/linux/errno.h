/* SPDX-License-Identifier: GPL-2.0 */
/* the C library includes this one while it defines its own */
#include <asm/errno.h>
