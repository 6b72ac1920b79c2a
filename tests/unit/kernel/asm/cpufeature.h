/* SPDX-License-Identifier: GPL-2.0 */
/* the machine of the test decides: tests/unit/test_rxe_icrc.c */
#include <linux/types.h>

extern bool shim_has_clmul;
#define X86_FEATURE_PCLMULQDQ	0
#define X86_FEATURE_XMM2	0
#define boot_cpu_has(f)		(shim_has_clmul)
