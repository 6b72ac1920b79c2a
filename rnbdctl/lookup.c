// SPDX-License-Identifier: GPL-2.0
/*
 * Finding commands. Other words are those of the IONOS tool: plurals, short
 * objects, "client" in front, and the verb before the object.
 */
#include <stdio.h>
#include <string.h>

#include "lookup.h"
#include "nearest.h"
#include "say.h"

#define NAME_WORDS_MAX	3	/* "server search-path set" */

struct synonym {
	const char	*word;
	const char	*means;
};

static const struct synonym objects[] = {
	{ "device", "device" }, { "devices", "device" }, { "dev", "device" },
	{ "devs", "device" }, { "session", "session" },
	{ "sessions", "session" }, { "sess", "session" },
	{ "path", "path" }, { "paths", "path" },
	{ "server", "server" }, { "srv", "server" },
};

static const struct synonym verbs[] = {
	{ "delete", "remove" }, { "del", "remove" }, { "dump", "show" },
};

static const char *const client_words[] = { "client", "clt" };

/* A shorter name stands for its command. */
static const struct cmd *cmd_of(size_t row, const char **name)
{
	*name = short_forms[row].name;
	return cmd_named(short_forms[row].cmd);
}

/* How many of @words spell all of @name, or begin its words; 0 if they do not. */
static size_t words_of_name(const char *name, const char *const *words,
			    size_t nr, bool beginnings)
{
	size_t used = 0, len, typed;

	for (; *name; name += strspn(name, " ")) {
		len = strcspn(name, " ");
		if (used == nr)
			return 0;
		typed = strlen(words[used]);
		if (!typed || typed > len || (typed < len && !beginnings) ||
		    strncmp(name, words[used], typed))
			return 0;
		name += len;
		used++;
	}
	return used;
}

/* The longest name which the words spell. */
static bool spelled(struct lookup *found, const char *const *words, size_t nr)
{
	const struct cmd *cmd = NULL;
	const char *name;
	size_t used, i;

	while ((cmd = cmd_next(cmd))) {
		used = words_of_name(cmd->name, words, nr, false);
		if (used > found->used)
			*found = (struct lookup){ .cmd = cmd, .used = used };
	}
	for (i = 0; i < nr_short_forms; i++) {
		cmd = cmd_of(i, &name);
		used = words_of_name(name, words, nr, false);
		if (cmd && used > found->used)
			*found = (struct lookup){ .cmd = cmd, .used = used };
	}
	return found->cmd;
}

static const char *synonym_of(const struct synonym *list, size_t nr,
			      const char *word)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (!strcmp(list[i].word, word))
			return list[i].means;
	return NULL;
}

static const char *object_of(const char *word)
{
	return synonym_of(objects, ARRAY_SIZE(objects), word);
}

/* The words which name the command, in our spelling; returns how many. */
static size_t our_words(const char **ours, char **words, size_t nr)
{
	size_t i;

	for (i = 0; i < nr && i < NAME_WORDS_MAX; i++) {
		ours[i] = object_of(words[i]);
		if (!ours[i])
			ours[i] = synonym_of(verbs, ARRAY_SIZE(verbs),
					     words[i]);
		if (!ours[i])
			ours[i] = words[i];
	}
	return i;
}

/*
 * "list sessions", "show path ...": a verb before its object. "show path"
 * alone shows what is called path.
 */
static bool verb_first(const char **ours, char **words, size_t nr)
{
	const char *verb = ours[0];

	if (nr < 2 || object_of(words[0]) || !object_of(words[1]) ||
	    (nr == 2 && strcmp(verb, "list")))
		return false;
	ours[0] = ours[1];
	ours[1] = verb;
	return true;
}

static bool in_other_words(struct lookup *found, char **words, size_t nr)
{
	const char *ours[NAME_WORDS_MAX];
	const char *extra = NULL;
	size_t dropped = 0, i, nr_ours;

	for (i = 0; i < ARRAY_SIZE(client_words) && nr > 1; i++)
		if (!strcmp(words[0], client_words[i]))
			dropped = 1;
	if (dropped)
		extra = "side=client";
	words += dropped;
	nr -= dropped;

	nr_ours = our_words(ours, words, nr);
	verb_first(ours, words, nr);
	if (!spelled(found, ours, nr_ours))
		return false;
	found->used += dropped;
	found->extra = extra;
	return true;
}

/* Adds a command which the words could mean, once. */
static void add_candidate(struct lookup *found, FILE *names, size_t *nr,
			  const struct cmd *cmd, const char *name, size_t used)
{
	if (!used || (*nr && found->cmd == cmd))
		return;
	*found = (struct lookup){ .cmd = cmd, .used = used };
	fprintf(names, "%s%s", (*nr)++ ? ", " : "", name);
}

