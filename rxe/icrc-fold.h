/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What icrc.c asks of an accelerated CRC, and that there is none for other
 * machines. Folding leaves a remainder of 16 bytes: their CRC from state 0 is
 * the state behind all of the data.
 */
#ifndef RXE_ICRC_FOLD_H
#define RXE_ICRC_FOLD_H

#include <linux/types.h>

/* shortest input in bytes */
#define RXE_ICRC_FOLD_MIN	64

#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)

bool rxe_icrc_fold_usable(void);
/* BH off; false: the FPU is somebody else's now */
bool rxe_icrc_fpu_begin(void);
void rxe_icrc_fpu_end(void);
/* between those two; @len: a multiple of 16 */
void rxe_icrc_fold(u32 state, const u8 *src, size_t len, u8 *rest);
void rxe_icrc_fold_copy(u32 state, u8 *dst, const u8 *src, size_t len, u8 *rest);

#else

static inline bool rxe_icrc_fold_usable(void)
{
	return false;
}

static inline bool rxe_icrc_fpu_begin(void)
{
	return false;
}

static inline void rxe_icrc_fpu_end(void)
{
}

static inline void rxe_icrc_fold(u32 state, const u8 *src, size_t len, u8 *rest)
{
}

static inline void rxe_icrc_fold_copy(u32 state, u8 *dst, const u8 *src,
				      size_t len, u8 *rest)
{
}

#endif

#endif
