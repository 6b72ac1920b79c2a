// SPDX-License-Identifier: GPL-2.0
/* Any bytes, lengths and alignments: all ways lead to the same CRC. */
#include "fuzz.h"
#include "icrc.h"

bool shim_has_clmul, shim_fpu_usable;
int shim_fpu_sections;

static u32 bit_by_bit(u32 state, const u8 *p, size_t len)
{
	unsigned int bit;

	for (; len--; p++)
		for (bit = 0; bit < 8; bit++)
			state = state >> 1 ^
				((state ^ *p >> bit) & 1 ? 0xedb88320 : 0);
	return state;
}

static void init(void)
{
	static bool done;

	if (done)
		return;
	MUST(!rxe_icrc_init());
#if defined(__x86_64__)
	shim_has_clmul = __builtin_cpu_supports("pclmul");
#endif
	shim_fpu_usable = true;
	MUST(!rxe_icrc_init());
	done = true;
}

static void ways(u32 state, u32 right, const u8 *src, size_t len, size_t cut)
{
	u8 *dst = malloc(len ? len : 1);

	MUST(dst);
	MUST(rxe_crc(state, src, len) == right);
	MUST(rxe_crc(rxe_crc(state, src, cut), src + cut, len - cut) == right);
	MUST(rxe_crc_copy(state, dst, src, len) == right);
	MUST(!memcmp(dst, src, len));
	free(dst);
}

/* headers that differ where they may, and where they may not */
static void headers(const u8 *packet, size_t len, u8 what)
{
	bool ipv6 = what & 1;
	size_t need = ipv6 ? 60 : 40;
	u8 *l3 = malloc(need);
	u32 right;

	MUST(l3);
	if (len >= need) {
		memcpy(l3, packet, need);
		right = rxe_icrc_headers(l3, ipv6);
		l3[ipv6 ? 7 : 8]--;		/* one hop further */
		l3[need - 8] ^= what;		/* FECN, BECN */
		MUST(rxe_icrc_headers(l3, ipv6) == right);
		l3[need - 1] ^= 1;		/* PSN */
		MUST(rxe_icrc_headers(l3, ipv6) != right);
	}
	free(l3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz f = { data, size };
	u32 state = fuzz_u32(&f);
	u8 what = fuzz_u8(&f);
	size_t cut = fuzz_u16(&f), len = f.left, shift = what % 16;
	u32 right;
	u8 *src;

	init();
	if (shift > len)
		shift = len;
	src = fuzz_copy(&f, len);
	len -= shift;
	cut %= len + 1;
	right = bit_by_bit(state, src + shift, len);
	ways(state, right, src + shift, len, cut);
	rxe_crc_begin();
	ways(state, right, src + shift, len, cut);
	rxe_crc_end();
	MUST(!shim_fpu_sections);
	headers(src + shift, len, what);
	free(src);
	return 0;
}
