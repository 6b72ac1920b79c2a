// SPDX-License-Identifier: GPL-2.0
/*
 * The words of a map request: key=value, separated by blanks, in any order.
 * Entered from sysfs with a writable copy of the text; knows no session.
 */
#include <linux/errno.h>
#include <linux/kstrtox.h>
#include <linux/string.h>

#include "rnbd-clt-opts.h"
#include "rnbd-msg.h"

/* what a key's function may tell the ones after it */
struct parse {
	struct rnbd_map_opts	*opts;
	unsigned int		nr_cpus;
	unsigned int		nr_ports;
};

static int set_sessname(struct parse *p, char *val)
{
	if (rnbd_name_len(val, RNBD_PATH_LEN) < 0 || strpbrk(val, "/."))
		return -EINVAL;
	p->opts->sessname = val;
	return 0;
}

static int set_device_path(struct parse *p, char *val)
{
	if (rnbd_name_len(val, RNBD_PATH_LEN) < 0)
		return -EINVAL;
	p->opts->device_path = val;
	return 0;
}

static int set_path(struct parse *p, char *val)
{
	struct rnbd_map_opts *opts = p->opts;

	if (opts->nr_paths == RNBD_MAX_PATHS)
		return -ENOMEM;
	opts->paths[opts->nr_paths].text = val;
	opts->paths[opts->nr_paths].port = opts->port;
	opts->nr_paths++;
	return 0;
}

static int set_dest_port(struct parse *p, char *val)
{
	if (kstrtou16(val, 0, &p->opts->port))
		return -EINVAL;
	p->nr_ports++;
	return 0;
}

static int set_access_mode(struct parse *p, char *val)
{
	return rnbd_access_parse(val, &p->opts->access);
}

static int set_nr_poll_queues(struct parse *p, char *val)
{
	int nr;

	if (kstrtoint(val, 0, &nr) || nr < -1 || nr > (int)p->nr_cpus)
		return -EINVAL;
	p->opts->nr_poll_queues = nr == -1 ? p->nr_cpus : nr;
	return 0;
}

static const struct {
	const char	*key;
	int		(*set)(struct parse *p, char *val);
	const char	*why;
} keys[] = {
	{ "sessname", set_sessname,
	  "sessname: 1 to 254 characters, none of them '/', '.' or a control character" },
	{ "device_path", set_device_path,
	  "device_path: 1 to 254 characters, none of them a control character" },
	{ "path", set_path, "path: at most 6 of them" },
	{ "dest_port", set_dest_port, "dest_port: 0 to 65535" },
	{ "access_mode", set_access_mode, "access_mode: ro, rw or migration" },
	{ "nr_poll_queues", set_nr_poll_queues,
	  "nr_poll_queues: 0 to the number of CPUs, or -1 for that number" },
};

static int set_word(struct parse *p, char *word)
{
	char *val = strchr(word, '=');
	unsigned int i;
	int err;

	if (!val || !val[1]) {
		p->opts->why = "a word is not key=value";
		return -EINVAL;
	}
	*val++ = '\0';

	for (i = 0; i < ARRAY_SIZE(keys); i++) {
		if (strcmp(word, keys[i].key))
			continue;
		err = keys[i].set(p, val);
		if (err)
			p->opts->why = keys[i].why;
		return err;
	}
	p->opts->why = "unknown key";
	return -EINVAL;
}

/**
 * rnbd_map_opts_parse() - take a map request apart
 * @opts: result; @opts->why tells in words what an error was about
 * @buf: the request, terminated; modified, and pointed into by @opts
 * @nr_cpus: upper bound of poll queues
 *
 * Later words win over earlier ones of the same key. A single dest_port is
 * that of all paths; of several, each holds for the paths to its right.
 *
 * Return: 0, -EINVAL, or -ENOMEM for too many paths.
 */
int rnbd_map_opts_parse(struct rnbd_map_opts *opts, char *buf,
			unsigned int nr_cpus)
{
	struct parse p = { .opts = opts, .nr_cpus = nr_cpus };
	unsigned int i;
	char *word;
	int err;

	*opts = (struct rnbd_map_opts) {
		.access = RNBD_ACCESS_RW,
		.port = RNBD_DEFAULT_PORT,
	};

	while ((word = strsep(&buf, " "))) {
		word = strim(word);
		if (!*word)
			continue;
		err = set_word(&p, word);
		if (err)
			return err;
	}

	if (!opts->sessname) {
		opts->why = "sessname is missing";
		return -EINVAL;
	}
	if (!opts->device_path) {
		opts->why = "device_path is missing";
		return -EINVAL;
	}
	if (p.nr_ports == 1)
		for (i = 0; i < opts->nr_paths; i++)
			opts->paths[i].port = opts->port;
	return 0;
}
