// SPDX-License-Identifier: GPL-2.0
/* The states of a mapped device: all ways between them, and their texts. */
#include <linux/types.h>

#include "rnbd-clt-state.h"
#include "test.h"

int main(void)
{
	static const bool truth[RNBD_DEV_STATES][RNBD_DEV_STATES] = {
		/* to:		   init mapped disconnected unmapped */
		[RNBD_DEV_INIT]		= { 0, 1, 0, 1 },
		[RNBD_DEV_MAPPED]	= { 0, 0, 1, 1 },
		[RNBD_DEV_DISCONNECTED]	= { 0, 1, 0, 1 },
		[RNBD_DEV_UNMAPPED]	= { 0, 0, 0, 0 },
	};
	int from, to;

	for (from = 0; from < RNBD_DEV_STATES; from++)
		for (to = 0; to < RNBD_DEV_STATES; to++)
			EXPECT_EQ(rnbd_dev_may_go(from, to), truth[from][to]);

	EXPECT(!strcmp(rnbd_dev_state_name(RNBD_DEV_INIT), "init"));
	EXPECT(!strcmp(rnbd_dev_state_name(RNBD_DEV_MAPPED), "open"));
	EXPECT(!strcmp(rnbd_dev_state_name(RNBD_DEV_DISCONNECTED), "closed"));
	EXPECT(!strcmp(rnbd_dev_state_name(RNBD_DEV_UNMAPPED), "unmapped"));
	return TEST_END();
}
