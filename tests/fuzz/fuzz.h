/* SPDX-License-Identifier: GPL-2.0 */
/* What a fuzz target needs: values out of its input, and claims that must hold. */
#ifndef FUZZ_H
#define FUZZ_H

#include <linux/types.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond) do {							\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,	\
			__LINE__, #cond);				\
		abort();						\
	}								\
} while (0)

/* the part of the input which is not used up */
struct fuzz {
	const u8	*at;
	size_t		left;
};

/* fills @to; what the input is short of is zero */
static inline void fuzz_bytes(struct fuzz *f, void *to, size_t len)
{
	size_t n = len < f->left ? len : f->left;

	memset(to, 0, len);
	if (n)
		memcpy(to, f->at, n);
	f->at += n;
	f->left -= n;
}

static inline u8 fuzz_u8(struct fuzz *f)
{
	u8 v;

	fuzz_bytes(f, &v, sizeof(v));
	return v;
}

static inline u16 fuzz_u16(struct fuzz *f)
{
	u16 v;

	fuzz_bytes(f, &v, sizeof(v));
	return v;
}

static inline u32 fuzz_u32(struct fuzz *f)
{
	u32 v;

	fuzz_bytes(f, &v, sizeof(v));
	return v;
}

static inline u64 fuzz_u64(struct fuzz *f)
{
	u64 v;

	fuzz_bytes(f, &v, sizeof(v));
	return v;
}

/* memory of exactly this size, so that a byte too far is noticed; free() it */
static inline void *fuzz_copy(struct fuzz *f, size_t len)
{
	void *p = malloc(len ? len : 1);

	MUST(p);
	fuzz_bytes(f, p, len);
	return p;
}

/* the rest of the input as a text; free() it */
static inline char *fuzz_text(struct fuzz *f)
{
	size_t len = f->left;
	char *p = malloc(len + 1);

	MUST(p);
	fuzz_bytes(f, p, len);
	p[len] = '\0';
	return p;
}

#endif
