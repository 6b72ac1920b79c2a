// SPDX-License-Identifier: GPL-2.0
/*
 * The CRC of a packet: what its headers contribute, and the portable way of
 * computing it. doc/rxe-wire.md section 3.
 *
 * The portable way reads BRAID streams of words at once. A stream's state goes
 * on at its next word, BRAID words further on, so the table look-ups of one
 * stream need not wait for those of another.
 */
#include <linux/bottom_half.h>
#include <linux/errno.h>
#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/percpu.h>
#include <linux/printk.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "icrc.h"
#include "icrc-examples.h"
#include "icrc-fold.h"
#include "wire.h"

#define CRC_POLY	0xedb88320u	/* of Ethernet, lowest power first */
#define BRAID		5
#define BLOCK		(BRAID * sizeof(u64))

/* how a byte of a word changes the state ... */
static u32 word_table[8][256] __ro_after_init;	/* ... behind that word */
static u32 braid_table[8][256] __ro_after_init;	/* ... BRAID words further on */
static bool accelerated __ro_after_init;

/* depth of sections on this CPU, and whether the outermost got the FPU */
struct rxe_crc_section {
	unsigned int	depth;
	bool		fpu;
};

static DEFINE_PER_CPU(struct rxe_crc_section, sections);

static u32 crc_bit_by_bit(u32 state, const u8 *p, size_t len)
{
	unsigned int bit;

	while (len--) {
		state ^= *p++;
		for (bit = 0; bit < 8; bit++)
			state = state >> 1 ^ (state & 1 ? CRC_POLY : 0);
	}
	return state;
}

static u32 crc_byte(u32 state, u8 byte)
{
	return state >> 8 ^ word_table[7][(state ^ byte) & 0xff];
}

static __always_inline u32 crc_word(u32 (*table)[256], u64 word)
{
	return table[0][word & 0xff] ^
	       table[1][word >> 8 & 0xff] ^
	       table[2][word >> 16 & 0xff] ^
	       table[3][word >> 24 & 0xff] ^
	       table[4][word >> 32 & 0xff] ^
	       table[5][word >> 40 & 0xff] ^
	       table[6][word >> 48 & 0xff] ^
	       table[7][word >> 56];
}

/* the next word of @src, left at the same place of @dst if there is one */
static __always_inline u64 take_word(u8 *dst, const u8 *src, size_t at)
{
	u64 word = get_unaligned((const u64 *)(src + at));

	if (dst)
		put_unaligned(word, (u64 *)(dst + at));
	return le64_to_cpu((__force __le64)word);
}

/* at least one block; all but the last are braided, the last joins the streams */
static __always_inline u32 crc_blocks(u32 state, u8 *dst, const u8 *src,
				      size_t blocks)
{
	u64 s0 = state, s1 = 0, s2 = 0, s3 = 0, s4 = 0;

	while (--blocks) {
		s0 = crc_word(braid_table, s0 ^ take_word(dst, src, 0));
		s1 = crc_word(braid_table, s1 ^ take_word(dst, src, 8));
		s2 = crc_word(braid_table, s2 ^ take_word(dst, src, 16));
		s3 = crc_word(braid_table, s3 ^ take_word(dst, src, 24));
		s4 = crc_word(braid_table, s4 ^ take_word(dst, src, 32));
		src += BLOCK;
		if (dst)
			dst += BLOCK;
	}
	s0 = crc_word(word_table, s0 ^ take_word(dst, src, 0));
	s0 = crc_word(word_table, s0 ^ s1 ^ take_word(dst, src, 8));
	s0 = crc_word(word_table, s0 ^ s2 ^ take_word(dst, src, 16));
	s0 = crc_word(word_table, s0 ^ s3 ^ take_word(dst, src, 24));
	return crc_word(word_table, s0 ^ s4 ^ take_word(dst, src, 32));
}

