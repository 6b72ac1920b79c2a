// SPDX-License-Identifier: GPL-2.0
/*
 * CRC by carry-less multiplication: four lanes of 16 bytes are folded on to
 * the next 64 bytes, then into each other. The remainder is left to icrc.c.
 *
 * A lane times x^n is the same, modulo the polynomial, as its halves times
 * constants of 32 bits. Kernel code is compiled without SSE, so the registers
 * named here are ours as long as the FPU is.
 */
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>

#include "icrc-fold.h"

/*
 * x^n modulo the polynomial, lowest power first, one bit up since a product of
 * such numbers is one bit short: for the lower and the upper half of a lane.
 */
struct factors {
	u64	lower, upper;
} __aligned(16);

/* n = 4 * 128 + 32 and 4 * 128 - 32 */
static const struct factors by_64 = { 0x0154442bd4, 0x01c6e41596 };
/* n = 128 + 32 and 128 - 32 */
static const struct factors by_16 = { 0x01751997d0, 0x00ccaa009e };

bool rxe_icrc_fold_usable(void)
{
	return boot_cpu_has(X86_FEATURE_PCLMULQDQ) &&
	       boot_cpu_has(X86_FEATURE_XMM2);
}

bool rxe_icrc_fpu_begin(void)
{
	if (!irq_fpu_usable())
		return false;
	kernel_fpu_begin();
	return true;
}

void rxe_icrc_fpu_end(void)
{
	kernel_fpu_end();
}

/* multiplies lane @x by the constants in xmm8 and adds lane @y; spoils @t */
#define FOLD(x, y, t)						\
	"movdqa %%xmm" #x ", %%xmm" #t "\n\t"			\
	"pclmulqdq $0x00, %%xmm8, %%xmm" #x "\n\t"		\
	"pclmulqdq $0x11, %%xmm8, %%xmm" #t "\n\t"		\
	"pxor %%xmm" #y ", %%xmm" #x "\n\t"			\
	"pxor %%xmm" #t ", %%xmm" #x "\n\t"

/* the data, to the registers given and from there to the copy if there is one */
static __always_inline void start(u32 state, u8 *dst, const u8 *src)
{
	asm volatile("movdqu (%0), %%xmm0\n\t"
		     "movdqu 16(%0), %%xmm1\n\t"
		     "movdqu 32(%0), %%xmm2\n\t"
		     "movdqu 48(%0), %%xmm3"
		     : : "r" (src) : "memory");
	if (dst)
		asm volatile("movdqu %%xmm0, (%0)\n\t"
			     "movdqu %%xmm1, 16(%0)\n\t"
			     "movdqu %%xmm2, 32(%0)\n\t"
			     "movdqu %%xmm3, 48(%0)"
			     : : "r" (dst) : "memory");
	asm volatile("movd %0, %%xmm4\n\t"
		     "pxor %%xmm4, %%xmm0"
		     : : "r" (state));
}

static __always_inline void take_64(u8 *dst, const u8 *src)
{
	asm volatile("movdqu (%0), %%xmm4\n\t"
		     "movdqu 16(%0), %%xmm5\n\t"
		     "movdqu 32(%0), %%xmm6\n\t"
		     "movdqu 48(%0), %%xmm7"
		     : : "r" (src) : "memory");
	if (dst)
		asm volatile("movdqu %%xmm4, (%0)\n\t"
			     "movdqu %%xmm5, 16(%0)\n\t"
			     "movdqu %%xmm6, 32(%0)\n\t"
			     "movdqu %%xmm7, 48(%0)"
			     : : "r" (dst) : "memory");
	asm volatile(FOLD(0, 4, 9)
		     FOLD(1, 5, 10)
		     FOLD(2, 6, 11)
		     FOLD(3, 7, 12)
		     : : );
}

static __always_inline void take_16(u8 *dst, const u8 *src)
{
	asm volatile("movdqu (%0), %%xmm4" : : "r" (src) : "memory");
	if (dst)
		asm volatile("movdqu %%xmm4, (%0)" : : "r" (dst) : "memory");
	asm volatile(FOLD(0, 4, 9) : : );
}

/* the four lanes become one */
static __always_inline void join(void)
{
	asm volatile(FOLD(0, 1, 9)
		     FOLD(0, 2, 9)
		     FOLD(0, 3, 9)
		     : : );
}

static __always_inline void fold_by(const struct factors *f)
{
	asm volatile("movdqa %0, %%xmm8" : : "m" (*f));
}

/* @dst is NULL or not at compile time */
static __always_inline void fold(u32 state, u8 *dst, const u8 *src, size_t len,
				 u8 *rest)
{
	size_t at;

	start(state, dst, src);
	fold_by(&by_64);
	for (at = 64; len - at >= 64; at += 64)
		take_64(dst ? dst + at : NULL, src + at);
	fold_by(&by_16);
	join();
	for (; at < len; at += 16)
		take_16(dst ? dst + at : NULL, src + at);
	asm volatile("movdqu %%xmm0, (%0)" : : "r" (rest) : "memory");
}

void rxe_icrc_fold(u32 state, const u8 *src, size_t len, u8 *rest)
{
	fold(state, NULL, src, len, rest);
}

void rxe_icrc_fold_copy(u32 state, u8 *dst, const u8 *src, size_t len, u8 *rest)
{
	fold(state, dst, src, len, rest);
}
