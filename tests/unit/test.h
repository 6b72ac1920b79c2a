/* SPDX-License-Identifier: GPL-2.0 */
/* Assertions that count and say where they failed. */
#ifndef TEST_H
#define TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned int test_failures;

#define EXPECT(cond) do {						\
	if (!(cond)) {							\
		fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,	\
			__LINE__, #cond);				\
		test_failures++;					\
	}								\
} while (0)

#define EXPECT_EQ(a, b) do {						\
	long long a_ = (long long)(a), b_ = (long long)(b);		\
									\
	if (a_ != b_) {							\
		fprintf(stderr, "%s:%d: %s is %lld (0x%llx), not %s = %lld (0x%llx)\n", \
			__FILE__, __LINE__, #a, a_, a_, #b, b_, b_);	\
		test_failures++;					\
	}								\
} while (0)

/* Last line of main(): return TEST_END(); */
#define TEST_END() (test_failures ? EXIT_FAILURE : EXIT_SUCCESS)

#endif /* TEST_H */
