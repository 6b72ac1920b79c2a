/* SPDX-License-Identifier: GPL-2.0 */
#define __init
#define __initconst
#define __ro_after_init
