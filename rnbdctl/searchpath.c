// SPDX-License-Identifier: GPL-2.0
/*
 * The server's rule: %SESSNAME% becomes the session's name and ends the path,
 * runs of slashes count as one.
 */
#include <ctype.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "say.h"
#include "searchpath.h"

#define TOKEN	"%SESSNAME%"

static void collapse_slashes(char *path)
{
	char *to = path;

	for (; *path; path++)
		if (path[0] != '/' || path[1] != '/')
			*to++ = *path;
	*to = '\0';
}

char *search_path_expand(const char *search_path, const char *session)
{
	const char *token = strstr(search_path, TOKEN);
	char *path;

	if (token)
		path = xasprintf("%.*s/%s", (int)(token - search_path),
				 search_path, session);
	else
		path = xstrdup(search_path);
	collapse_slashes(path);
	return path;
}

/* A slash comes before the session's name, whether it is written or not. */
static bool has_parent_step(const char *path)
{
	for (path = strstr(path, "/.."); path; path = strstr(path + 1, "/.."))
		if (path[3] == '/' || !path[3] ||
		    !strncmp(path + 3, TOKEN, strlen(TOKEN)))
			return true;
	return false;
}

const char *search_path_wrong(const char *search_path)
{
	const char *token = strstr(search_path, TOKEN), *c, *rest;

	for (c = search_path; *c; c++)
		if (iscntrl((unsigned char)*c))
			return "it may not hold control characters";
	if (search_path[0] != '/')
		return "it must begin with '/'";
	if (strlen(search_path) >= PATH_MAX)
		return "it must be shorter than 4096 bytes";
	if (has_parent_step(search_path))
		return "it may not step up by '..'";
	rest = token ? token + strlen(TOKEN) : "";
	if (rest[strspn(rest, "/")])
		return TOKEN " must be its end: the server drops what follows";
	return NULL;
}
