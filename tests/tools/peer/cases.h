/* SPDX-License-Identifier: GPL-2.0 */
/* The cases of the misbehaving client: one file and table for each message. */
#ifndef CASES_H
#define CASES_H

#include "peer.h"

/* How far a case wants to be brought before it does its wrong thing. */
enum stage { ADDRESS, CONNECTED, DEVICE, DEVICE_RO, DEVICE_PLAIN };

struct peer_case {
	const char	*name;
	enum stage	stage;
	enum reaction	(*run)(struct peer *p);
	/* or, without run, one I/O message on the device */
	struct {
		bool		read;
		uint64_t	sector;
		uint32_t	rw, bytes, data_len;
	} io;
};

#define READ	true
#define WRITE	false

/* Each ends with a row without name. */
extern const struct peer_case connect_cases[], info_cases[], request_cases[],
	fence_cases[], message_cases[], io_cases[], noise_cases[], many_cases[],
	crowd_cases[];

/* main.c: bring a session that was just started to a stage. */
void prepare(struct peer *p, enum stage stage);

/* A good info request, with a name of its own. */
void good_name(struct peer *p, uint8_t *info);

#endif /* CASES_H */
