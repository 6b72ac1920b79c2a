// SPDX-License-Identifier: GPL-2.0
/*
 * Words to keys. "key=value", "--key=value" and "--key value" are taken where
 * the command has that key; other words fill the keys which may be plain, in
 * the order of the row.
 */
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "nearest.h"
#include "say.h"

#define SECONDS_MAX	86400

const char *arg_nth(const struct args *args, const char *key, size_t nth)
{
	size_t i;

	for (i = 0; i < args->nr; i++)
		if (!strcmp(args->list[i].word->key, key) && !nth--)
			return args->list[i].value;
	return NULL;
}

const char *arg(const struct args *args, const char *key)
{
	return arg_nth(args, key, 0);
}

/* Whether the first @len letters spell a key; options have '-' for '_'. */
static bool spells(const char *text, size_t len, const char *key, bool option)
{
	size_t i;

	for (i = 0; i < len && key[i]; i++)
		if (text[i] != key[i] &&
		    !(option && text[i] == '-' && key[i] == '_'))
			return false;
	return i == len && !key[i];
}

/*
 * The key of "key=value", of a flag, or of an option. *value is set to what it
 * got: NULL if that is the next word.
 */
static const struct word *keyed_word(const struct cmd *cmd, const char *text,
				     const char **value)
{
	bool option = !strncmp(text, "--", 2), is_flag;
	const struct word *word;
	size_t len;

	text += option ? 2 : 0;
	len = strcspn(text, "=");
	for (word = cmd->words; word && word->key; word++) {
		is_flag = word->flags & WORD_FLAG;
		if (!spells(text, len, word->key, option) ||
		    (word->flags & WORD_OPTION && !option) ||
		    (is_flag ? text[len] : !option && !text[len] &&
		     !(word->flags & WORD_NEXT)))
			continue;
		*value = is_flag ? "" : text[len] ? text + len + 1 : NULL;
		return word;
	}
	return NULL;
}

/* The next key which may be plain and has room. */
static const struct word *plain_word(const struct args *args)
{
	const struct word *word;

	for (word = args->cmd->words; word && word->key; word++)
		if (word->flags & WORD_PLAIN &&
		    (word->flags & WORD_REPEATED || !arg(args, word->key)))
			return word;
	return NULL;
}

/* The key of "key=" or "--key" if it is no key, but near one; else NULL. */
static const char *meant_key(const struct cmd *cmd, const char *text)
{
	bool option = text[0] == '-' && text[1];
	char *typed = xstrdup(text + strspn(text, "-")), *c;
	struct nearest nearest = { .typed = typed };
	const struct word *word;

	typed[strcspn(typed, "=")] = '\0';
	for (c = typed; option && (c = strchr(c, '-')); )
		*c = '_';
	for (word = cmd->words; word && word->key; word++)
		if (option || !(word->flags & (WORD_OPTION | WORD_FLAG)))
			nearest_try(&nearest, word->key);
	free(typed);
	return option || strchr(text, '=') ? nearest.word : NULL;
}

static int unknown_word(const struct cmd *cmd, const char *text)
{
	bool option = text[0] == '-' && text[1];
	const char *key = meant_key(cmd, text);
	char *meant, *c;

	if (!key && option)
		return fail(RC_USAGE, "no option '%s', see rnbdctl %s --help",
			    text, cmd->name);
	if (!key)
		return fail(RC_USAGE, "'%s' is one word too many, see rnbdctl %s --help",
			    text, cmd->name);
	if (!option)
		return fail(RC_USAGE, "no word '%s', did you mean %s=?", text,
			    key);
	meant = xstrdup(key);
	for (c = meant; (c = strchr(c, '_')); )
		*c = '-';
	fail(RC_USAGE, "no option '%s', did you mean --%s?", text, meant);
	free(meant);
	return RC_USAGE;
}

