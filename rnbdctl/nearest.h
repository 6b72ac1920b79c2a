/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The word which somebody may have meant.
 */
#ifndef RNBDCTL_NEAREST_H
#define RNBDCTL_NEAREST_H

#include <stddef.h>

struct nearest {
	const char	*typed;
	const char	*word;		/* the nearest so far, or NULL */
	size_t		distance;	/* of it */
};

/**
 * nearest_try() - offer a word
 * @nearest: typed is set; remembers the word if it is the best so far
 * @word:    must outlive @nearest
 *
 * A word is near if about one letter in three is wrong, left out, added, or
 * exchanged with its neighbour.
 */
void nearest_try(struct nearest *nearest, const char *word);

#endif
