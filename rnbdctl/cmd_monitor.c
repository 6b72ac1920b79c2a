// SPDX-License-Identifier: GPL-2.0
/*
 * monitor: what changes, as it does. The kernel's messages of devices and of
 * RDMA links only say when to look; states of paths come without any, so there
 * is a look each second as well.
 */
#include <netlink/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "args.h"
#include "explain.h"
#include "rdma.h"
#include "say.h"
#include "sysfs.h"

#define LOOK_MS			1000
#define UEVENTS_OF_KERNEL	1	/* multicast groups */
#define RDMA_CHANGES		4	/* RDMA_NL_GROUP_NOTIFY, of Linux 6.12 */

/* One thing which may come, change and go. */
struct thing {
	const char	*object;
	char		*name;
	char		*state;
};

struct things {
	struct thing	*list;
	size_t		nr;
};

enum event_column {
	EV_TIME, EV_OBJECT, EV_NAME, EV_EVENT, EV_STATE,
};

static const struct column event_columns[] = {
	[EV_TIME]	= { "time", "TIME", COLUMN_TEXT, 0 },
	[EV_OBJECT]	= { "object", "OBJECT", COLUMN_TEXT, 0 },
	[EV_NAME]	= { "name", "NAME", COLUMN_TEXT, 0 },
	[EV_EVENT]	= { "event", "EVENT", COLUMN_TEXT, 0 },
	[EV_STATE]	= { "state", "STATE", COLUMN_TEXT, COLUMN_STATE },
};

/* Takes the name. */
static void add(struct things *things, const char *object, char *name,
		const char *state)
{
	struct thing *thing;

	things->list = xgrow(things->list, things->nr, sizeof(*thing));
	thing = &things->list[things->nr++];
	thing->object = object;
	thing->name = name;
	thing->state = xstrdup(state ? state : "-");
}

static void add_session(struct things *things, const struct session *session)
{
	const char *side = side_names[session->side];
	size_t p;

	add(things, "session", xasprintf("%s (%s)", session->name, side), NULL);
	for (p = 0; p < session->nr_paths; p++) {
		const struct path *path = &session->paths[p];

		add(things, "path",
		    xasprintf("%s of %s (%s)", path->name, session->name, side),
		    path->state_detail ? path->state_detail : path->state);
	}
}

static void look(struct things *things)
{
	struct model model = { };
	struct rdma rdma = { };
	size_t i;

	sysfs_read_model(&model);
	rdma_read(&rdma);
	for (i = 0; i < model.nr_devices; i++)
		add(things, "device",
		    xasprintf("/dev/%s", model.devices[i].name),
		    model.devices[i].state);
	for (i = 0; i < model.nr_sessions; i++)
		add_session(things, &model.sessions[i]);
	for (i = 0; i < model.nr_exports; i++)
		add(things, "export",
		    xasprintf("%s of %s", model.exports[i].disk,
			      model.exports[i].session),
		    model.exports[i].access_mode);
	for (i = 0; i < rdma.nr_links; i++)
		add(things, "link",
		    xasprintf("%s/%u", rdma.links[i].device,
			      rdma.links[i].port), rdma.links[i].state);
	rdma_free(&rdma);
	model_free(&model);
}

static void things_free(struct things *things)
{
	size_t i;

	for (i = 0; i < things->nr; i++) {
		free(things->list[i].name);
		free(things->list[i].state);
	}
	free(things->list);
	memset(things, 0, sizeof(*things));
}

static const struct thing *same(const struct things *things,
				const struct thing *as)
{
	size_t i;

	for (i = 0; i < things->nr; i++)
		if (!strcmp(things->list[i].object, as->object) &&
		    !strcmp(things->list[i].name, as->name))
			return &things->list[i];
	return NULL;
}

static void event(struct table *table, const char *when, const char *what,
		  const struct thing *thing)
{
	table_row(table);
	table_text(table, EV_TIME, when);
	table_text(table, EV_OBJECT, thing->object);
	table_text(table, EV_NAME, thing->name);
	table_text(table, EV_EVENT, what);
	table_text(table, EV_STATE, thing->state);
}

/* Adds what is otherwise than before; returns how much. */
static size_t compare(struct table *table, const struct things *before,
		      const struct things *now)
{
	time_t seconds = time(NULL);
	struct tm local;
	char when[32];
	size_t i, nr = 0;

	strftime(when, sizeof(when), "%FT%T", localtime_r(&seconds, &local));
	for (i = 0; i < before->nr; i++)
		if (!same(now, &before->list[i])) {
			event(table, when, "gone", &before->list[i]);
			nr++;
		}
	for (i = 0; i < now->nr; i++) {
		const struct thing *old = same(before, &now->list[i]);

		if (old && !strcmp(old->state, now->list[i].state))
			continue;
		event(table, when, old ? "changed" : "new", &now->list[i]);
		nr++;
	}
	return nr;
}

static struct nl_sock *listen_to(int protocol, int group)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock)
		return NULL;
	if (nl_connect(sock, protocol) ||
	    nl_socket_add_membership(sock, group) ||
	    nl_socket_set_nonblocking(sock)) {
		nl_socket_free(sock);
		return NULL;
	}
	return sock;
}

/* What was said does not matter, only that something was. */
static void forget_messages(struct nl_sock *sock)
{
	struct sockaddr_nl from;
	unsigned char *message;

	while (nl_recv(sock, &from, &message, NULL) > 0)
		free(message);
}

static void wait_for_change(struct nl_sock *const *socks, size_t nr)
{
	struct pollfd fds[2] = { };
	size_t i;

	for (i = 0; i < nr; i++)
		fds[i] = (struct pollfd){
			.fd = socks[i] ? nl_socket_get_fd(socks[i]) : -1,
			.events = POLLIN,
		};
	poll(fds, nr, LOOK_MS);
	for (i = 0; i < nr; i++)
		if (fds[i].revents)
			forget_messages(socks[i]);
}

static int show_changes(const struct args *args, const struct things *before,
			const struct things *now)
{
	struct style style = args->style;
	struct out *out = out_new();
	struct table *table;

	style.no_headings = true;
	table = out_table(out, TABLE_LIST, "events", "Events", event_columns,
			  ARRAY_SIZE(event_columns));
	/* nothing is no news */
	if (!compare(table, before, now) && style.format == OUT_JSON)
		style.format = OUT_TABLE;
	return out_print(out, &style);
}

static int run_monitor(const struct args *args)
{
	struct nl_sock *socks[] = {
		listen_to(NETLINK_KOBJECT_UEVENT, UEVENTS_OF_KERNEL),
		listen_to(NETLINK_RDMA, RDMA_CHANGES),
	};
	struct things before = { }, now = { };
	size_t i;
	int rc = RC_OK;

	if (!arg(args, "all"))
		look(&before);
	while (!rc) {
		look(&now);
		rc = show_changes(args, &before, &now);
		things_free(&before);
		before = now;
		now = (struct things){ };
		if (!rc)
			wait_for_change(socks, ARRAY_SIZE(socks));
	}
	things_free(&before);
	for (i = 0; i < ARRAY_SIZE(socks); i++)
		nl_socket_free(socks[i]);
	return rc;
}

static const struct word monitor_words[] = {
	{ "all", "", WORD_OPTION | WORD_FLAG, "begin with what there is" },
	{ }
};

const struct cmd monitor_cmds[] = {
	{ "monitor", "Show what changes, as it does", monitor_words,
	  run_monitor },
	{ }
};