/* By the beginnings of its words; RC_FAILED if there is none. */
static int guess(struct lookup *found, char **words, size_t nr)
{
	const struct cmd *cmd = NULL;
	char *list = NULL;
	size_t size, i, candidates = 0;
	FILE *names = open_memstream(&list, &size);
	const char *name;
	int rc = RC_OK;

	if (!names)
		abort();
	while ((cmd = cmd_next(cmd)))
		add_candidate(found, names, &candidates, cmd, cmd->name,
			      words_of_name(cmd->name,
					    (const char *const *)words, nr,
					    true));
	for (i = 0; i < nr_short_forms; i++) {
		cmd = cmd_of(i, &name);
		add_candidate(found, names, &candidates, cmd, name,
			      words_of_name(name, (const char *const *)words,
					    nr, true));
	}
	if (fclose(names))
		abort();
	if (!candidates)
		rc = RC_FAILED;
	else if (candidates > 1)
		rc = fail(RC_USAGE, "'%s' could be: %s", words[0], list);
	free(list);
	return rc;
}

bool in_object(const struct cmd *cmd, const char *object)
{
	size_t len = strlen(object);

	return !strncmp(cmd->name, object, len) && cmd->name[len] == ' ';
}

static bool is_object(const char *name)
{
	const struct cmd *cmd = NULL;

	while ((cmd = cmd_next(cmd)))
		if (in_object(cmd, name))
			return true;
	return false;
}

/* Up to @nr words with blanks between. */
static char *joined(char **words, size_t nr)
{
	char *text = xstrdup(words[0]), *longer;
	size_t i;

	for (i = 1; i < nr; i++) {
		longer = xasprintf("%s %s", text, words[i]);
		free(text);
		text = longer;
	}
	return text;
}

char *lookup_object(char **words, size_t nr)
{
	char *name;

	if (nr > NAME_WORDS_MAX - 1)
		nr = NAME_WORDS_MAX - 1;
	for (; nr; nr--) {
		name = joined(words, nr);
		if (is_object(name))
			return name;
		free(name);
	}
	return NULL;
}

/* What was typed, compared with names of as many words. */
static void try_names(struct nearest *nearest, size_t nr_words)
{
	const struct cmd *cmd = NULL;
	size_t i, blanks;
	const char *c;

	while ((cmd = cmd_next(cmd))) {
		for (blanks = 0, c = cmd->name; *c; c++)
			blanks += *c == ' ';
		if (blanks + 1 == nr_words)
			nearest_try(nearest, cmd->name);
	}
	for (i = 0; i < nr_short_forms; i++) {
		for (blanks = 0, c = short_forms[i].name; *c; c++)
			blanks += *c == ' ';
		if (blanks + 1 == nr_words)
			nearest_try(nearest, short_forms[i].name);
	}
}

static int no_such_cmd(char **words, size_t nr)
{
	char *object = lookup_object(words, nr), *typed = NULL;
	struct nearest nearest = { };
	size_t nr_words;

	for (nr_words = nr < NAME_WORDS_MAX ? nr : NAME_WORDS_MAX;
	     nr_words && !nearest.word; nr_words--) {
		free(typed);
		typed = joined(words, nr_words);
		nearest = (struct nearest){ .typed = typed };
		try_names(&nearest, nr_words);
		if (nearest.word && object && !strchr(nearest.word, ' '))
			nearest.word = NULL;
	}
	if (nearest.word)
		fail(RC_USAGE, "no command '%s', did you mean '%s'?", typed,
		     nearest.word);
	else if (object)
		fail(RC_USAGE, "%s needs one of its verbs, see rnbdctl %s --help",
		     object, object);
	else
		fail(RC_USAGE, "no command '%s', see rnbdctl --help",
		     words[0]);
	free(typed);
	free(object);
	return RC_USAGE;
}

bool lookup_spelled(struct lookup *found, char **words, size_t nr)
{
	memset(found, 0, sizeof(*found));
	return spelled(found, (const char *const *)words, nr);
}

int lookup(struct lookup *found, char **words, size_t nr)
{
	const char *const *as_typed = (const char *const *)words;
	const char *ours[NAME_WORDS_MAX];
	int rc;

	memset(found, 0, sizeof(*found));
	our_words(ours, words, nr);
	if (!verb_first(ours, words, nr) && spelled(found, as_typed, nr))
		return RC_OK;
	if (in_other_words(found, words, nr))
		return RC_OK;
	if (spelled(found, as_typed, nr))
		return RC_OK;
	rc = guess(found, words, nr);
	return rc == RC_FAILED ? no_such_cmd(words, nr) : rc;
}
