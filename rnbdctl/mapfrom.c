// SPDX-License-Identifier: GPL-2.0
/*
 * A server by its name: the resolver says where it is, and both hosts' names
 * make a name for the session.
 */
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "mapfrom.h"
#include "say.h"

static char *session_with(const char *server)
{
	struct utsname host = { .nodename = "localhost" };
	char *name, *c;

	uname(&host);
	name = xasprintf("%.*s@%s", (int)strcspn(host.nodename, "."),
			 host.nodename, server);
	for (c = name; *c; c++)
		if (strchr("/.: ", *c))
			*c = '-';
	return name;
}

static int add_address(struct map_request *map, const char *server)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *list;
	char text[NI_MAXHOST];
	int err;

	if (!map_add_pair(map, server))
		return RC_OK;
	err = getaddrinfo(server, NULL, &hints, &list);
	if (err)
		return fail(RC_ADDRESS, "%s is no session, address or known host: %s",
			    server, gai_strerror(err));
	err = getnameinfo(list->ai_addr, list->ai_addrlen, text, sizeof(text),
			  NULL, 0, NI_NUMERICHOST);
	freeaddrinfo(list);
	if (err || map_add_pair(map, text))
		return fail(RC_ADDRESS, "%s has no address which can be used",
			    server);
	return RC_OK;
}

int map_from(struct map_request *map, const struct model *model,
	     const char *server, char **sessname)
{
	if (model_session(model, SIDE_CLIENT, server)) {
		map->sessname = server;
		return RC_OK;
	}
	*sessname = session_with(server);
	map->sessname = *sessname;
	if (map->nr_pairs || model_session(model, SIDE_CLIENT, *sessname))
		return RC_OK;
	return add_address(map, server);
}
