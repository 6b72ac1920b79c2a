// SPDX-License-Identifier: GPL-2.0
/*
 * Lines of rnbdtab to requests. What is right is decided by the same judges
 * as for a command line.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy.h"
#include "say.h"
#include "tab.h"

#define BLANKS		" \t"
#define TIMEOUT_MAX_S	86400

enum tab_field {
	FIELD_NAME, FIELD_SESSION, FIELD_PATHS, FIELD_DEVICE, FIELD_OPTIONS,
	NR_FIELDS
};

static const char *const field_names[] = {
	[FIELD_NAME] = "name", [FIELD_SESSION] = "session",
	[FIELD_PATHS] = "paths", [FIELD_DEVICE] = "device",
};

/* It becomes part of a unit's name and must not need escapes there. */
static bool is_name(const char *name)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

	return strlen(name) <= TAB_NAME_MAX && *name != '.' && *name != '-' &&
	       !name[strspn(name, letters)];
}

static char *read_paths(struct map_request *map, char *text)
{
	const char *wrong;
	char *one;

	if (!strcmp(text, "-"))
		return NULL;
	while ((one = strsep(&text, ","))) {
		wrong = map_add_pair(map, one);
		if (wrong && !*wrong)
			return xasprintf("more than %d paths", MAP_PATHS_MAX);
		if (wrong)
			return xasprintf("bad address '%s': %s", one, wrong);
	}
	return NULL;
}

static char *read_timeout(struct map_request *map, const char *value)
{
	unsigned long seconds;
	char *end;

	seconds = strtoul(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || seconds > TIMEOUT_MAX_S)
		return xasprintf("timeout must be a number of seconds from 0 to %d",
				 TIMEOUT_MAX_S);
	map->timeout_s = seconds;
	return NULL;
}

static char *wrong_policy(const char *value)
{
	return xasprintf("no policy '%s', there are round-robin, min-inflight and min-latency",
			 value);
}

/* "key=value"; false if there is no such key. */
static bool read_setting(struct mapping *mapping, const char *key,
			 const char *value, char **wrong)
{
	struct map_request *map = &mapping->map;

	if (!strcmp(key, "port")) {
		map->dest_port = value;
	} else if (!strcmp(key, "poll-queues")) {
		map->nr_poll_queues = value;
	} else if (!strcmp(key, "timeout")) {
		*wrong = read_timeout(map, value);
	} else if (!strcmp(key, "policy")) {
		mapping->policy = policy_name(value);
		if (!mapping->policy)
			*wrong = wrong_policy(value);
	} else {
		return false;
	}
	return true;
}

/* Options of systemd and of other tools are theirs. */
static bool is_foreign(const char *option)
{
	return !strcmp(option, "_netdev") || !strncmp(option, "x-", 2);
}

static char *read_option(struct mapping *mapping, char *option)
{
	struct map_request *map = &mapping->map;
	char *value = strchr(option, '='), *wrong = NULL;

	if (is_foreign(option))
		return NULL;
	if (!strcmp(option, "ro") || !strcmp(option, "rw") ||
	    !strcmp(option, "migration")) {
		if (map->access_mode && strcmp(map->access_mode, option))
			return xasprintf("both %s and %s", map->access_mode,
					 option);
		map->access_mode = option;
		return NULL;
	}
	if (!strcmp(option, "noauto")) {
		mapping->noauto = true;
		return NULL;
	}
	if (!strcmp(option, "nofail")) {
		mapping->nofail = true;
		return NULL;
	}
	if (value) {
		*value = '\0';
		if (read_setting(mapping, option, value + 1, &wrong))
			return wrong;
		*value = '=';
	}
	return xasprintf("no option '%s'", option);
}

static char *read_options(struct mapping *mapping, char *text)
{
	char *one, *wrong = NULL;

	if (!text || !strcmp(text, "-"))
		return NULL;
	while (!wrong && (one = strsep(&text, ",")))
		wrong = read_option(mapping, one);
	return wrong;
}

