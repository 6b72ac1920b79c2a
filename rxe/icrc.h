/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The invariant CRC of a packet, doc/rxe-wire.md section 3. The functions work
 * on a running state: seeded by rxe_icrc_headers(), closed by rxe_icrc_final().
 */
#ifndef RXE_ICRC_H
#define RXE_ICRC_H

#include <linux/types.h>
#include <asm/byteorder.h>

/* state after the eight bytes of ones which stand for the missing LRH */
#define RXE_ICRC_SEED	0xdebb20e3u

int rxe_icrc_init(void);

/* @l3 points at the IPv4 or IPv6 header, UDP and BTH follow; covers all up to the end of the BTH */
u32 rxe_icrc_headers(const u8 *l3, bool ipv6);
u32 rxe_crc(u32 state, const void *data, size_t len);
u32 rxe_crc_copy(u32 state, void *dst, const void *src, size_t len);

static inline __le32 rxe_icrc_final(u32 state)
{
	return cpu_to_le32(~state);
}

/*
 * One section for a batch of packets in which the accelerated code may run;
 * BH must be off between begin and end, and nothing between them may sleep.
 * Without a section, or where it can't be had, the portable code runs.
 */
void rxe_crc_begin(void);
void rxe_crc_end(void);

#endif
