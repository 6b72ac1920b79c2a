// SPDX-License-Identifier: GPL-2.0
/*
 * From the name a client asks for to a path of this host, below the search
 * path. Names are put together component by component; what would climb out is
 * refused. Symbolic links are followed by the opener: they are the host's.
 */
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/string.h>

#include "rnbd-srv-path.h"

/* a path being written; once too long it stays so */
struct sink {
	char	*buf;
	size_t	size;
	size_t	len;
	bool	full;
};

static void put(struct sink *to, const char *text, size_t len)
{
	if (to->full || len >= to->size - to->len) {
		to->full = true;
		return;
	}
	memcpy(to->buf + to->len, text, len);
	to->len += len;
	to->buf[to->len] = '\0';
}

static bool is_parent(const char *part, size_t len)
{
	return len == 2 && part[0] == '.' && part[1] == '.';
}

/* Append the components of @path, each behind one slash. */
static int put_components(struct sink *to, const char *path, size_t len)
{
	const char *end = path + len;

	while (path < end) {
		const char *part = path;

		while (path < end && *path != '/')
			path++;
		if (is_parent(part, path - part))
			return -EINVAL;
		if (path > part) {
			put(to, "/", 1);
			put(to, part, path - part);
		}
		path++;
	}
	return 0;
}

/**
 * rnbd_search_path_check() - may this be a search path?
 * @search: text
 *
 * Absolute, shorter than PATH_MAX, without a component ".." or a control
 * character, with the session's token once at most.
 *
 * Return: 0 or -EINVAL.
 */
int rnbd_search_path_check(const char *search)
{
	char scratch[2];
	struct sink nowhere = { .buf = scratch, .size = sizeof(scratch) };
	const char *token, *c;

	if (search[0] != '/' || strlen(search) >= PATH_MAX)
		return -EINVAL;
	for (c = search; *c; c++)
		if ((unsigned char)*c < 0x20 || *c == 0x7f)
			return -EINVAL;
	token = strstr(search, RNBD_SESSNAME_TOKEN);
	if (token && strstr(token + 1, RNBD_SESSNAME_TOKEN))
		return -EINVAL;
	return put_components(&nowhere, search, strlen(search));
}

/**
 * rnbd_srv_path_build() - the path of a device
 * @buf: result, terminated
 * @size: of @buf
 * @search: search path; its text after the session's token is not used
 * @sessname: of the client's session
 * @name: what the client asks for
 *
 * Return: 0; -EINVAL if a component is "..", if @sessname is no single
 * component, or if the result is too long.
 */
int rnbd_srv_path_build(char *buf, size_t size, const char *search,
			const char *sessname, const char *name)
{
	struct sink to = { .buf = buf, .size = size };
	const char *token = strstr(search, RNBD_SESSNAME_TOKEN);
	int err;

	buf[0] = '\0';
	err = put_components(&to, search,
			     token ? (size_t)(token - search) : strlen(search));
	if (!err && token) {
		if (!sessname[0] || !strcmp(sessname, ".") ||
		    strchr(sessname, '/'))
			return -EINVAL;
		err = put_components(&to, sessname, strlen(sessname));
	}
	if (!err)
		err = put_components(&to, name, strlen(name));
	if (!err && to.full)
		err = -EINVAL;
	return err;
}