static __always_inline u32 crc_any(u32 state, u8 *dst, const u8 *src, size_t len)
{
	size_t done = len / BLOCK * BLOCK;

	if (done)
		state = crc_blocks(state, dst, src, len / BLOCK);
	for (; len - done >= sizeof(u64); done += sizeof(u64))
		state = crc_word(word_table, state ^ take_word(dst, src, done));
	for (; done < len; done++) {
		if (dst)
			dst[done] = src[done];
		state = crc_byte(state, src[done]);
	}
	return state;
}

static bool crc_accelerated(size_t len)
{
	return len >= RXE_ICRC_FOLD_MIN && this_cpu_read(sections.fpu);
}

/**
 * rxe_crc() - continue a CRC
 * @state: of what came before
 * @data: bytes
 * @len: how many, any number
 *
 * Any context; fast between rxe_crc_begin() and rxe_crc_end().
 *
 * Return: the state behind them.
 */
u32 rxe_crc(u32 state, const void *data, size_t len)
{
	const u8 *src = data;

	if (crc_accelerated(len)) {
		size_t folded = len & ~(size_t)15;
		u8 rest[16];

		rxe_icrc_fold(state, src, folded, rest);
		state = crc_any(0, NULL, rest, sizeof(rest));
		src += folded;
		len -= folded;
	}
	return crc_any(state, NULL, src, len);
}

/**
 * rxe_crc_copy() - continue a CRC while copying
 * @state: of what came before
 * @dst: where the bytes go; does not overlap @src
 * @src: bytes
 * @len: how many, any number
 *
 * The state is that of the bytes which are in @dst, even if somebody writes to
 * @src meanwhile. Any context; fast between rxe_crc_begin() and rxe_crc_end().
 *
 * Return: the state behind them.
 */
u32 rxe_crc_copy(u32 state, void *dst, const void *src, size_t len)
{
	u8 *to = dst;
	const u8 *from = src;

	if (crc_accelerated(len)) {
		size_t folded = len & ~(size_t)15;
		u8 rest[16];

		rxe_icrc_fold_copy(state, to, from, folded, rest);
		state = crc_any(0, NULL, rest, sizeof(rest));
		to += folded;
		from += folded;
		len -= folded;
	}
	return crc_any(state, to, from, len);
}

/**
 * rxe_crc_begin() - a batch of packets begins on this CPU
 *
 * BH are off and stay off until rxe_crc_end(). Sections may nest, but gain
 * nothing by it.
 */
void rxe_crc_begin(void)
{
	if (this_cpu_inc_return(sections.depth) == 1 && accelerated)
		this_cpu_write(sections.fpu, rxe_icrc_fpu_begin());
}

/**
 * rxe_crc_end() - the batch is over
 */
void rxe_crc_end(void)
{
	if (this_cpu_dec_return(sections.depth) || !this_cpu_read(sections.fpu))
		return;
	this_cpu_write(sections.fpu, false);
	rxe_icrc_fpu_end();
}

/* fields which routers change count as ones */
static void mask_ipv4(u8 *l3)
{
	l3[1] = 0xff;			/* TOS */
	l3[8] = 0xff;			/* TTL */
	put_unaligned_be16(0xffff, l3 + 10);	/* checksum */
}

static void mask_ipv6(u8 *l3)
{
	/* traffic class and flow label, not the version */
	put_unaligned_be32(get_unaligned_be32(l3) | 0x0fffffff, l3);
	l3[7] = 0xff;			/* hop limit */
}

/**
 * rxe_icrc_headers() - state behind the headers up to the BTH
 * @l3: IPv4 header without options or IPv6 header without extensions, then UDP
 *	and BTH: 40 or 60 bytes
 * @ipv6: which of them
 *
 * Any context.
 *
 * Return: the state to continue with the byte behind the BTH.
 */
