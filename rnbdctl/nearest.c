// SPDX-License-Identifier: GPL-2.0
/*
 * Edit distance, where two neighbours exchanged count as one mistake.
 */
#include <stdlib.h>
#include <string.h>

#include "nearest.h"
#include "say.h"

#define TYPED_MAX	64	/* nobody means a command by more */

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/* Only three rows of the table are alive: this one, the last, and that before. */
static size_t distance(const char *a, size_t la, const char *b, size_t lb)
{
	size_t rows[3][TYPED_MAX + 1], i, j;
	size_t *now = rows[0], *last = rows[1], *before = rows[2], *oldest;

	for (j = 0; j <= lb; j++)
		now[j] = j;
	for (i = 1; i <= la; i++) {
		oldest = before;
		before = last;
		last = now;
		now = oldest;
		now[0] = i;
		for (j = 1; j <= lb; j++) {
			now[j] = smallest(last[j] + 1, now[j - 1] + 1,
					  last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1] && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return now[lb];
}

void nearest_try(struct nearest *nearest, const char *word)
{
	size_t typed = strlen(nearest->typed), len = strlen(word), mistakes;

	if (typed > TYPED_MAX || len > TYPED_MAX)
		return;
	mistakes = distance(nearest->typed, typed, word, len);
	if (mistakes > (len + 2) / 3 || mistakes >= len ||
	    (nearest->word && mistakes >= nearest->distance))
		return;
	nearest->word = word;
	nearest->distance = mistakes;
}
