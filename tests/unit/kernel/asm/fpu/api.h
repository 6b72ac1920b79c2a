/* SPDX-License-Identifier: GPL-2.0 */
#include <linux/types.h>

extern bool shim_fpu_usable;
extern int shim_fpu_sections;
#define irq_fpu_usable()	(shim_fpu_usable)
#define kernel_fpu_begin()	(shim_fpu_sections++)
#define kernel_fpu_end()	(shim_fpu_sections--)
