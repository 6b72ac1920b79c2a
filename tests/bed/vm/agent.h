/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The frames which the host (ask.c) and a guest (agent.c) exchange over a
 * virtio-serial port. One connection carries one command.
 *
 * The host may vanish in the middle of a frame and another host process may
 * connect at once. So a connection starts with AGENT_FRAME_MAX zero bytes,
 * which complete whatever frame the guest still waits for, and both sides skip
 * bytes until they find the magic; the host also skips frames whose id is not
 * its own.
 */
#ifndef BED_AGENT_H
#define BED_AGENT_H

#include <stdint.h>

#define AGENT_MAGIC	0x4a3dbe01u
#define AGENT_FRAME_MAX	4096		/* payload bytes */
#define AGENT_ARGS_MAX	(128 * 1024)	/* all arguments with their NULs */

#define AGENT_EXIT_TIMEOUT	124
#define AGENT_EXIT_NO_COMMAND	127

enum agent_frame_type {
	/* host to guest */
	AGENT_BEGIN,	/* struct agent_begin; ends what still runs on the port */
	AGENT_ARGS,	/* more bytes of the NUL-terminated arguments */
	AGENT_RUN,	/* arguments are complete */
	AGENT_IN,	/* bytes for stdin; no bytes: end of file */
	/* guest to host */
	AGENT_OUT,	/* bytes of stdout */
	AGENT_ERR,	/* bytes of stderr */
	AGENT_EXIT,	/* struct agent_exit */
};

struct agent_frame {
	uint32_t magic;
	uint32_t id;
	uint32_t type;
	uint32_t len;
};

struct agent_begin {
	uint32_t timeout_ms;
	uint32_t has_stdin;
};

struct agent_exit {
	uint32_t code;
};

#endif