u32 rxe_icrc_headers(const u8 *l3, bool ipv6)
{
	unsigned int udp = ipv6 ? 40 : 20;
	u8 masked[40 + 8 + RXE_BTH_LEN];

	memcpy(masked, l3, udp + 8 + RXE_BTH_LEN);
	if (ipv6)
		mask_ipv6(masked);
	else
		mask_ipv4(masked);
	put_unaligned_be16(0xffff, masked + udp + 6);	/* checksum */
	masked[udp + 8 + 4] = 0xff;			/* FECN, BECN, reserved */
	return crc_any(RXE_ICRC_SEED, NULL, masked, udp + 8 + RXE_BTH_LEN);
}

static void __init fill_tables(void)
{
	unsigned int byte, value;

	for (value = 0; value < 256; value++) {
		u8 first = value;
		u8 zeroes[BLOCK] = { 0 };
		u32 state = crc_bit_by_bit(0, &first, 1);

		/* the byte of a word that came last has the least behind it */
		for (byte = 8; byte-- > 0; ) {
			word_table[byte][value] = state;
			braid_table[byte][value] =
				crc_bit_by_bit(state, zeroes, BLOCK - 8);
			state = crc_bit_by_bit(state, zeroes, 1);
		}
	}
}

static int __init test_examples(void)
{
	static const struct rxe_icrc_example examples[] __initconst = RXE_EXAMPLES;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(examples); i++) {
		const struct rxe_icrc_example *e = &examples[i];
		unsigned int headers = (e->ipv6 ? 40 : 20) + 8 + RXE_BTH_LEN;
		unsigned int end = e->len - RXE_ICRC_LEN;
		u32 state = rxe_icrc_headers(e->bytes, e->ipv6);

		state = rxe_crc(state, e->bytes + headers, end - headers);
		if (get_unaligned_le32(e->bytes + end) != ~state)
			return -EIO;
	}
	return 0;
}

#define TEST_LEN	300
#define TEST_SHIFT	16

/* all short lengths at all alignments, with and without a copy */
static int __init test_lengths(u8 *src, u8 *dst)
{
	unsigned int len, shift, i;

	for (i = 0; i < TEST_LEN + TEST_SHIFT; i++)
		src[i] = i * 167 + (i >> 3);
	for (len = 0; len <= TEST_LEN; len++) {
		shift = len % TEST_SHIFT;
		for (i = 0; i < TEST_SHIFT; i += 5, shift = (shift + 7) % TEST_SHIFT) {
			u32 right = crc_bit_by_bit(len, src + shift, len);
			u8 *to = dst + TEST_SHIFT - 1 - shift;

			memset(dst, 0, TEST_LEN + TEST_SHIFT);
			if (rxe_crc(len, src + shift, len) != right ||
			    rxe_crc_copy(len, to, src + shift, len) != right ||
			    memcmp(to, src + shift, len))
				return -EIO;
		}
	}
	return 0;
}

static int __init self_test(u8 *buf)
{
	return test_examples() ?:
		test_lengths(buf, buf + TEST_LEN + TEST_SHIFT);
}

/**
 * rxe_icrc_init() - make the tables, choose the code, try it
 *
 * Before any other function of this file. May sleep.
 *
 * Return: 0, -ENOMEM, or -EIO if this machine cannot compute a CRC.
 */
int __init rxe_icrc_init(void)
{
	u8 *buf = kmalloc(2 * (TEST_LEN + TEST_SHIFT), GFP_KERNEL);
	int err;

	if (!buf)
		return -ENOMEM;
	fill_tables();
	err = self_test(buf);
	if (!err && rxe_icrc_fold_usable()) {
		accelerated = true;
		local_bh_disable();
		rxe_crc_begin();
		if (self_test(buf)) {
			accelerated = false;
			pr_warn("carry-less multiplication gives wrong CRCs, not used\n");
		}
		rxe_crc_end();
		local_bh_enable();
	}
	kfree(buf);
	return err;
}
