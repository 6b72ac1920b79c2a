// SPDX-License-Identifier: GPL-2.0
/* The ICRC: packets whose value is known, and every way to the same CRC. */
#include <linux/types.h>
#include <linux/unaligned.h>

#include "icrc.h"
#include "icrc-examples.h"
#include "test.h"

bool shim_has_clmul, shim_fpu_usable = true;
int shim_fpu_sections;

#define MOST 5000

static u8 src[MOST + 64], dst[MOST + 64];
static const struct rxe_icrc_example examples[] = RXE_EXAMPLES;

static u32 bit_by_bit(u32 state, const u8 *p, size_t len)
{
	unsigned int bit;

	for (; len--; p++)
		for (bit = 0; bit < 8; bit++)
			state = state >> 1 ^
				((state ^ *p >> bit) & 1 ? 0xedb88320 : 0);
	return state;
}

static u32 icrc_of(const u8 *packet, unsigned int len, bool ipv6)
{
	unsigned int headers = (ipv6 ? 40 : 20) + 8 + 12;
	u32 state = rxe_icrc_headers(packet, ipv6);

	return ~rxe_crc(state, packet + headers, len - 4 - headers);
}

static void seed(void)
{
	static const u8 ones[8] = { 255, 255, 255, 255, 255, 255, 255, 255 };

	EXPECT_EQ(bit_by_bit(~0u, ones, 8), RXE_ICRC_SEED);
}

static void known_packets(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(examples); i++) {
		const struct rxe_icrc_example *e = &examples[i];
		unsigned int headers = (e->ipv6 ? 40 : 20) + 8 + 12;
		__le32 icrc;

		EXPECT_EQ(icrc_of(e->bytes, e->len, e->ipv6),
			  get_unaligned_le32(e->bytes + e->len - 4));
		icrc = rxe_icrc_final(rxe_crc(rxe_icrc_headers(e->bytes, e->ipv6),
					      e->bytes + headers,
					      e->len - 4 - headers));
		EXPECT(!memcmp(&icrc, e->bytes + e->len - 4, 4));
		/* and with it the residue is the seed */
		EXPECT_EQ(rxe_crc(rxe_icrc_headers(e->bytes, e->ipv6),
				  e->bytes + headers, e->len - headers),
			  RXE_ICRC_SEED);
	}
}

/* which bits of the headers count: all but those a router may change */
static void masks(void)
{
	unsigned int i, bit;

	for (i = 0; i < ARRAY_SIZE(examples); i++) {
		const struct rxe_icrc_example *e = &examples[i];
		unsigned int udp = e->ipv6 ? 40 : 20;
		unsigned int end = udp + 8 + 12;
		u32 right = icrc_of(e->bytes, e->len, e->ipv6);

		for (bit = 0; bit < end * 8; bit++) {
			unsigned int at = bit / 8;
			u8 packet[88];
			bool free;

			memcpy(packet, e->bytes, e->len);
			packet[at] ^= 0x80 >> bit % 8;
			free = at == udp + 6 || at == udp + 7 || at == udp + 12;
			if (e->ipv6)
				free |= (bit >= 4 && bit < 32) || at == 7;
			else
				free |= at == 1 || at == 8 || at == 10 || at == 11;
			EXPECT_EQ(icrc_of(packet, e->len, e->ipv6) == right, free);
		}
	}
}

static void same(u32 state, unsigned int from, unsigned int to, size_t len)
{
	u32 right = bit_by_bit(state, src + from, len);

	EXPECT_EQ(rxe_crc(state, src + from, len), right);
	memset(dst, 0xa5, sizeof(dst));
	EXPECT_EQ(rxe_crc_copy(state, dst + to, src + from, len), right);
	EXPECT(!memcmp(dst + to, src + from, len));
	/* and not a byte more */
	EXPECT(!to || dst[to - 1] == 0xa5);
	EXPECT_EQ(dst[to + len], 0xa5);
}

static void lengths(void)
{
	static const size_t longer[] = { 512, 1023, 1024, 2048, 4095, 4096, MOST };
	unsigned int len, shift, i;

	for (len = 0; len <= 300; len++)
		for (shift = 0; shift < 16; shift++)
			same(len * 2654435761u, shift, (len + shift) & 15, len);
	for (i = 0; i < ARRAY_SIZE(longer); i++)
		for (shift = 0; shift < 16; shift++)
			same(~i, shift, i, longer[i]);
}

/* a packet whose payload comes in pieces */
static void pieces(void)
{
	u32 state = 1;
	size_t at, n;

	for (at = 0, n = 1; at + n <= MOST; at += n, n = n * 7 % 501 + 1)
		state = rxe_crc(state, src + at, n);
	EXPECT_EQ(state, bit_by_bit(1, src, at));
}

static void everything(void)
{
	known_packets();
	masks();
	lengths();
	pieces();
}

static bool cpu_can_fold(void)
{
#if defined(__x86_64__)
	return __builtin_cpu_supports("pclmul");
#else
	return false;
#endif
}

static void accelerated(void)
{
	shim_has_clmul = true;
	EXPECT_EQ(rxe_icrc_init(), 0);
	EXPECT_EQ(shim_fpu_sections, 0);

	/* outside of a section it is not used, inside it is held once */
	everything();
	rxe_crc_begin();
	EXPECT_EQ(shim_fpu_sections, 1);
	everything();
	rxe_crc_begin();
	EXPECT_EQ(shim_fpu_sections, 1);
	rxe_crc_end();
	EXPECT_EQ(shim_fpu_sections, 1);
	lengths();
	rxe_crc_end();
	EXPECT_EQ(shim_fpu_sections, 0);

	/* somebody else has it */
	shim_fpu_usable = false;
	rxe_crc_begin();
	EXPECT_EQ(shim_fpu_sections, 0);
	known_packets();
	rxe_crc_end();
	EXPECT_EQ(shim_fpu_sections, 0);
	shim_fpu_usable = true;
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < sizeof(src); i++)
		src[i] = (i * 2654435761u) >> 13;
	seed();
	EXPECT_EQ(rxe_icrc_init(), 0);
	everything();
	rxe_crc_begin();
	EXPECT_EQ(shim_fpu_sections, 0);
	rxe_crc_end();
	if (cpu_can_fold())
		accelerated();
	return TEST_END();
}
