/* SPDX-License-Identifier: GPL-2.0 */
/* Packet sequence numbers: 24 bit serial arithmetic. */
#ifndef RXE_PSN_H
#define RXE_PSN_H

#include <linux/types.h>

#define RXE_PSN_MASK	0xffffffu

static inline u32 rxe_psn_add(u32 psn, u32 n)
{
	return (psn + n) & RXE_PSN_MASK;
}

/* negative, 0 or positive as @a lies before, at or behind @b */
static inline s32 rxe_psn_diff(u32 a, u32 b)
{
	return (s32)((a - b) << 8) >> 8;
}

/* of PSNs so far apart before and behind are told; counted without wrapping */
static inline bool rxe_psn_comparable(u64 now, u64 then)
{
	return now - then <= RXE_PSN_MASK / 2;
}

#endif