/* Takes a word, and the next one if it is the value of an option. */
static int add_word(struct args *args, char **words, size_t nr, size_t *at,
		    bool keys)
{
	const char *text = words[(*at)++], *value = text;
	const struct word *word;

	word = keys ? keyed_word(args->cmd, text, &value) : NULL;
	if (word && !value) {
		if (*at == nr)
			return fail(RC_USAGE, "%s needs its %s", text,
				    word->value);
		value = words[(*at)++];
	}
	if (!word && !(keys && ((text[0] == '-' && text[1]) ||
				meant_key(args->cmd, text))))
		word = plain_word(args);
	if (!word)
		return unknown_word(args->cmd, text);
	if (!(word->flags & WORD_REPEATED) && arg(args, word->key))
		return fail(RC_USAGE, "%s is given twice", word->key);
	if (!*value && !(word->flags & (WORD_FLAG | WORD_EMPTY)))
		return fail(RC_USAGE, "%s is empty", word->key);

	args->list = xgrow(args->list, args->nr, sizeof(*args->list));
	args->list[args->nr++] = (struct arg){ word, value };
	return RC_OK;
}

int args_parse(struct args *args, char **words, size_t nr)
{
	const struct word *word;
	bool keys = true;
	size_t i = 0;
	int rc;

	while (i < nr) {
		if (keys && !strcmp(words[i], "--")) {
			keys = false;
			i++;
			continue;
		}
		rc = add_word(args, words, nr, &i, keys);
		if (rc)
			return rc;
	}
	for (word = args->cmd->words; word && word->key; word++)
		if (word->flags & WORD_REQUIRED && !arg(args, word->key))
			return fail(RC_USAGE, "%s needs %s%s, see rnbdctl %s --help",
				    args->cmd->name,
				    word->flags & WORD_PLAIN ? "" : word->key,
				    word->flags & WORD_PLAIN ? word->value : "=",
				    args->cmd->name);
	return RC_OK;
}

void args_sort(struct args *args, char **words, size_t nr)
{
	const struct word *word;
	const char *value;
	size_t i;

	for (i = 0; i < nr; i++) {
		value = words[i];
		word = keyed_word(args->cmd, words[i], &value);
		if (!word || !value)
			word = plain_word(args);
		if (!word)
			continue;
		args->list = xgrow(args->list, args->nr, sizeof(*args->list));
		args->list[args->nr++] = (struct arg){
			word, value ? value : words[i]
		};
	}
}

void args_imply(struct args *args, const char *text)
{
	const struct word *word;
	const char *value;

	word = keyed_word(args->cmd, text, &value);
	if (!word || arg(args, word->key))
		return;
	args->list = xgrow(args->list, args->nr, sizeof(*args->list));
	args->list[args->nr++] = (struct arg){ word, value };
}

void args_free(struct args *args)
{
	free(args->list);
}

int read_seconds(const struct args *args, const char *key,
		 unsigned int *seconds)
{
	const char *text = arg(args, key);
	unsigned long value;
	char *end;

	if (!text)
		return RC_OK;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || !value ||
	    value > SECONDS_MAX)
		return fail(RC_USAGE, "--%s must be a number of seconds from 1 to %d",
			    key, SECONDS_MAX);
	*seconds = value;
	return RC_OK;
}

char *word_name(const struct word *word)
{
	char *name, *c;

	if (word->flags & WORD_PLAIN)
		return xstrdup(word->value);
	name = xasprintf("%s%s", word->flags & WORD_OPTION ? "--" : "",
			 word->key);
	for (c = name; word->flags & WORD_OPTION && (c = strchr(c, '_')); )
		*c = '-';
	return name;
}

/* A word as it is written, without the brackets of one that may be left out. */
static char *word_synopsis(const struct word *word)
{
	bool plain = word->flags & WORD_PLAIN, flag = word->flags & WORD_FLAG;
	char *name = word_name(word), *text;

	text = xasprintf("%s%s%s%s", name, plain || flag ? "" : "=",
			 plain || flag ? "" : word->value,
			 word->flags & WORD_REPEATED ? " ..." : "");
	free(name);
	return text;
}

char *cmd_synopsis(const struct cmd *cmd)
{
	char *text = xstrdup(cmd->name), *longer, *one;
	const struct word *word;
	bool optional;

	for (word = cmd->words; word && word->key; word++) {
		optional = !(word->flags & WORD_REQUIRED);
		one = word_synopsis(word);
		longer = xasprintf("%s %s%s%s", text, optional ? "[" : "", one,
				   optional ? "]" : "");
		free(one);
		free(text);
		text = longer;
	}
	return text;
}
