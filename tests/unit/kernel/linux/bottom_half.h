/* SPDX-License-Identifier: GPL-2.0 */
#define local_bh_disable()
#define local_bh_enable()