char *tab_parse_line(struct mapping *mapping, const char *line)
{
	char *fields[NR_FIELDS + 1] = { }, *rest, *wrong;
	size_t nr = 0;

	mapping->text = xstrdup(line);
	rest = mapping->text;
	while (nr <= NR_FIELDS && (fields[nr] = strsep(&rest, BLANKS)))
		nr += *fields[nr] != '\0';
	if (nr <= NR_FIELDS)
		fields[nr] = NULL;

	if (nr)
		mapping->name = fields[FIELD_NAME];
	if (nr <= FIELD_DEVICE)
		return xasprintf("no %s", field_names[nr]);
	if (nr > NR_FIELDS)
		return xasprintf("'%s' is one field too many", fields[NR_FIELDS]);
	if (!is_name(fields[FIELD_NAME]))
		return xasprintf("bad name '%s': %d letters, digits, '_', inside also '.' and '-'",
				 fields[FIELD_NAME], TAB_NAME_MAX);

	mapping->map.sessname = fields[FIELD_SESSION];
	mapping->map.device_path = fields[FIELD_DEVICE];
	wrong = read_paths(&mapping->map, fields[FIELD_PATHS]);
	if (!wrong)
		wrong = read_options(mapping, fields[FIELD_OPTIONS]);
	return wrong ? wrong : map_wrong(&mapping->map);
}

static const struct mapping *named(const struct tab *tab, const char *name)
{
	size_t i;

	for (i = 0; i < tab->nr; i++)
		if (!strcmp(tab->list[i].name, name))
			return &tab->list[i];
	return NULL;
}

/* Takes the reason. */
static void add_error(struct tab *tab, unsigned int line, const char *name,
		      char *reason)
{
	struct tab_error *error;

	tab->errors = xgrow(tab->errors, tab->nr_errors, sizeof(*error));
	error = &tab->errors[tab->nr_errors++];
	error->line = line;
	error->name = name ? xstrdup(name) : NULL;
	error->reason = reason;
}

static void add_line(struct tab *tab, unsigned int line, const char *text)
{
	struct mapping mapping = { .line = line };
	const struct mapping *other;
	char *wrong;

	wrong = tab_parse_line(&mapping, text);
	other = wrong ? NULL : named(tab, mapping.name);
	if (other)
		wrong = xasprintf("line %u has the name %s already",
				  other->line, mapping.name);
	if (wrong) {
		add_error(tab, line, mapping.name, wrong);
		free(mapping.text);
		return;
	}
	tab->list = xgrow(tab->list, tab->nr, sizeof(*tab->list));
	tab->list[tab->nr++] = mapping;
}

int tab_read(struct tab *tab, const char *file)
{
	FILE *stream = fopen(file, "re");
	unsigned int line = 0;
	char *text = NULL;
	size_t size = 0;
	ssize_t len;
	int err = 0;

	if (!stream)
		return errno;
	errno = 0;
	while ((len = getline(&text, &size, stream)) >= 0) {
		line++;
		if (len && text[len - 1] == '\n')
			text[--len] = '\0';
		if (text[strspn(text, BLANKS)] == '#')
			continue;
		if (strlen(text) != (size_t)len)
			add_error(tab, line, NULL, xstrdup("holds a NUL byte"));
		else if (len > TAB_LINE_MAX)
			add_error(tab, line, NULL,
				  xasprintf("longer than %d bytes",
					    TAB_LINE_MAX));
		else if (text[strspn(text, BLANKS)])
			add_line(tab, line, text);
	}
	if (ferror(stream))
		err = errno ? errno : EIO;
	fclose(stream);
	free(text);
	return err;
}

void tab_free(struct tab *tab)
{
	size_t i;

	for (i = 0; i < tab->nr; i++)
		free(tab->list[i].text);
	free(tab->list);
	for (i = 0; i < tab->nr_errors; i++) {
		free(tab->errors[i].name);
		free(tab->errors[i].reason);
	}
	free(tab->errors);
	memset(tab, 0, sizeof(*tab));
}
